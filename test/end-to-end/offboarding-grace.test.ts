/** Who was suspended at Okta by an offboarding is deactivated there once the grace is over, and not a moment before. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OktaUserId } from '../../domain/ids.ts';
import type { OffboardingCommand } from '../../domain/offboarding.ts';
import { sendOffboardingCommand } from '../../temporal/ask.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';
import { injectClock, type StoreClock } from '../support/store-clock.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let clock: StoreClock;
beforeAll(async () => {
  lab = await startLab({
    seed: { people: 30, groups: 4, seed: 11 },
    config: lockstepYaml({ target: { guards: openGuards }, offboarding: { deactivateAtOktaAfter: '30d' } }),
  });
  clock = await injectClock(lab.system.store);
  await lab.restart({});
  await lab.sync();
}, 120_000);
afterAll(() => lab?.stop());

/** As the schedule would start it, and until all that it told has been done. */
async function dueWork(): Promise<void> {
  await lab.system.client.workflow.execute('dueWork', {
    workflowId: workflowIds.dueWork(randomUUID()),
    taskQueue: taskQueues.workflows,
    args: [],
  });
  const open = "WorkflowType = 'offboarding' and ExecutionStatus = 'Running'";
  await until('no offboarding is under way', async () => (await lab.system.client.workflow.count(open)).count === 0);
}

async function send(person: string, kind: OffboardingCommand['kind'], more: object = {}): Promise<void> {
  const command = { id: randomUUID(), kind, reason: 'HR-1', receivedAt: new Date().toISOString(), ...more };
  await sendOffboardingCommand(lab.system.client, person, command as OffboardingCommand);
  await lab.system.client.workflow.getHandle(workflowIds.offboarding(person)).result();
}

const someone = (at: number): string => lab.members()[at] ?? '';
const statusOf = (person: string) => lab.org().users.find(({ id }) => id === person)?.status;
const isActive = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document['active'];
const stepsAtOkta = async (person: string) => {
  const rows = await lab.system.store
    .selectFrom('offboarding_step as s')
    .innerJoin('offboarding as o', 'o.id', 's.offboarding_id')
    .select(['s.step', 's.state', 's.detail'])
    .where('o.person_id', '=', person as OktaUserId)
    .where('s.system', '=', 'okta')
    .execute();
  return rows.map(({ step, state, detail }) => [step, state, detail].filter(Boolean).join(' ')).sort();
};
const lifecycleCalls = (person: string) =>
  lab.system.sandbox.okta.requests
    .since()
    .flatMap(({ method, path }) => (method === 'POST' && path.includes(`${person}/lifecycle`) ? [path] : []));

it('waits for the grace, deactivates once, and has it on record', async () => {
  const person = someone(0);
  await send(person, 'request');
  expect(statusOf(person)).toBe('SUSPENDED');
  await clock.advance('29 days');
  await dueWork();
  expect(statusOf(person)).toBe('SUSPENDED');

  await clock.advance('1 day');
  await dueWork();
  expect(statusOf(person)).toBe('DEPROVISIONED');
  expect(await stepsAtOkta(person)).toEqual([
    'clear-sessions done',
    'confirm done DEPROVISIONED',
    'deactivate done',
    'find-master nothing-there',
    'suspend done',
  ]);
  const calls = lifecycleCalls(person).length;
  await dueWork();
  expect(lifecycleCalls(person)).toHaveLength(calls);
});

it('does nothing to those who were released or cancelled before', async () => {
  const [released, cancelled] = [someone(1), someone(2)];
  for (const person of [released, cancelled]) await send(person, 'request');
  await send(released, 'release');
  await send(cancelled, 'cancel');
  await clock.advance('31 days');
  await dueWork();
  for (const person of [released, cancelled]) expect(statusOf(person)).toBe('SUSPENDED');
});

it('a release between its coming due and its being done counts', async () => {
  const person = someone(3);
  await send(person, 'request');
  await clock.advance('31 days');
  await send(person, 'release');
  await dueWork();
  expect(statusOf(person)).toBe('SUSPENDED');
});

it('a release afterwards ends the hold and does not undo it at Okta', async () => {
  const person = someone(4);
  await send(person, 'request');
  await clock.advance('31 days');
  await dueWork();
  expect(statusOf(person)).toBe('DEPROVISIONED');
  await send(person, 'release');
  await lab.sync();
  expect(statusOf(person)).toBe('DEPROVISIONED');
  expect(isActive(person)).toBe(false);
});

it('is done by whoever is there when the worker was away as it came due, and while Okta refuses nobody is lost', async () => {
  const person = someone(5);
  await send(person, 'request');
  await lab.system.worker.end('SIGKILL');
  await clock.advance('31 days');
  await lab.system.worker.start();
  const path = `/lifecycle/deactivate`;
  lab.strike('okta', [{ id: 'lost', match: { path }, times: 1, strike: 'after', action: 'reset' }]);
  await dueWork();
  expect(lab.endFaults()).toEqual([]);
  expect(statusOf(person)).toBe('DEPROVISIONED');
  const { rows } = await sql<{ n: string }>`select count(*) as n from offboarding
    where ended_at is null and okta = 'suspend' and deactivate_at < now()`.execute(lab.system.store);
  expect(rows[0]?.n).toBe('0');
});
