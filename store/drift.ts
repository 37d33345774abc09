/**
 * What was changed at a target by somebody else: what a reading shows otherwise than the mirror, which is the reading
 * before and all that was written since. Compared in the transaction that takes the reading into the mirror, or the
 * difference would be lost with a reading that is broken off.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Account, TargetGroup } from '../domain/account.ts';
import type { TargetGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';
import { folded } from './folded.ts';
import { jsonText } from './json-text.ts';
import { latestSnapshot } from './snapshots.ts';
import type { MemberDifference } from './target-mirror.ts';

/** A reading whose differences are told. */
export interface DriftWatch {
  readonly target: string;
  readonly snapshot: string;
  /** The reading before. */
  readonly before: string;
  /** Groups whose members the mirror knew before this reading. */
  readonly groups: ReadonlySet<TargetGroupId>;
  /** Account attributes that are compared. */
  readonly attributes: readonly string[];
  /** The mirror was read with the same mapping: what it does not hold of an account was not set. */
  readonly isSameMapping: boolean;
}

/** @returns nothing for the first reading, which there is nothing to compare with */
export async function watchDrift(
  store: Store,
  reading: { readonly target: string; readonly snapshot: string; readonly configuration: string },
  attributes: readonly string[],
): Promise<DriftWatch | undefined> {
  const { target, snapshot, configuration } = reading;
  const before = await latestSnapshot(store, target);
  if (!before) return undefined;
  await settleDrift(store, target);
  const { rows } = await sql<{ is_same: boolean }>`
    select exists (select from plan p where p.target = ${target} and p.target_snapshot = ${before.id}
      and p.configuration = ${configuration}) as is_same`.execute(store);
  const isSameMapping = rows[0]?.is_same ?? false;
  const groups = await knownGroups(store, target, before.id);
  return { target, snapshot, before: before.id, groups, attributes, isSameMapping };
}

/**
 * Linked groups of which the mirror has all members: those that the reading before knew to be ours, those that we made,
 * and those that were adopted on the strength of it.
 */
