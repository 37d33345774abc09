/** What Lockstep itself wrote at a target while a reading of it ran: pages that were read before do not show it. */
import { sql } from 'kysely';
import { memberKinds } from '../domain/change.ts';
import type { TargetGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';
import { addTargetMembers, type Member, removeTargetMembers } from './target-mirror.ts';

/**
 * Puts in again whom Lockstep has put into one of these groups since the reading began, and takes out whom it has taken out.
 * After a page was taken over, not before: whoever records a write in that very moment is seen by then, or comes later.
 *
 * @returns who they are
 */
export async function redoOwnWrites(
  tx: Store,
  target: string,
  snapshot: string,
  groups: readonly TargetGroupId[],
): Promise<readonly Member[]> {
  const written = await membersWritten(tx, target, snapshot, groups);
  const those = (isMember: boolean) =>
    written
      .filter(({ is_member }) => is_member === isMember)
      .map(({ target_group_id, account_id }) => ({ group: target_group_id, accounts: [account_id] }));
  await addTargetMembers(tx, target, those(true));
  await removeTargetMembers(tx, target, those(false));
  return written;
}

/**
 * The last write of each. An outcome bears the time at which its transaction began: whatever took effect before the reading
 * began is shown by it, and what is recorded from then on may be in or not.
 */
async function membersWritten(
  store: Store,
  target: string,
  snapshot: string,
  groups: readonly TargetGroupId[],
): Promise<readonly Member[]> {
  const { rows } = await sql<Member>`
    with reading as materialized (select started_at from snapshot where id = ${snapshot}::bigint)
    select distinct on (1, 2) g.target_group_id, coalesce(c.account_id, l.account_id) as account_id,
      c.kind = 'add-member' as is_member
    from plan p
    join change c on c.plan_id = p.id
    join group_link g on g.target = p.target and g.group_id = c.group_id
    left join person_link l on l.target = p.target and l.person_id = c.person_id
    where p.target = ${target} and p.run_id = any(array(
        select id from run where finished_at is null or finished_at >= (select started_at from reading)))
      and g.target_group_id = any(${groups}::text[])
      and c.kind = any(${[...memberKinds]}::text[]) and c.outcome = 'applied'
      and c.finished_at >= (select started_at from reading) and coalesce(c.account_id, l.account_id) is not null
    order by 1, 2, c.finished_at desc`.execute(store);
  return rows;
}
