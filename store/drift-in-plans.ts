/** Which changes of a plan are about what was changed outside. */
import { type RawBuilder, sql } from 'kysely';
import type { AccountAttributes } from '../domain/account.ts';
import { orderedReason, saidByOkta } from '../domain/change.ts';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { MembershipAuthority } from '../domain/settings.ts';
import type { Store } from './connect.ts';
import { folded } from './folded.ts';
import { inTransaction } from './in-transaction.ts';
import { buildsOn } from './stopping.ts';

/**
 * Pairs of a change of a plan and what it overwrites, `(seq, drift, seen_at, restores)`. `restores`: it brings back what
 * was before somebody changed it, and not something that was decided since. In branches, so that each is a join by ids.
 */
export const pairs = (planId: string, isMeant: RawBuilder<boolean>): RawBuilder<unknown> => sql`(
  select c.seq, d.id as drift, d.seen_at, case c.kind
      when 'update-account' then ${folded(sql`x.name`, sql`c.after ->> x.name`)} = ${folded(sql`x.name`, sql`d.before ->> x.name`)}
      when 'link-account' then d.before ->> x.name = c.person_id
      else (c.kind = 'reactivate-account') = (d.before ->> x.name = 'true') end as restores
    from change c join plan p on p.id = c.plan_id
    join drift d on d.target = p.target and d.account_id = c.account_id and d.kind = 'account-changed'
    cross join lateral jsonb_object_keys(d.after) as x (name)
    where c.plan_id = ${planId} and ${isMeant} and case c.kind
      when 'update-account' then c.after ? x.name
      when 'link-account' then x.name = 'externalId'
      when 'reactivate-account' then x.name = 'isActive'
      when 'deactivate-account' then x.name = 'isActive'
      else false end
  union all
  select c.seq, d.id, d.seen_at, true
    from change c join plan p on p.id = c.plan_id
    join drift d on d.target = p.target and d.account_id = c.account_id and d.group_id = c.group_id
      and d.kind = 'member-added'
    where c.plan_id = ${planId} and ${isMeant} and c.kind = 'remove-member'
  union all
  select c.seq, d.id, d.seen_at, true
    from change c join plan p on p.id = c.plan_id
    join drift d on d.target = p.target and d.person_id = c.person_id and d.group_id = c.group_id
      and d.kind = 'member-removed'
    where c.plan_id = ${planId} and ${isMeant} and c.kind = 'add-member'
  union all
  select c.seq, d.id, d.seen_at, c.after ->> 'name' = d.before ->> 'name'
    from change c join plan p on p.id = c.plan_id
    join drift d on d.target = p.target and d.target_group_id = c.target_group_id and d.kind = 'group-renamed'
    where c.plan_id = ${planId} and ${isMeant} and c.kind = 'rename-group'
)`;

export const isOpen = sql<boolean>`d.settled_at is null`;

/** What attributes of these people's accounts were before somebody else changed them. */
export async function driftedAttributes(
  store: Store,
  target: string,
  people: readonly OktaUserId[],
): Promise<Map<OktaUserId, AccountAttributes>> {
  if (people.length === 0) return new Map();
  const { rows } = await sql<{ person_id: OktaUserId; before: Record<string, string> }>`
    select d.person_id, d.before from drift d
    where d.target = ${target} and ${isOpen} and d.kind = 'account-changed'
      and d.person_id = any(${people}::text[])`.execute(store);
  const found = new Map<OktaUserId, AccountAttributes>();
  for (const { person_id, before } of rows) found.set(person_id, { ...found.get(person_id), ...before });
  return found;
}

/**
 * Holds changes that would only undo what somebody did at the target, approved or not, and what builds on them. Access
 * that Okta has taken away is taken all the same, and so is what somebody was given by hand in a group that gives power.
 */
export async function stopReported(store: Store, planId: string, privileged: readonly OktaGroupId[]): Promise<void> {
  await inTransaction(store, async (tx) => {
    await sql`
      update change c set stopped_by = 'driftReported', approved_by = null
      from (select seq, count(*) as attributes from ${pairs(planId, isOpen)} as pair where restores group by seq) as undoing
      where c.plan_id = ${planId} and c.seq = undoing.seq and c.outcome is null and c.stopped_by is null
        and (c.kind <> 'update-account'
          or undoing.attributes = (select count(*) from jsonb_object_keys(c.after)))
        and not (c.kind in ('deactivate-account', 'remove-member') and c.reason = any(${[...saidByOkta, orderedReason]}::text[]))
        and not (c.kind = 'remove-member' and c.group_id = any(${privileged}::text[]))`.execute(tx);
    // It would else wait for an approval that can never release it.
    await sql`
      update change c set stopped_by = 'driftReported', approved_by = null
      from change base
      where base.plan_id = ${planId} and base.stopped_by = 'driftReported' and base.kind = 'reactivate-account'
        and ${buildsOn} and c.outcome is null and c.stopped_by is null`.execute(tx);
  });
}

/**
 * Settles what policy wants by now as somebody else made it: a whole plan from a later reading has nothing against it, and
 * nothing to say of its person or group. Never on readings that are not complete, whose plans lack removals.
 */
export async function settleDesired(store: Store, planId: string, authority: MembershipAuthority): Promise<void> {
  await sql`
    update drift d set settled_at = now() from plan p
    where p.id = ${planId} and d.target = p.target and ${isOpen} and d.snapshot < p.target_snapshot
      and (select bool_and(s.is_complete) from snapshot s where s.id in (p.source_snapshot, p.target_snapshot))
      and (d.kind = 'group-renamed' or (d.person_id is not null and d.kind in ('account-changed', 'member-added', 'member-removed')))
      -- Plans never write these two, whatever they are.
      and (not coalesce(d.after ? 'externalId', false) or d.after ->> 'externalId' = d.person_id)
      and (${authority !== 'add-only'} or d.kind <> 'member-added'
        or exists (select from okta_membership m where m.user_id = d.person_id and m.group_id = d.group_id))
      and not exists (select from ${pairs(planId, isOpen)} as pair where pair.drift = d.id)
      and not exists (select from finding f where f.plan_id = p.id and f.person_id = d.person_id)
      and not exists (select from finding f where f.plan_id = p.id and f.person_id is null and f.group_id = d.group_id
        and f.code not in ('unlinked-members', 'group-name-kept'))`.execute(store);
}

/** How much of what was changed outside these plans have put right. */
export async function countRepaired(store: Store, planIds: readonly string[]): Promise<number> {
  if (planIds.length === 0) return 0;
  const done = sql<boolean>`d.settled_at is null and c.outcome = 'applied'`;
  const all = sql.join(
    planIds.map((id) => sql`select drift from ${pairs(id, done)} as pair`),
    sql` union all `,
  );
  const { rows } = await sql<{ count: number }>`
    select count(distinct drift)::int as count from (${all}) as repaired`.execute(store);
  return rows[0]?.count ?? 0;
}