async function knownGroups(store: Store, target: string, before: string): Promise<Set<TargetGroupId>> {
  const { rows } = await sql<{ id: TargetGroupId }>`
    select l.target_group_id as id from group_link l join snapshot s on s.id = ${before}
    -- Of a group that was gone for a while nothing is known.
    join target_group g on g.target = l.target and g.id = l.target_group_id
    where l.target = ${target} and l.origin <> 'released' and (
      l.created_at <= s.started_at or l.origin = 'created'
      or exists (
        select from plan p join change c on c.plan_id = p.id
        where p.target = l.target and p.created_at between l.created_at - interval '1 day' and l.created_at
          and c.kind = 'link-group' and c.outcome = 'applied'
          and c.group_id = l.group_id and c.target_group_id = l.target_group_id))`.execute(store);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Change `c` may have had an effect that the mirror does not hold: its answer was lost or never recorded, or it was
 * recorded while this reading ran. What it writes is ours, or at least not known to be somebody else's.
 */
const isUnclear = ({ target, snapshot, before }: DriftWatch): RawBuilder<boolean> => sql`
  c.attempts > 0
  and (c.outcome is null or c.outcome = 'parked' or (c.outcome = 'stale' and c.attempts > 1)
    or c.detail = 'found-after-lost-answer'
    or c.finished_at >= (select started_at from snapshot where id = ${snapshot}::bigint))
  and exists (select from plan p join run r on r.id = p.run_id
    where p.id = c.plan_id and p.target = ${target} and (
      r.finished_at is null or r.finished_at >= (select started_at from snapshot where id = ${before}::bigint)))`;

const isBack = sql<boolean>`${folded(sql`x.name`, sql`d.before ->> x.name`)} = ${folded(sql`x.name`, sql`x.after`)}`;

/** Before these accounts go into the mirror. What was written while the reading ran is left out. */
export async function recordAccountDrift(store: Store, watch: DriftWatch, accounts: readonly Account[]): Promise<void> {
  const { target, snapshot, attributes, isSameMapping } = watch;
  const rows = accounts.map(({ id, externalId, isActive, attributes: values }) => ({
    id,
    external_id: externalId ?? null,
    is_active: isActive,
    attributes: values,
  }));
  await sql`
    with seen as materialized (
      select * from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page
        (id text, external_id text, is_active boolean, attributes jsonb)
    ), differing as materialized (
      select a.id as account_id, l.person_id, v.name, v.before, v.after
      from seen s
      join account a on a.target = ${target} and a.id = s.id and a.snapshot < ${snapshot}::bigint
        and (a.is_active <> s.is_active or a.external_id is distinct from s.external_id or a.attributes <> s.attributes)
      join person_link l on l.target = a.target and l.account_id = a.id
      cross join lateral (
        select 'isActive' as name, a.is_active::text as before, s.is_active::text as after
        union all select 'externalId', coalesce(a.external_id, ''), coalesce(s.external_id, '')
        union all select name, coalesce(a.attributes ->> name, ''), coalesce(s.attributes ->> name, '')
          from unnest(${attributes}::text[]) as kept (name) where ${isSameMapping} or a.attributes ? name
      ) v
      where ${folded(sql`v.name`, sql`v.before`)} <> ${folded(sql`v.name`, sql`v.after`)}
        and not exists (
          select from change c where c.person_id = l.person_id and ${isUnclear(watch)} and case c.kind
            when 'create-account' then true
            when 'update-account' then c.after ? v.name
            when 'link-account' then v.name = 'externalId'
            when 'reactivate-account' then v.name = 'isActive'
            when 'deactivate-account' then v.name = 'isActive'
            else false end)
    ), known as (
      update drift d set snapshot = ${snapshot}::bigint,
        after = case when ${isBack} then d.after else jsonb_build_object(x.name, x.after) end,
        settled_at = case when ${isBack} then now() end
      from differing x
      where d.target = ${target} and d.settled_at is null and d.kind = 'account-changed'
        and d.account_id = x.account_id and d.after ? x.name
      returning d.account_id, x.name
    )
    insert into drift (target, snapshot, kind, person_id, account_id, before, after)
    select ${target}, ${snapshot}::bigint, 'account-changed', x.person_id, x.account_id,
      jsonb_build_object(x.name, x.before), jsonb_build_object(x.name, x.after)
    from differing x
    where not exists (select from known k where k.account_id = x.account_id and k.name = x.name)`.execute(store);
}

/** Before these groups go into the mirror. */
export async function recordGroupDrift(store: Store, watch: DriftWatch, groups: readonly TargetGroup[]): Promise<void> {
  const { target, snapshot } = watch;
  await sql`
    with seen as materialized (
      select * from jsonb_to_recordset(${jsonText(groups.map(({ id, name }) => ({ id, name })))}::jsonb) as page
        (id text, name text)
    ), differing as materialized (
      select g.id as target_group_id, l.group_id, g.name as before, s.name as after
      from seen s
      join target_group g on g.target = ${target} and g.id = s.id and g.snapshot < ${snapshot}::bigint
        and g.name <> s.name
      join group_link l on l.target = g.target and l.target_group_id = g.id and l.origin <> 'released'
      where not exists (
        select from change c where c.person_id is null and c.group_id = l.group_id and c.kind = 'rename-group'
          and ${isUnclear(watch)})
    ), known as (
      update drift d set snapshot = ${snapshot}::bigint,
        after = case when d.before ->> 'name' = x.after then d.after else jsonb_build_object('name', x.after) end,
        settled_at = case when d.before ->> 'name' = x.after then now() end
      from differing x
      where d.target = ${target} and d.settled_at is null and d.kind = 'group-renamed'
        and d.target_group_id = x.target_group_id
      returning d.target_group_id
    )
    insert into drift (target, snapshot, kind, group_id, target_group_id, before, after)
    select ${target}, ${snapshot}::bigint, 'group-renamed', x.group_id, x.target_group_id,
      jsonb_build_object('name', x.before), jsonb_build_object('name', x.after)
    from differing x where not exists (select from known k where k.target_group_id = x.target_group_id)`.execute(store);
}

/** What taking the members of watched groups into the mirror changed there. */
export async function recordMemberDrift(
  store: Store,
  watch: DriftWatch,
  differences: readonly MemberDifference[],
): Promise<void> {
  if (differences.length === 0) return;
  const { target, snapshot } = watch;
  await sql`
    with differing as materialized (
      select x.target_group_id, x.account_id, x.is_member, g.group_id, p.person_id
      from jsonb_to_recordset(${jsonText(differences)}::jsonb) as x
        (target_group_id text, account_id text, is_member boolean)
      join group_link g on g.target = ${target} and g.target_group_id = x.target_group_id and g.origin <> 'released'
      left join person_link p on p.target = ${target} and p.account_id = x.account_id
      -- Whoever is gone altogether is told once, as that.
      where (x.is_member or exists (select from account a where a.target = ${target} and a.id = x.account_id))
        and not exists (select from drift gone where gone.target = ${target} and gone.settled_at is null
          and gone.kind = 'account-gone' and gone.account_id = x.account_id)
        and not exists (
          select from change c where c.person_id = p.person_id and c.group_id = g.group_id
            and c.kind in ('add-member', 'remove-member') and ${isUnclear(watch)})
        and not exists (
          select from change c where p.person_id is null and c.person_id is null and c.account_id = x.account_id
            and c.group_id = g.group_id and c.kind = 'remove-member' and ${isUnclear(watch)})
    ), undone as (
      update drift d set settled_at = now() from differing x
      where d.target = ${target} and d.settled_at is null
        and d.kind = case when x.is_member then 'member-removed' else 'member-added' end
        and d.account_id = x.account_id and d.target_group_id = x.target_group_id
      returning d.account_id, d.target_group_id
    )
    insert into drift (target, snapshot, kind, person_id, account_id, group_id, target_group_id)
    select ${target}, ${snapshot}::bigint, case when x.is_member then 'member-added' else 'member-removed' end,
      x.person_id, x.account_id, x.group_id, x.target_group_id
    from differing x
    where not exists (select from undone u
      where u.account_id = x.account_id and u.target_group_id = x.target_group_id)`.execute(store);
}

/** Before a whole list drops what it did not show: absence is evidence only then. */
export async function recordGoneAccounts(store: Store, { target, snapshot }: DriftWatch): Promise<void> {
  await sql`
    insert into drift (target, snapshot, kind, person_id, account_id)
    select ${target}, ${snapshot}::bigint, 'account-gone', l.person_id, a.id
    from account a join person_link l on l.target = a.target and l.account_id = a.id
    where a.target = ${target} and a.snapshot < ${snapshot}::bigint`.execute(store);
}

export async function recordGoneGroups(store: Store, watch: DriftWatch): Promise<void> {
  const { target, snapshot } = watch;
  await sql`
    insert into drift (target, snapshot, kind, group_id, target_group_id, before)
    select ${target}, ${snapshot}::bigint, 'group-gone', l.group_id, g.id, jsonb_build_object('name', g.name)
    from target_group g
    join group_link l on l.target = g.target and l.target_group_id = g.id and l.origin <> 'released'
    where g.target = ${target} and g.snapshot < ${snapshot}::bigint
      and not exists (
        select from change c where c.person_id is null and c.group_id = l.group_id and c.kind = 'delete-group'
          and ${isUnclear(watch)})`.execute(store);
}

/** Settles what the mirror does not hold any more as it was found, and what is not ours any more. */
export async function settleDrift(store: Store, target: string): Promise<void> {
  await sql`
    update drift d set settled_at = now()
    where d.target = ${target} and d.settled_at is null and not case d.kind
      when 'account-changed' then exists (
        select from account a join person_link l on l.target = a.target and l.account_id = a.id
        cross join lateral jsonb_each_text(d.after) as x (name, value)
        where a.target = d.target and a.id = d.account_id and l.person_id = d.person_id
          and x.value = coalesce(case x.name when 'isActive' then a.is_active::text
            when 'externalId' then a.external_id else a.attributes ->> x.name end, ''))
      when 'account-gone' then exists (
          select from person_link l
          where l.target = d.target and l.account_id = d.account_id and l.person_id = d.person_id)
        and not exists (select from account a where a.target = d.target and a.id = d.account_id)
      when 'group-gone' then ${isLinkedGroup} and not ${isGroupThere}
      when 'group-renamed' then ${isLinkedGroup} and exists (
        select from target_group g
        where g.target = d.target and g.id = d.target_group_id and g.name = d.after ->> 'name')
      when 'member-added' then ${isLinkedGroup} and ${isMember}
      when 'member-removed' then ${isLinkedGroup} and not ${isMember} and ${isGroupThere}
        and exists (select from account a where a.target = d.target and a.id = d.account_id)
      else false end`.execute(store);
}

const isLinkedGroup = sql`exists (select from group_link l where l.target = d.target and l.group_id = d.group_id
  and l.target_group_id = d.target_group_id and l.origin <> 'released')`;
const isGroupThere = sql`exists (select from target_group g where g.target = d.target and g.id = d.target_group_id)`;
const isMember = sql`exists (select from target_membership m where m.target = d.target
  and m.group_id = d.target_group_id and m.account_id = d.account_id)`;
