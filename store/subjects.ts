/**
 * People as those who write them must know them, whatever the mirror says: the version that tells whether a change was
 * planned from what is known by now, and the hold.
 */
import { sql } from 'kysely';
import type { OktaUserId } from '../domain/ids.ts';
import { markChanged } from './changed-people.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';

/**
 * Something came in that can change what these people should have: what was planned of them before is stale, and they
 * are to be planned again at these targets.
 *
 * @param why a code without personal data
 */
export async function raiseVersion(
  store: Store,
  people: readonly OktaUserId[],
  why: string,
  targets: readonly string[],
): Promise<void> {
  if (people.length === 0) return;
  await inTransaction(store, async (tx) => {
    await sql`
      insert into subject (person_id, version) select person_id, 1 from ${inOrder(people)}
      on conflict (person_id) do update set version = subject.version + 1, changed_at = now()`.execute(tx);
    for (const target of [...targets].sort()) await markChanged(tx, target, people, why);
  });
}

/** In one order for everybody, so that two who write many people wait for each other instead of deadlocking. */
const inOrder = (people: readonly OktaUserId[]) => sql`
  (select distinct person_id from unnest(${people}::text[]) as page (person_id) order by person_id) as people`;
