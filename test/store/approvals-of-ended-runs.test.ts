/** What an approval listed is told to have been done also when the run that did it never came to its end. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settleApproved } from '../../store/approvals.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { alice, bob, engineers } from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';
import { storePlan } from '../support/stored-plan.ts';

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

it('the next run of everybody tells what a terminated one has done, and what of it is not wanted any more', async () => {
  const [done, gone] = [alice, bob].map(
    (person) => ({ kind: 'add-member', person_id: person, group_id: engineers }) as const,
  );
  if (!done || !gone) throw new Error('two changes');
  const listed = await storePlan(store, [done, gone]);
  await store.updateTable('plan').set({ kind: 'revision' }).where('id', '=', listed).execute();
  await store
    .insertInto('approval')
    .values({
      plan_id: listed,
      target: 'cloud',
      hash: 'h',
      state: 'approved',
      decided_at: new Date(Date.now() - 60_000),
      opened_at: new Date(Date.now() - 120_000),
    })
    .execute();
  await storePlan(store, [
    { ...done, outcome: 'applied', approved_by: listed, vendor_request_id: 'v-1' },
    { ...gone, approved_by: listed },
  ]);
  const next = await storePlan(store, []);
  await settleApproved(store, 'cloud', next, 'all');
  const rows = await store
    .selectFrom('change')
    .select(['person_id', 'outcome', 'vendor_request_id'])
    .where('plan_id', '=', listed)
    .orderBy('seq')
    .execute();
  expect(rows).toEqual([
    { person_id: alice, outcome: 'applied', vendor_request_id: 'v-1' },
    { person_id: bob, outcome: 'stale', vendor_request_id: null },
  ]);
});
