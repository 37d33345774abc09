/** An order that HR withdraws before its time has no effect, also when nobody could look at either until that time was past. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OffboardingCommand } from '../../domain/offboarding.ts';
import { sendOffboardingCommand } from '../../temporal/ask.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { relayTo, type TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let line: TcpRelay;
beforeAll(async () => {
  lab = await startLab({ seed: { people: 20, groups: 4, seed: 13 } });
  const url = new URL(String(lab.system.env['DATABASE_URL']));
  line = await relayTo(url.hostname, Number(url.port));
  url.port = String(line.port);
  url.hostname = '127.0.0.1';
  await lab.restart({ env: { DATABASE_URL: url.href } });
  await lab.sync();
}, 120_000);
afterAll(async () => {
  await lab?.stop();
  await line?.cut();
});

async function send(person: string, kind: 'request' | 'cancel', at?: Date): Promise<void> {
  const effective = at ? { effective: { at: at.toISOString() } } : {};
  const command = { id: randomUUID(), kind, reason: 'HR-1', receivedAt: new Date().toISOString(), ...effective };
  await sendOffboardingCommand(lab.system.client, person, command as OffboardingCommand);
}

it('while the database is away', async () => {
  const [person = ''] = lab.members();
  const handle = lab.system.client.workflow.getHandle(workflowIds.offboarding(person));
  const before = lab.writes().length;
  await line.cut();
  const at = new Date(Date.now() + 4_000);
  await send(person, 'request', at);
  await until('the order is looked at', async () => {
    const { raw } = await handle.describe();
    return (raw.pendingActivities?.length ?? 0) > 0;
  });
  await send(person, 'cancel');
  expect(Date.now()).toBeLessThan(at.getTime());
  await until('its time has passed', () => Date.now() > at.getTime() + 500);
  await line.mend();
  await handle.result();
  const rows = await lab.system.store.selectFrom('offboarding').selectAll().execute();
  expect(rows).toMatchObject([{ state: 'cancelled', in_effect_at: null }]);
  expect(lab.org().users.find(({ id }) => id === person)?.status).toBe('ACTIVE');
  expect(lab.writes().slice(before)).toEqual([]);
}, 90_000);
