/** Whether a group would end up empty depends on what else of the plan waits. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectStore, type Store } from '../../store/connect.ts';
import { groupsEmptied } from '../../store/guard-counts.ts';
import { accountId, alice, engineers, targetGroupId } from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

let database: FreshDatabase;
let store: Store;
const target = 'cloud';
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 2 });
  const group = targetGroupId('t-engineers');
  const accounts = [1, 2, 3].map((n) => accountId(`a-${n}`));
  await store
    .insertInto('group_link')
    .values({ target, group_id: engineers, target_group_id: group, origin: 'created' })
    .execute();
  await store
    .insertInto('target_membership')
    .values(accounts.map((account_id) => ({ target, group_id: group, account_id })))
    .execute();
  await store
    .insertInto('plan')
    .values({
      id: 'p',
      target,
      run_id: 'r',
      configuration: 'c',
      source_snapshot: '1',
      target_snapshot: '1',
      counts: '{}',
    })
    .execute();
  const rest = { plan_id: 'p', step: 0, group_id: engineers } as const;
  await store
    .insertInto('change')
    .values([
      ...accounts.map((account_id, seq) => ({
        ...rest,
        seq,
        kind: 'remove-member' as const,
        account_id,
        reason: 'not-in-okta-group' as const,
      })),
      { ...rest, seq: 3, kind: 'add-member', person_id: alice, reason: 'in-okta-group' },
    ])
    .execute();
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});

it('does not while somebody is added, and does once that addition waits', async () => {
  expect(await groupsEmptied(store, target, 'p')).toEqual([]);
  await store.updateTable('change').set({ stopped_by: 'dependsOnWaiting' }).where('seq', '=', 3).execute();
  expect(await groupsEmptied(store, target, 'p')).toEqual([engineers]);
});
