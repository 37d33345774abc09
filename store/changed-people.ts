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

/** Marks everybody of whom a change turned out stale: things are not as they were planned from. Returns how many. */
export const markStale = (store: Store, planId: string): Promise<number> =>
  mark(
    store,
    sql`select p.target, c.person_id, 'stale' as why from change c join plan p on p.id = c.plan_id
      where c.plan_id = ${planId} and c.outcome = 'stale'`,
  );

/**
 * Forgets the marks that were there before a plan began, once that plan, of everybody or of those who are marked, has been
 * made. Whoever was marked since stays marked. @param only of a plan for some people: theirs alone
 */
export async function clearMarksBefore(store: Store, planId: string, only?: readonly OktaUserId[]): Promise<void> {
  await sql`
    delete from changed_person c using plan p
    where p.id = ${planId} and c.target = p.target and c.at < p.created_at
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
