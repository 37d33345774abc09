/** Which offboardings are told of as failing. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OktaUserId } from '../../domain/ids.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { recordStep } from '../../store/offboarding-steps.ts';
import { offboardingCounts } from '../../store/offboarding-watch.ts';
import { offboarded } from '../support/offboarding-order.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});

it('a refusal is one, an answer that was lost is looked at again first', async () => {
  const id = await offboarded(store, '00u000000000000watch' as OktaUserId);
  const suspend = (detail: string) =>
    recordStep(store, id, { system: 'okta', step: 'suspend', state: 'failed', detail });
  await suspend('answer-lost');
  expect(await offboardingCounts(store, ['okta'])).toMatchObject({ 'under-way': 1, failing: 0 });
  await suspend('AccessDenied');
  expect(await offboardingCounts(store, ['okta'])).toMatchObject({ 'under-way': 0, failing: 1 });
});
