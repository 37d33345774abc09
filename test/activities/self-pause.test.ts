/** A target that fails too often, or whose credential is refused, takes no more runs until somebody resumes it. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pauseIfFailing } from '../../activities/pause.ts';
import type { CheckResult } from '../../domain/directory.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { pausedTargets } from '../../store/target-state.ts';
import { bareDependencies, bareTarget } from '../support/bare-dependencies.ts';
import { userId } from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';
import { type StoredChange, storePlan } from '../support/stored-plan.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 4 });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});
beforeEach(() => sql`truncate plan, change, target_state, notice cascade`.execute(store));

describe('a target', () => {
  const people = Array.from({ length: 40 }, (_, index) => userId(`00u${String(index).padStart(17, '0')}`));
  const changes = (count: number, more: Partial<StoredChange>): StoredChange[] =>
    people.slice(0, count).map((person_id) => ({ kind: 'update-account', person_id, ...more }));
  const failed = { outcome: 'parked', detail: 'Rejected:invalidValue' } as const;
  const settings = { ...bareTarget().settings, pauseWhenFailing: { share: 0.4, atLeast: 5 } };
  const endsWith = async (
    planned: readonly StoredChange[],
    { problem, checks }: { problem?: 'AccessDenied' | 'Unavailable'; checks?: readonly CheckResult[] } = {},
  ) => {
    const planId = await storePlan(store, planned);
    const targets = new Map([['cloud', bareTarget({ settings, ...(checks ? { checks } : {}) })]]);
    await pauseIfFailing(bareDependencies(store, { targets }), {
      runId: randomUUID(),
      target: 'cloud',
      planId,
      ...(problem ? { problem: { kind: problem, message: '' } } : {}),
    });
    return (await pausedTargets(store)).map(({ by }) => by);
  };
  const refused: CheckResult = { check: 'credentials', status: 'failed', message: '' };

  it('pauses itself when more than its share failed, and has it told', async () => {
    expect(await endsWith([...changes(5, failed), ...changes(7, { outcome: 'applied' })])).toEqual(['failures']);
    expect(await store.selectFrom('notice').select(['kind', 'target']).execute()).toEqual([
      { kind: 'target-paused', target: 'cloud' },
    ]);
  });

  it('has its pause on record in the chain of the run, as an operator has', async () => {
    const paused = async () =>
      store
        .selectFrom('audit')
        .select(['target', 'reason', 'position'])
        .where('kind', '=', 'pause')
        .orderBy('id')
        .execute();
    const before = await paused();
    await endsWith([...changes(5, failed), ...changes(7, { outcome: 'applied' })]);
    expect((await paused()).slice(before.length)).toEqual([{ target: 'cloud', reason: 'failures', position: 1 }]);
  });

  it.each([
    ['a few fail, even of few', changes(4, failed)],
    ['many fail, but of many more', [...changes(16, failed), ...changes(24, { outcome: 'unchanged' })]],
    ['what failed before was only held', changes(20, { ...failed, stopped_by: 'notDue' })],
    ['changes only wait for others', changes(20, { outcome: 'parked', detail: 'account-not-linked' })],
  ])('goes on when %s', async (_what, planned) => {
    expect(await endsWith(planned)).toEqual([]);
  });

  it('pauses itself when its credential is refused, and not when only something else is', async () => {
    expect(await endsWith([], { problem: 'AccessDenied', checks: [{ ...refused, status: 'ok' }] })).toEqual([]);
    expect(await endsWith([], { problem: 'AccessDenied', checks: [{ ...refused, check: 'connection' }] })).toEqual([]);
    expect(await endsWith([], { problem: 'Unavailable', checks: [refused] })).toEqual([]);
    expect(await endsWith([], { problem: 'AccessDenied', checks: [refused] })).toEqual(['credentials']);
  });
});
