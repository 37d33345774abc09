/** What was rejected stays undone while it is wanted without a break, and is judged anew when it comes up again. */
import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { endRejections } from '../../store/rejections.ts';
import { stopRejected } from '../../store/stopping.ts';
import { alice } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';
import { type StoredChange, storePlan } from '../support/stored-plan.ts';

const store = useStore();

const leaver = { kind: 'deactivate-account', person_id: alice } as const;

beforeEach(async () => {
  await sql`truncate approval, plan cascade`.execute(store());
  const rejected = await storePlan(store(), [leaver]);
  await sql`
    update plan set kind = 'revision', expires_at = now() + interval '1 day', created_at = now() - interval '1 hour'
    where id = ${rejected}`.execute(store());
  await store()
    .insertInto('approval')
    .values({
      plan_id: rejected,
      target: 'cloud',
      hash: 'h',
      state: 'rejected',
      decided_at: new Date(Date.now() - 60_000),
    })
    .execute();
});

/** What a run makes of it. @returns the rule that stopped each change */
async function run(changes: readonly StoredChange[], isComplete = true): Promise<(string | null)[]> {
  const plan = await storePlan(store(), changes, { isComplete });
  await stopRejected(store(), 'cloud', plan);
  await endRejections(store(), 'cloud', plan, true);
  const rows = await store().selectFrom('change').select('stopped_by').where('plan_id', '=', plan).execute();
  return rows.map(({ stopped_by }) => stopped_by);
}

it('as long as each run plans it, it stays rejected', async () => {
  expect(await run([leaver])).toEqual(['rejected']);
  expect(await run([leaver])).toEqual(['rejected']);
});

it('once a run found that it is not wanted, the next who leaves is a new leaver', async () => {
  expect(await run([])).toEqual([]);
  expect(await run([leaver])).toEqual([null]);
});

it('a reading that was not the whole does not end it: that plans no removal either', async () => {
  await run([], false);
  expect(await run([leaver])).toEqual(['rejected']);
});

it('done after all, approved by another plan, it is over', async () => {
  const done = await storePlan(store(), [{ ...leaver, outcome: 'applied' }]);
  await endRejections(store(), 'cloud', done, false);
  expect(await run([leaver])).toEqual([null]);
});
