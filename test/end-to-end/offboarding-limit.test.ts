/** More orders of HR's in a day than the limit: the rest waits, is told of, and takes effect once somebody confirms it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSignals } from '../../receiver/signals.ts';
import { temporalClient } from '../../receiver/temporal-client.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { runCommand } from '../client/fake-lockstep.ts';
import { type ReceiverUnderTest, receiverUnderTest } from '../receiver/receiver-under-test.ts';
import { userId } from '../support/domain-builders.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { type HookServer, startHookServer } from '../support/hook-server.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';
import { until } from '../support/until.ts';
import { attributesOf, currentDetails } from '../workflows/what-operators-see.ts';

let hooks: HookServer;
let lab: Lab;
let receiver: ReceiverUnderTest;
let line: ReturnType<typeof temporalClient>;
let people: string[];
beforeAll(async () => {
  hooks = await startHookServer();
  lab = await startLab({
    reader: true,
    seed: { people: 20, groups: 4, seed: 11 },
    env: { WEBHOOK_KEY: `whsec_${Buffer.from('a key for the notices of a test').toString('base64')}` },
    config: lockstepYaml({
      target: { guards: openGuards },
      offboarding: { limit: { percent: 0, atLeast: 3, atMost: 3 } },
      notify: { webhook: { url: hooks.url, secret: { env: 'WEBHOOK_KEY' } } },
    }),
  });
  line = temporalClient(temporalConnection(lab.system.env), []);
  receiver = await receiverUnderTest({ signals: createSignals(line) });
  await lab.sync();
  people = lab
    .members()
    .filter((id) => isActive(id) === true)
    .slice(0, 6);
}, 180_000);
afterAll(async () => {
  await receiver?.close();
  await line?.connection.close();
  await lab?.stop();
  await hooks?.close();
});

const lockstep = (...args: string[]) => runCommand(args, { env: lab.system.env });
const person = (number: number): string => people[number - 1] ?? '';
const statusOf = (id: string) => lab.org().users.find((user) => user.id === id)?.status;
const isActive = (id: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === id)?.document['active'];
const isOut = (id: string): boolean => statusOf(id) === 'SUSPENDED' && isActive(id) === false;
const handleOf = (id: string) => lab.system.client.workflow.getHandle(workflowIds.offboarding(id));

async function order(id: string, more: object = {}): Promise<void> {
  const answer = await receiver.hr({ kind: 'offboard', person: { oktaId: id }, reason: 'last-day', ...more });
  expect(answer.status).toBe(202);
}
/** As the schedule starts it each minute. */
const dueWork = () =>
  lab.system.client.workflow.execute('dueWork', {
    workflowId: workflowIds.dueWork(randomUUID()),
    taskQueue: taskQueues.workflows,
    args: [],
  });
const notices = () => hooks.hooks.map(({ body }) => JSON.parse(body) as { type: string; data: { count: number } });
const gauge = async (standing: string): Promise<number> => {
  const metrics = await (await fetch(`${lab.system.worker.url}/metrics`)).text();
  return Number(new RegExp(`^lockstep_offboardings\\{standing="${standing}"\\} (\\d+)$`, 'm').exec(metrics)?.[1]);
};
const untilItWaits = (id: string) =>
  until('it waits to be confirmed', async () =>
    (await lockstep('offboarding', 'show', id)).stdout.includes('waits for confirmation'),
  );

it('of four signed orders three take effect, and the fourth takes nothing from anybody', async () => {
  for (const number of [1, 2, 3]) await order(person(number));
  await until('three are out', () => [1, 2, 3].every((number) => isOut(person(number))));
  await order(person(4));
  await untilItWaits(person(4));
  await lab.sync();
  expect([statusOf(person(4)), isActive(person(4))]).toEqual(['ACTIVE', true]);
  const subject = await lab.system.store
    .selectFrom('subject')
    .select('hold')
    .where('person_id', '=', userId(person(4)))
    .executeTakeFirst();
  expect(subject?.hold ?? null).toBeNull();
});

it('operators see it in Temporal, on the command line, in the metrics and by a notice', async () => {
  expect(await attributesOf(handleOf(person(4)))).toMatchObject({ phase: 'waiting', needsAttention: true });
  expect(await currentDetails(handleOf(person(4)))).toMatch(/^\*\*Waits for confirmation\*\*/);
  const listed = await lockstep('offboardings');
  expect(listed.code).toBe(3);
  expect(listed.stdout).toMatch(/ unconfirmed .* lockstep: waits for confirmation/);
  expect(await gauge('unconfirmed')).toBe(1);
  await dueWork();
  await dueWork();
  expect(notices()).toMatchObject([{ type: 'lockstep.offboarding-unconfirmed', data: { count: 1 } }]);
});

it('HR changes and withdraws what waits as always', async () => {
  await order(person(5), { effective: { at: '2099-11-30T16:00:00Z' } });
  await untilItWaits(person(5));
  const answer = await receiver.hr({ kind: 'cancel', person: { oktaId: person(5) }, reason: 'stays' });
  expect(answer.status).toBe(202);
  expect(await handleOf(person(5)).result()).toMatchObject({ ended: 'cancelled-or-released' });
});

it('an operator confirms it, and it takes effect at once, with evidence of both', async () => {
  const ran = await lockstep('confirm-offboarding', person(4), '--reason', 'asked-hr', '--ticket', 'HR-9');
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).toContain('is offboarded: in effect, all confirmed.');
  expect(isOut(person(4))).toBe(true);
  const { stdout } = await lockstep('offboarding', 'show', person(4));
  expect(stdout).toMatch(/request 1, at once \(by HR's hook, last-day\): above the limit of a day/);
  expect(stdout).toMatch(/confirm 1 \(by an operator, by the command line, asked-hr, ticket HR-9\): accepted/);
  expect(stdout).toMatch(/confirm offboarding .*\[done: accepted by:operator ticket:HR-9\]/);
  expect(await attributesOf(handleOf(person(4)))).toMatchObject({ phase: 'done', needsAttention: false });
  expect(await gauge('unconfirmed')).toBe(0);
});

it('what operators order themselves needs no confirmation', async () => {
  expect(await lockstep('offboard', person(5), '--reason', 'last-day')).toMatchObject({ code: 0 });
  expect(isOut(person(5))).toBe(true);
});

it('what waits survives the worker, and is confirmed for its time from a list', async () => {
  await order(person(6), { effective: { at: '2099-11-30T16:00:00Z' } });
  await untilItWaits(person(6));
  await lab.restart({});
  const list = await lockstep('confirm-offboarding', '--all-waiting', '--reason', 'asked-hr');
  expect(list.code).toBe(3);
  const [, hash = ''] = /--hash ([0-9a-f]+) /.exec(list.stdout) ?? [];
  const ran = await lockstep('confirm-offboarding', '--all-waiting', '--hash', hash, '--reason', 'asked-hr');
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).toContain('loses all access at 2099-11-30 16:00:00 UTC');
  expect(statusOf(person(6))).toBe('ACTIVE');
});
