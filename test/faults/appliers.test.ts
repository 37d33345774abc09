/** One applier at a time, and its evidence: when a workflow is terminated, and when a process freezes or dies. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withSides } from '../../store/side-lock.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { until } from '../support/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());

const ask = (requestId: string) =>
  lab.system.client.workflow.start('fullSync', {
    workflowId: workflowIds.fullSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
const targetSync = () => lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud'));
const activeOf = (people: readonly string[]): string[] =>
  lab
    .directory()
    .users.filter(({ document }) => document['active'])
    .map(({ document }) => String(document['externalId']))
    .filter((person) => people.includes(person));

it('an applier whose workflow was terminated does not go on beside the next one: leavers have no account when that one ends', async () => {
  await lab.reset({ okta: { people: 150, groups: 5, seed: 10 } });
  lab.system.sandbox.cloud.transport.latencyMs = 800;
  await ask('terminated');
  const creations = () => lab.writes().filter(({ method, route }) => method === 'POST' && route.endsWith('/Users'));
  await until('accounts are being created', () => creations().length > 10);
  await targetSync().terminate('by hand');
  const leavers = lab.members().slice(-30);
  for (const person of leavers) await lab.okta.lifecycle(person, 'deactivate');
  const { problem } = await lab.sync();
  lab.system.sandbox.cloud.transport.latencyMs = 0;

  expect(problem).toBeUndefined();
  expect(activeOf(leavers)).toEqual([]);
  expect(await lab.differences()).toEqual([]);
  expect(lab.createdTwice()).toEqual([]);
}, 120_000);

// The next two wait for timeouts most of the time and have only the database in common, so they run side by side.
it.concurrent('a deactivation that took effect before its worker was killed is on record as done, and done once', async () => {
  await lab.reset({ okta: { people: 20, groups: 3, seed: 11 } });
  await lab.sync();
  const [leaver = ''] = lab.members();
  const account = lab.scimId(leaver);
  await lab.okta.lifecycle(leaver, 'deactivate');
  const before = lab.system.sandbox.cloud.requests.last;
  lab.strike('cloud', [
    {
      id: 'no answer',
      match: { method: 'PATCH', path: `/Users/${account}` },
      times: 1,
      strike: 'after',
      action: 'hang',
    },
  ]);
  await ask('killed');
  await until('the account is deactivated', () => activeOf([leaver]).length === 0);
  await lab.system.worker.end('SIGKILL');
  await lab.system.worker.start();
  await targetSync().result();

  expect(lab.endFaults()).toEqual([]);
  const audit = await lab.system.store
    .selectFrom('audit')
    .select(['outcome', 'detail'])
    .where('kind', '=', 'deactivate-account')
    .execute();
  expect(audit).toEqual([{ outcome: 'applied', detail: 'found-after-lost-answer' }]);
  expect(lab.writes(before).filter(({ path }) => path.endsWith(`/Users/${account}`))).toHaveLength(1);
}, 120_000);

it.concurrent('a process that freezes while it holds a side is overtaken within about a minute, and ends by itself when it thaws', async () => {
  const side = 'frozen';
  const holder = fork(new URL('../support/lock-holder.ts', import.meta.url), [
    lab.system.env['DATABASE_URL'] ?? '',
    side,
  ]);
  try {
    expect((await once(holder, 'message'))[0]).toBe('holds it');
    holder.kill('SIGSTOP');
    const since = performance.now();
    await withSides(lab.system.store, [side], 'observe', AbortSignal.timeout(70_000), async () => {
      // Not before: one that is only slow must keep its lock.
      expect(performance.now() - since).toBeGreaterThan(30_000);
      const told = once(holder, 'message');
      holder.kill('SIGCONT');
      expect((await told)[0]).toContain(`the lock of ${side} was lost`);
    });
    await until('the holder has ended', () => holder.exitCode === 0);
  } finally {
    holder.kill('SIGKILL');
  }
}, 100_000);
