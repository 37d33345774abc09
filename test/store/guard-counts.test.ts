/** What the guards count and hold in a stored plan is what the domain says of each of its changes. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountAttributes } from '../../domain/account.ts';
import { type Change, changeKinds } from '../../domain/change.ts';
import { dependencies } from '../../domain/dependents.ts';
import { type GuardedGroups, guards, guardsOf } from '../../domain/guard.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { belongsTo, guardCounts } from '../../store/guard-counts.ts';
import { plannedLine } from '../../store/plan-identity.ts';
import { appendChanges, beginPlan } from '../../store/plans.ts';
import { stop, stopDependents } from '../../store/stopping.ts';
import { accountId, groupId, targetGroupId, userId } from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});

const target = 'cloud';
const groupIds = [0, 1, 2].map((n) => groupId(`00g-${n}`));
const person = fc.constantFrom(...[0, 1, 2].map((n) => userId(`00u-${n}`)));
const account = fc.constantFrom(...[0, 1, 2].map((n) => accountId(`account-${n}`)));
const group = fc.constantFrom(...groupIds);
const targetGroup = fc.constantFrom(...[0, 1, 2].map((n) => targetGroupId(`target-group-${n}`)));
const name = fc.constantFrom('Alpha', 'Beta');
const reason = fc.constant('entitled-in-scope' as const);
const attributes = fc
  .subarray([...accountAttributes])
  .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, fc.constantFrom('', 'value')]))));

/** One of every kind that there is. */
const changeOf = {
  'link-account': fc.record({ kind: fc.constant('link-account'), person, account, reason }),
  'create-account': fc.record({ kind: fc.constant('create-account'), person, after: attributes, reason }),
  'reactivate-account': fc.record({ kind: fc.constant('reactivate-account'), person, account, reason }),
  'deactivate-account': fc.record({ kind: fc.constant('deactivate-account'), person, account, reason }),
  'update-account': fc.record({
    kind: fc.constant('update-account'),
    person,
    account,
    before: attributes,
    after: attributes,
    reason,
  }),
  'add-member': fc.record({ kind: fc.constant('add-member'), person, group, reason }),
  'remove-member': fc.oneof(
    fc.record({ kind: fc.constant('remove-member'), person, account, group, reason }),
    fc.record({ kind: fc.constant('remove-member'), account, group, reason }),
  ),
  'link-group': fc.record({ kind: fc.constant('link-group'), group, targetGroup, name, reason }),
  'create-group': fc.record({ kind: fc.constant('create-group'), group, name, reason }),
  'rename-group': fc.record({
    kind: fc.constant('rename-group'),
    group,
    targetGroup,
    before: name,
    after: name,
    reason,
  }),
  'delete-group': fc.record({ kind: fc.constant('delete-group'), group, targetGroup, name, reason }),
} satisfies { [K in Change['kind']]: fc.Arbitrary<Extract<Change, { kind: K }>> };

const plans = fc.array(fc.oneof(...changeKinds.map((kind): fc.Arbitrary<Change> => changeOf[kind])), { maxLength: 25 });
const guardedGroups: fc.Arbitrary<GuardedGroups> = fc.record({
  emptied: fc.subarray(groupIds),
  privileged: fc.subarray(groupIds),
});

async function stored(changes: readonly Change[]): Promise<string> {
  const id = randomUUID();
  const about = { configuration: 'c', sourceSnapshot: '1', targetSnapshot: '1', kind: 'run' } as const;
  await beginPlan(store, { id, target, runId: id, ...about });
  await appendChanges(store, id, 0, changes.map(plannedLine));
  return id;
}

async function seqs(planId: string, which: RawBuilder<boolean>): Promise<number[]> {
  const { rows } = await sql<{ seq: number }>`
    select seq from change c where plan_id = ${planId} and ${which} order by seq`.execute(store);
  return rows.map(({ seq }) => seq);
}

const seqsWhere = (changes: readonly Change[], which: (change: Change) => boolean): number[] =>
  changes.flatMap((change, seq) => (which(change) ? [seq] : []));

describe('of any plan', () => {
  it('each guard counts and holds in the database what it is about by the domain', async () => {
    await fc.assert(
      fc.asyncProperty(plans, guardedGroups, async (changes, groups) => {
        const planId = await stored(changes);
        const counts = await guardCounts(store, target, planId, groups);
        for (const guard of guards) {
          const expected = seqsWhere(changes, (change) => guardsOf(change, groups).includes(guard));
          expect(await seqs(planId, belongsTo(guard, groups)), guard).toEqual(expected);
          // Of groups that would be empty the groups are counted, and their changes held.
          expect(counts[guard].count, guard).toBe(guard === 'emptiedGroups' ? groups.emptied.length : expected.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('what builds on something that waits waits with it, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.constantFrom(...changeKinds), async (changes, kind) => {
        const planId = await stored(changes);
        await stop(store, planId, 'firstPlan', sql`c.kind = ${kind}`);
        await stopDependents(store, planId);
        const waiting = changes.filter((change) => change.kind === kind);
        const expected = seqsWhere(changes, (change) => change.kind !== kind && waiting.some(buildsOn(change)));
        expect(await seqs(planId, sql`stopped_by = 'dependsOnWaiting'`)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});

const subjectOf = (change: Change, same: 'person' | 'group'): string | undefined =>
  same === 'person' ? ('person' in change ? change.person : undefined) : 'group' in change ? change.group : undefined;

const buildsOn =
  (change: Change) =>
  (base: Change): boolean =>
    dependencies.some(
      ({ bases, same, dependents }) =>
        bases.includes(base.kind) &&
        dependents.includes(change.kind) &&
        subjectOf(change, same) !== undefined &&
        subjectOf(change, same) === subjectOf(base, same),
    );
