/** What the guards count in a stored plan, what the percentages are of, and what earlier runs of the day used up. */
import { type RawBuilder, sql } from 'kysely';
import { emptiedFrom, type Guard, type GuardCount, type GuardedGroups, guards } from '../domain/guard.ts';
import type { OktaGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';
import { isOrdered } from './stopping.ts';

/** Which changes (`c`) belong to a guard: `guardsOf` for a whole plan. */
export function belongsTo(guard: Guard, { emptied, privileged }: GuardedGroups): RawBuilder<boolean> {
  switch (guard) {
    case 'deactivations':
      return sql`c.kind = 'deactivate-account'`;
    case 'deletions':
      return sql`c.kind = 'delete-group'`;
    case 'memberRemovals':
      return sql`c.kind = 'remove-member'`;
    case 'emptiedGroups':
      return sql`c.kind in ('remove-member', 'delete-group') and c.group_id = any(${emptied}::text[])`;
    case 'nameChanges':
      return sql`c.kind = 'update-account' and (jsonb_exists(c.after, 'userName') or jsonb_exists(c.after, 'email'))`;
    case 'reactivations':
      return sql`c.kind = 'reactivate-account'`;
    case 'creations':
      return sql`c.kind in ('create-account', 'link-account')`;
    case 'privilegedAdditions':
      return sql`c.kind = 'add-member' and c.group_id = any(${privileged}::text[])`;
    default:
      return guard satisfies never;
  }
}

/** Kept groups that would lose all their members by what is free in this plan, or free but for these guards. */
export async function groupsEmptied(store: Store, target: string, planId: string): Promise<OktaGroupId[]> {
  const { rows } = await sql<{ group_id: OktaGroupId }>`
    with planned as (
      select c.group_id, count(*) filter (where c.kind = 'remove-member') as removed,
        count(*) filter (where c.kind = 'add-member' and c.stopped_by is null) as added,
        count(*) filter (where c.kind = 'delete-group') as deleted
      from change c
      where c.plan_id = ${planId} and c.group_id is not null and c.outcome is null and c.approved_by is null
        and c.kind in ('remove-member', 'add-member', 'delete-group')
      group by c.group_id
      having count(*) filter (where c.kind <> 'add-member') > 0
    ), before as (
      select l.group_id, m.members
      from planned p join group_link l on l.target = ${target} and l.group_id = p.group_id
      cross join lateral (
        -- No more of them are looked at than it takes to see that somebody stays.
        select count(*) as members from (
          select from target_membership m where m.target = l.target and m.group_id = l.target_group_id
          limit greatest(p.removed + 1, ${emptiedFrom}::int)) as first) as m
    )
    select p.group_id from planned p join before b on b.group_id = p.group_id
    where b.members >= ${emptiedFrom} and ((p.removed >= b.members and p.added = 0) or p.deleted > 0)
    order by p.group_id`.execute(store);
  return rows.map(({ group_id }) => group_id);
}

/** Counts of what neither waits nor is released already. */
export async function guardCounts(
  store: Store,
  target: string,
  planId: string,
  groups: GuardedGroups,
): Promise<Record<Guard, GuardCount>> {
  const columns = guards.map((guard) =>
    guard === 'emptiedGroups'
      ? sql`${groups.emptied.length}::int as "emptiedGroups"`
      : sql`count(*) filter (where ${belongsTo(guard, groups)})::int as ${sql.ref(guard)}`,
  );
  const counted = await sql<Record<Guard, number>>`
    select ${sql.join(columns)} from change c
    where c.plan_id = ${planId} and c.outcome is null and c.stopped_by is null and c.approved_by is null
      and not ${isOrdered}`.execute(store);
  const [counts] = counted.rows;
  // Most plans for one person hold nothing that is counted; what percentages are of is counted over everybody.
  const isAnything = Object.values(counts ?? {}).some((count) => count > 0);
  const bases = isAnything ? await basesOf(store, target) : undefined;
  const used = isAnything ? await usedBefore(store, target, planId) : new Map<Guard, Used>();
  return Object.fromEntries(
    guards.map((guard) => [
      guard,
      { count: counts?.[guard] ?? 0, base: bases?.[guard] ?? 0, usedToday: 0, ...used.get(guard) },
    ]),
  ) as Record<Guard, GuardCount>;
}

async function basesOf(store: Store, target: string): Promise<Record<Guard, number>> {
  const { rows } = await sql<{ linked: number; active: number; members: number; groups: number }>`
    select
      (select count(*)::int from person_link l where l.target = ${target}) as linked,
      (select count(*)::int from person_link l join account a on a.target = l.target and a.id = l.account_id
        where l.target = ${target} and a.is_active) as active,
      (select count(*)::int from target_membership m join group_link g
        on g.target = m.target and g.target_group_id = m.group_id where m.target = ${target}) as members,
      (select count(*)::int from group_link g where g.target = ${target}) as groups`.execute(store);
  const { linked, active, members, groups } = rows[0] ?? { linked: 0, active: 0, members: 0, groups: 0 };
  return {
    deactivations: active,
    deletions: linked + groups,
    memberRemovals: members,
    emptiedGroups: groups,
    nameChanges: linked,
    reactivations: linked,
    creations: linked,
    privilegedAdditions: members,
  };
}

type Used = Pick<GuardCount, 'usedToday' | 'usedInRun'>;

async function usedBefore(store: Store, target: string, planId: string): Promise<Map<Guard, Used>> {
  const { rows } = await sql<{ guard: Guard; usedToday: number; usedInRun: number }>`
    select u.guard, sum(u.count)::int as "usedToday",
      coalesce(sum(u.count) filter (where other.run_id = own.run_id), 0)::int as "usedInRun"
    from guard_use u join plan own on own.id = ${planId} left join plan other on other.id = u.plan_id
    where u.target = ${target} and u.plan_id <> ${planId} and u.at > now() - interval '24 hours'
    group by u.guard`.execute(store);
  return new Map(rows.map(({ guard, ...used }) => [guard, used]));
}

/** Books what this plan may carry out; a repeated try books the same once. */
export async function reserve(
  store: Store,
  target: string,
  planId: string,
  uses: readonly { readonly guard: Guard; readonly count: number }[],
): Promise<void> {
  await store.deleteFrom('guard_use').where('plan_id', '=', planId).execute();
  if (uses.length === 0) return;
  await store
    .insertInto('guard_use')
    .values(uses.map(({ guard, count }) => ({ plan_id: planId, target, guard, count })))
    .execute();
}

/** At the end of a run: what was not carried out after all is free again. What was approved never counts. */
export async function settleReservations(store: Store, planId: string): Promise<void> {
  for (const guard of guards) {
    if (guard === 'emptiedGroups') continue; // Its groups are empty by now, or will be counted again.
    await sql`
      update guard_use u set count = least(u.count, (
        select count(*)::int from change c where c.plan_id = u.plan_id and c.approved_by is null
          and c.outcome in ('applied', 'unchanged') and not ${isOrdered} and ${belongsToKind(guard)}))
      where u.plan_id = ${planId} and u.guard = ${guard}`.execute(store);
  }
}

/** Without the privileged groups, which are not known any more: then the booking stays as it is. */
const belongsToKind = (guard: Exclude<Guard, 'emptiedGroups'>): RawBuilder<boolean> =>
  guard === 'privilegedAdditions' ? sql`c.kind = 'add-member'` : belongsTo(guard, { emptied: [], privileged: [] });
