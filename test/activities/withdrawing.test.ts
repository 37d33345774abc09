/** That nothing waits any more is told to whoever was asked, also when the telling fails at first. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beforeEach, expect, it } from 'vitest';
import { guardPlan } from '../../activities/guard-plan.ts';
import { settleRun } from '../../activities/settle-run.ts';
import { bareDependencies } from '../support/bare-dependencies.ts';
import { alice, engineers } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';
import { storePlan } from '../support/stored-plan.ts';

const store = useStore();

const signalled: string[] = [];
let isAway = false;
/** Of Temporal's client, what tells a workflow that there is. */
const client = {
  withAbortSignal: <T>(_signal: AbortSignal, call: () => T): T => call(),
  workflow: {
    getHandle: (id: string) => ({
      async signal(): Promise<void> {
        if (isAway) throw new Error('Temporal is away');
        signalled.push(id);
      },
    }),
  },
};
const run = <T>(activity: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({}, { client: client as never, logger: new DefaultLogger('ERROR', () => {}) }).run(
    activity,
  );

const addition = { kind: 'add-member', person_id: alice, group_id: engineers } as const;
async function waitingSince(): Promise<string> {
  const planId = await storePlan(store(), [addition]);
  await store().insertInto('approval').values({ plan_id: planId, target: 'cloud', hash: 'h', state: 'open' }).execute();
  return planId;
}
const openOnes = async () =>
  (await store().selectFrom('approval').select('plan_id').where('state', '=', 'open').execute()).map(
    (one) => one.plan_id,
  );

beforeEach(async () => {
  await store().deleteFrom('approval').execute();
  signalled.length = 0;
  isAway = true;
});

it('a plan in which nothing waits any more', async () => {
  const waiting = await waitingSince();
  const planId = await storePlan(store(), []);
  const guard = () => run(() => guardPlan(bareDependencies(store()), { planId, target: 'cloud' }));

  await expect(guard()).rejects.toThrow('Temporal is away');
  expect(await openOnes()).toEqual([waiting]);
  isAway = false;
  await guard();
  expect(signalled).toEqual(['approval/cloud']);
  expect(await openOnes()).toEqual([]);
});

it('a run that carried out under another approval all that waits', async () => {
  const waiting = await waitingSince();
  const approved = await storePlan(store(), [
    { ...addition, outcome: 'applied', finished_at: new Date(Date.now() + 1_000) },
  ]);
  await store()
    .insertInto('approval')
    .values({ plan_id: approved, target: 'cloud', hash: 'h', state: 'approved' })
    .execute();
  const { run_id: runId } = await store()
    .selectFrom('plan')
    .select('run_id')
    .where('id', '=', await storePlan(store(), []))
    .executeTakeFirstOrThrow();
  const settle = () => run(() => settleRun(bareDependencies(store()), { runId, target: 'cloud' }));

  await expect(settle()).rejects.toThrow('Temporal is away');
  expect(await openOnes()).toEqual([waiting]);
  isAway = false;
  await settle();
  expect(signalled).toEqual(['approval/cloud']);
  expect(await openOnes()).toEqual([]);
});
