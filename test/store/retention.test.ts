/** Old records go; what later work still has to be compared with, or may have to be answered for, stays. */
import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { dropOldRecords } from '../../store/retention.ts';
import { beginSnapshot, finishSnapshot } from '../../store/snapshots.ts';
import { everyCapability } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
beforeEach(async () => {
  await sql`truncate snapshot, drift cascade`.execute(store());
});

async function readingDaysAgo(days: number, isComplete: boolean): Promise<string> {
  const id = await beginSnapshot(store(), 'cloud');
  await finishSnapshot(store(), id, { isComplete, counts: {}, capabilities: everyCapability });
  await sql`update snapshot set started_at = now() - make_interval(days => ${days}) where id = ${id}`.execute(store());
  return id;
}
const snapshots = async () =>
  (await store().selectFrom('snapshot').select('id').orderBy('id').execute()).map(({ id }) => id);

it('the last whole reading stays, however old, and however many later ones fell short', async () => {
  await readingDaysAgo(60, true);
  const whole = await readingDaysAgo(50, true);
  await readingDaysAgo(40, false);
  const latest = await readingDaysAgo(35, false);
  await dropOldRecords(store());
  expect(await snapshots()).toEqual([whole, latest]);
});

it('what was changed outside is kept while it lasts, and for 90 days after', async () => {
  const snapshot = await readingDaysAgo(1, true);
  const seen = async (kind: string, settledDaysAgo: number | null) =>
    sql`insert into drift (target, snapshot, seen_at, kind, settled_at)
      values ('cloud', ${snapshot}, now() - interval '200 days', ${kind},
        now() - make_interval(days => ${settledDaysAgo}::int))`.execute(store());
  await seen('account-removed', null);
  await seen('account-added', 89);
  await seen('member-added', 91);
  await dropOldRecords(store());
  const kept = await store().selectFrom('drift').select('kind').orderBy('id').execute();
  expect(kept.map(({ kind }) => kind)).toEqual(['account-removed', 'account-added']);
});
