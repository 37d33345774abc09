/** People marked as changed at a target: to be planned again there before the next run of everybody. */
import { type RawBuilder, sql } from 'kysely';
import type { OktaUserId } from '../domain/ids.ts';
import type { Store } from './connect.ts';

/** How many are marked, by target; targets without any are left out. */
export async function countChangedPeople(
  store: Store,
  targets: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  if (targets.length === 0) return {};
  const rows = await store
    .selectFrom('changed_person')
    .select(({ fn }) => ['target', fn.countAll<string>().as('people')])
    .where('target', 'in', targets)
    .groupBy('target')
    .execute();
  return Object.fromEntries(rows.map(({ target, people }) => [target, Number(people)]));
}

/** People marked at any of these targets, in key order, at most so many. */
export async function markedPeople(store: Store, targets: readonly string[], limit: number): Promise<OktaUserId[]> {
  if (targets.length === 0) return [];
  const rows = await store
    .selectFrom('changed_person')
    .select('person_id')
    .distinct()
    .where('target', 'in', targets)
    .orderBy('person_id')
    .limit(limit)
    .execute();
  return rows.map(({ person_id }) => person_id);
}

/**
 * Has people planned again at a target. In one order for everybody, so that two who mark many people wait for each other
 * instead of deadlocking.
 *
 * @param people a query of `target`, `person_id` and `why`, a code without personal data
 * @returns how many
 */
export async function mark(store: Store, people: RawBuilder<unknown>): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    insert into changed_person (target, person_id, why)
    select distinct on (target, person_id) target, person_id, why from (${people}) as people
    where person_id is not null order by target, person_id, why
    on conflict (target, person_id) do update set why = excluded.why, at = clock_timestamp()`.execute(store);
  return Number(numAffectedRows);
}

/** @param why a code without personal data */
export async function markChanged(
  store: Store,
  target: string,
  people: readonly OktaUserId[],
  why: string,
): Promise<void> {
  if (people.length === 0) return;
  await mark(
    store,
    sql`select ${target}::text as target, person_id, ${why}::text as why from unnest(${people}::text[]) as page (person_id)`,
  );
}

/** News of people of whom Okta could not be asked: marked at all these targets, and kept so until they are read by id. */
export async function markUnread(
  store: Store,
  targets: readonly string[],
  people: readonly OktaUserId[],
): Promise<void> {
  await sql`
    insert into changed_person (target, person_id, why, unread_since)
    select target, person_id, 'unread', clock_timestamp()
    from unnest(${targets}::text[]) as target, unnest(${people}::text[]) as person_id
    group by target, person_id order by target, person_id
    on conflict (target, person_id) do update
      set why = excluded.why, at = clock_timestamp(), unread_since = excluded.unread_since`.execute(store);
}

/**
 * Who is to be read by id, at most so many: at random, so that those who cannot be read keep nobody from their turn for long.
 */
export async function unreadPeople(store: Store, targets: readonly string[], limit: number): Promise<OktaUserId[]> {
  if (targets.length === 0) return [];
  const rows = await store
    .selectFrom('changed_person')
    .select('person_id')
    .where('target', 'in', targets)
    .where('unread_since', 'is not', null)
    .groupBy('person_id')
    .orderBy(sql`random()`)
    .limit(limit)
    .execute();
  return rows.map(({ person_id }) => person_id);
}

/**
 * They were read by a reading that began at an instant of the database's clock: what was told before is in the mirror, and
 * the marks are like any other. @param people everybody when absent
 */
export async function noteRead(store: Store, asOf: Date, people?: readonly OktaUserId[]): Promise<void> {
  await sql`
    update changed_person set unread_since = null
    where unread_since <= ${asOf} and (${people === undefined} or person_id = any(${people ?? []}::text[]))`.execute(
    store,
  );
}

/** Marks everybody of whom a change turned out stale: things are not as they were planned from. Returns how many. */
export const markStale = (store: Store, planId: string): Promise<number> =>
  mark(
    store,
    sql`select p.target, c.person_id, 'stale' as why from change c join plan p on p.id = c.plan_id
      where c.plan_id = ${planId} and c.outcome = 'stale'`,
  );

/**
 * Forgets the marks that were there before a plan began, once that plan, of everybody or of those who are marked, has been
 * made. Whoever was marked since stays marked, and so does who is still to be read.
 *
 * @param only of a plan for some people: theirs alone
 */
export async function clearMarksBefore(store: Store, planId: string, only?: readonly OktaUserId[]): Promise<void> {
  await sql`
    delete from changed_person c using plan p
    where p.id = ${planId} and c.target = p.target and c.at < p.created_at and c.unread_since is null
      and (${only === undefined} or c.person_id = any(${only ?? []}::text[]))`.execute(store);
}

/** Who was marked before a plan began: those for whom it was made, if it was made for those who changed. */
export async function markedBefore(store: Store, planId: string): Promise<OktaUserId[]> {
  const rows = await store
    .selectFrom('changed_person as c')
    .innerJoin('plan as p', 'p.target', 'c.target')
    .select('c.person_id')
    .where('p.id', '=', planId)
    .whereRef('c.at', '<', 'p.created_at')
    .execute();
  return rows.map(({ person_id }) => person_id);
}
