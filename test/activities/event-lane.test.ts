/** News of one person while bulk work has used up what Okta and the target allow. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { recordAnswer } from '../../store/pacing/budgets.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let lab: InProcess;
let person = '';
beforeAll(async () => {
  lab = await startInProcess({ people: 20, groups: 4, seed: 45 });
  await lab.sync();
  person = (lab.sandbox.okta.vendor.dump() as SavedOrg).users.find(({ status }) => status === 'ACTIVE')?.id ?? '';
}, 60_000);
afterAll(() => lab?.stop());

/** As the worker makes them. */
const activities = () => createActivities(lab.deps, { urgent: lab.connect('urgent'), event: lab.connect('event') });

/** Nobody may ask for half a minute, by every bucket that was ever used. */
async function useUp(): Promise<void> {
  const { store } = lab.deps;
  const buckets = await store.selectFrom('budget').select('bucket').execute();
  const refusal = { isConcurrency: false, isOverload: false, holdMs: 30_000 };
  for (const { bucket } of buckets) await recordAnswer(store, bucket, { answered: 0, refusal }, { share: 0.5 });
}

it('gives its slot back within seconds, and Temporal is told when to try again', async () => {
  const { observePerson, syncPersonAtTarget } = activities();
  // So that all buckets are known.
  const bulk = createActivities(lab.deps);
  await lab.run(() => bulk.observePerson({ person }));
  await lab.run(() => bulk.syncPersonAtTarget({ runId: randomUUID(), planId: randomUUID(), target: 'cloud', person }));
  await useUp();
  const sync = { runId: randomUUID(), planId: randomUUID(), target: 'cloud', person };
  const began = performance.now();
  const failures = await Promise.all(
    [() => observePerson({ person }), () => syncPersonAtTarget(sync)].map((work) =>
      lab.run<unknown>(work).catch((error: unknown) => error),
    ),
  );
  expect(performance.now() - began).toBeLessThan(10_000);
  for (const failure of failures) {
    expect(failure).toMatchObject({ type: 'RateLimited', nonRetryable: false });
    const { nextRetryDelay } = failure as { nextRetryDelay: number };
    expect(nextRetryDelay).toBeGreaterThan(15_000);
    expect(nextRetryDelay).toBeLessThanOrEqual(30_000);
  }
}, 30_000);
