/** What Lockstep itself wrote at a target while a reading of it ran: pages that were read before do not show it. */
import { sql } from 'kysely';
import { memberKinds } from '../domain/change.ts';
import type { AccountId, TargetGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';
import type { TargetMembers } from './target-mirror.ts';

interface WrittenMember {
  readonly group_id: TargetGroupId;
  readonly account_id: AccountId;
  readonly is_member: boolean;
}

/** The members as they were read, but for those whom Lockstep has put in or taken out since the reading began. */
export async function withOwnWrites(
  store: Store,
  target: string,
  snapshot: string,
  read: readonly TargetMembers[],
): Promise<readonly TargetMembers[]> {
  const written = Map.groupBy(await membersWritten(store, target, snapshot), ({ group_id }) => group_id);
  if (written.size === 0) return read;
  return read.map(({ group, accounts }) => {
    const now = new Set(accounts);
    for (const { account_id, is_member } of written.get(group) ?? []) {
      if (is_member) now.add(account_id);
      else now.delete(account_id);
    }
    return { group, accounts: [...now] };
  });
}

/**
 * In the order of recording. An outcome bears the time at which its transaction began: whatever took effect before the reading
 * began is shown by it, and what is recorded from then on may be in or not.
 */
async function membersWritten(store: Store, target: string, snapshot: string): Promise<readonly WrittenMember[]> {
  const { rows } = await sql<WrittenMember>`
    with reading as materialized (select started_at from snapshot where id = ${snapshot}::bigint)
    select g.target_group_id as group_id, coalesce(c.account_id, l.account_id) as account_id,
      c.kind = 'add-member' as is_member
    from plan p
    join change c on c.plan_id = p.id
    join group_link g on g.target = p.target and g.group_id = c.group_id
    left join person_link l on l.target = p.target and l.person_id = c.person_id
    where p.target = ${target} and p.run_id = any(array(
        select id from run where finished_at is null or finished_at >= (select started_at from reading)))
      and c.kind = any(${[...memberKinds]}::text[]) and c.outcome = 'applied'
      and c.finished_at >= (select started_at from reading) and coalesce(c.account_id, l.account_id) is not null
    order by c.finished_at`.execute(store);
  return rows;
}
