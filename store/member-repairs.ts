/** What reading back the groups of a plan compares with, and the changes that put right what the target did not keep. */
import { sql } from 'kysely';
import { changeKinds, memberKinds } from '../domain/change.ts';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { jsonText } from './json-text.ts';
import type { ChangeRow } from './plans.ts';

/** Groups of the target that got or lost members by this plan, in the order of their ids, after this one. */
export async function groupsWritten(
  store: Store,
  planId: string,
  after: string | undefined,
  limit: number,
): Promise<TargetGroupId[]> {
  const { rows } = await sql<{ id: TargetGroupId }>`
    -- One look at the plan's changes, whatever is known of how many there are: not one for each group.
    with written as materialized (
      select distinct group_id from change
      where plan_id = ${planId} and kind = any(${[...memberKinds]}::text[])
        and (outcome = 'applied' or (outcome is null and reason = 'lost-at-target'))
    )
    select distinct l.target_group_id as id
    from written w
    join plan p on p.id = ${planId}
    join group_link l on l.target = p.target and l.group_id = w.group_id
    where l.target_group_id > ${after ?? ''}
    order by 1 limit ${limit}`.execute(store);
  return rows.map(({ id }) => id);
}

/** Linked members by the mirror, which is the last reading and all that was written since. */
export async function linkedMembers(
  store: Store,
  target: string,
  group: TargetGroupId,
): Promise<Map<AccountId, OktaUserId>> {
  const { rows } = await sql<{ account_id: AccountId; person_id: OktaUserId }>`
    select m.account_id, l.person_id from target_membership m
    join person_link l on l.target = m.target and l.account_id = m.account_id
    where m.target = ${target} and m.group_id = ${group}
    order by m.account_id`.execute(store);
  return new Map(rows.map(({ account_id, person_id }) => [account_id, person_id]));
}

/** One membership that the target did not keep as it was written. */
export type MemberRepair = {
  readonly group: OktaGroupId;
  readonly account: AccountId;
} & (
  | { readonly kind: 'add-member'; readonly person: OktaUserId }
  /** Without a person: the member is nobody's. */
  | { readonly kind: 'remove-member'; readonly person?: OktaUserId }
);

/** Members whom this plan took out of these groups, by the target's own word. */
export async function membersRemoved(
  store: Store,
  planId: string,
  groups: readonly OktaGroupId[],
): Promise<MemberRepair[]> {
  const { rows } = await sql<{ group_id: OktaGroupId; account_id: AccountId; person_id: OktaUserId | null }>`
    select distinct group_id, account_id, person_id from change
    where plan_id = ${planId} and kind = 'remove-member' and outcome = 'applied' and account_id is not null
      and group_id = any(${groups}::text[])
    order by group_id, account_id`.execute(store);
  return rows.map(({ group_id, account_id, person_id }) => ({
    kind: 'remove-member',
    group: group_id,
    account: account_id,
    ...(person_id === null ? {} : { person: person_id }),
  }));
}

/**
 * Adds changes to the plan of which these memberships were written, once each: what was repaired before, or given up, is
 * not begun again. They have no part in the plan's hash, since they only repeat what it says.
 */
export async function appendRepairs(store: Store, planId: string, repairs: readonly MemberRepair[]): Promise<void> {
  if (repairs.length === 0) return;
  const rows = repairs.map(({ kind, group, account, person }) => ({
    step: changeKinds.indexOf(kind),
    kind,
    group_id: group,
    account_id: account,
    person_id: person ?? null,
  }));
  await inTransaction(store, async (tx) => {
    // Several groups are read back at a time, and numbers are given one after the other.
    await sql`select from plan where id = ${planId} for update`.execute(tx);
    await sql`
      insert into change (plan_id, seq, step, kind, person_id, group_id, account_id, reason, subject_version)
      select ${planId}, last.seq + row_number() over (order by page.kind, page.group_id, page.account_id),
        page.step, page.kind, page.person_id, page.group_id, page.account_id, 'lost-at-target',
        coalesce((select version from subject s where s.person_id = page.person_id), 0)
      from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page
        (step smallint, kind text, person_id text, group_id text, account_id text),
        (select coalesce(max(seq), -1) as seq from change where plan_id = ${planId}) as last
      where not exists (
        select from change c where c.plan_id = ${planId} and c.reason = 'lost-at-target' and c.kind = page.kind
          and c.group_id = page.group_id and c.account_id = page.account_id)`.execute(tx);
  });
}

/** Repairs of these groups that are still to be made or to be proven. */
export async function openRepairs(store: Store, planId: string, groups: readonly OktaGroupId[]): Promise<ChangeRow[]> {
  if (groups.length === 0) return [];
  return store
    .selectFrom('change')
    .selectAll()
    .where('plan_id', '=', planId)
    .where('reason', '=', 'lost-at-target')
    .where('outcome', 'is', null)
    .where('group_id', 'in', groups)
    .orderBy('seq')
    .execute();
}

export interface RepairCounts {
  /** Memberships that the target did not keep as they were written. */
  readonly lost: number;
  /** Of those, the ones that were there, or gone, after they were written again. */
  readonly repaired: number;
  /** Of those, the ones that the target does not keep although they were written again. */
  readonly notKept: number;
}

export async function countRepairs(store: Store, planId: string): Promise<RepairCounts> {
  const { rows } = await sql<{ lost: number; repaired: number; not_kept: number }>`
    select count(*)::int as lost, count(*) filter (where outcome = 'applied')::int as repaired,
      count(*) filter (where outcome = 'parked')::int as not_kept
    from change where plan_id = ${planId} and reason = 'lost-at-target'`.execute(store);
  const { lost, repaired, not_kept } = rows[0] ?? { lost: 0, repaired: 0, not_kept: 0 };
  return { lost, repaired, notKept: not_kept };
}
