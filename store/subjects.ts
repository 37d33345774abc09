/**
 * People as those who write them must know them, whatever the mirror says: the version that tells whether a change was
 * planned from what is known by now, the hold, and who is to be planned again.
 */
import { sql } from 'kysely';
import type { OktaUserId } from '../domain/ids.ts';
import type { Store } from './connect.ts';

/** Versions of people; of whom nothing was ever said has 0. A bigint, as text. */
export async function versionsOf(store: Store, people: readonly OktaUserId[]): Promise<Map<OktaUserId, string>> {
  const versions = new Map(people.map((person) => [person, '0']));
  const { rows } = await sql<{ person_id: OktaUserId; version: string }>`
    select person_id, version from subject where person_id = any(${people}::text[])`.execute(store);
  for (const { person_id, version } of rows) versions.set(person_id, version);
  return versions;
}

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
  await store.transaction().execute(async (tx) => {
    await sql`
      insert into subject (person_id, version) select person_id, 1 from ${inOrder(people)}
      on conflict (person_id) do update set version = subject.version + 1, changed_at = now()`.execute(tx);
    for (const target of [...targets].sort()) await markChanged(tx, target, people, why);
  });
}

/** Has people planned again at a target. */
export async function markChanged(
  store: Store,
  target: string,
  people: readonly OktaUserId[],
  why: string,
): Promise<void> {
  if (people.length === 0) return;
  await sql`
    insert into changed_person (target, person_id, why) select ${target}, person_id, ${why} from ${inOrder(people)}
    on conflict (target, person_id) do update set why = excluded.why, at = clock_timestamp()`.execute(store);
}

export async function changedPeople(store: Store, target: string): Promise<OktaUserId[]> {
  const rows = await store
    .selectFrom('changed_person')
    .select('person_id')
    .where('target', '=', target)
    .orderBy('person_id')
    .execute();
  return rows.map(({ person_id }) => person_id);
}

/**
 * After people were planned again.
 *
 * @param before when reading them began, by the database's clock; who was marked since then stays marked
 */
export async function clearChanged(
  store: Store,
  target: string,
  people: readonly OktaUserId[],
  before: Date,
): Promise<void> {
  await sql`
    delete from changed_person
    where target = ${target} and person_id = any(${people}::text[]) and at < ${before}`.execute(store);
}

/** In one order for everybody, so that two who write many people wait for each other instead of deadlocking. */
const inOrder = (people: readonly OktaUserId[]) => sql`
  (select distinct person_id from unnest(${people}::text[]) as page (person_id) order by person_id) as people`;
