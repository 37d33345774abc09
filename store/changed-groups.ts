/** News of groups, by target: they are to be read again, and those that matter decided about by a run of everything. */
import { sql } from 'kysely';
import type { OktaGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';

/**
 * Something about the groups may have changed; whether that matters to a target is not known before they are read. In one
 * order for everybody, so that two who mark many wait for each other instead of deadlocking.
 */
export async function markGroups(
  store: Store,
  targets: readonly string[],
  groups: readonly OktaGroupId[],
): Promise<void> {
  await sql`
    insert into changed_group (target, group_id)
    select target, group_id from unnest(${targets}::text[]) as target, unnest(${groups}::text[]) as group_id
    group by target, group_id order by target, group_id
    on conflict (target, group_id) do update set at = clock_timestamp()`.execute(store);
}

/**
 * It matters: the target is to run for everything. Told before the mirror takes over what was read of them.
 * @param asOf of the database's clock, when the reading began; news that came since stays news
 */
export async function markGroupsThatMatter(
  store: Store,
  target: string,
  groups: readonly OktaGroupId[],
  asOf: Date,
): Promise<void> {
  await sql`
    insert into changed_group (target, group_id, matters, at)
    select distinct ${target}::text, group_id, true, ${asOf}::timestamptz from unnest(${groups}::text[]) as group_id
    order by group_id
    on conflict (target, group_id) do update set matters = true`.execute(store);
}

/** Each once; those of which nothing is known yet come first. */
export async function markedGroups(store: Store): Promise<OktaGroupId[]> {
  const { rows } = await sql<{ group_id: OktaGroupId }>`
    select group_id from changed_group group by group_id order by bool_and(matters), group_id`.execute(store);
  return rows.map(({ group_id }) => group_id);
}

export async function hasMarkedGroups(store: Store): Promise<boolean> {
  return (await store.selectFrom('changed_group').select('target').limit(1).executeTakeFirst()) !== undefined;
}

/** Targets that are to run for everything. */
export async function targetsOfMarkedGroups(store: Store): Promise<string[]> {
  const rows = await store
    .selectFrom('changed_group')
    .select('target')
    .distinct()
    .where('matters', '=', true)
    .orderBy('target')
    .execute();
  return rows.map(({ target }) => target);
}

/** Forgets those that were looked at and matter to nobody. @param asOf of the database's clock, when the reading began */
export async function forgetGroupsOfNobody(store: Store, asOf: Date, groups: readonly OktaGroupId[]): Promise<void> {
  await sql`
    delete from changed_group where not matters and at <= ${asOf} and group_id = any(${groups}::text[])`.execute(store);
}

/** The targets were asked for a run that decides about them. @param asOf of the database's clock, when the reading began */
export async function forgetGroupsThatMatter(store: Store, asOf: Date): Promise<void> {
  await sql`delete from changed_group where matters and at <= ${asOf}`.execute(store);
}
