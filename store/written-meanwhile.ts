/** What Lockstep itself wrote at a target while a reading of it ran: pages that were read before do not show it. */
import { type RawBuilder, sql } from 'kysely';
import { memberKinds } from '../domain/change.ts';
import type { TargetGroupId } from '../domain/ids.ts';

/**
 * A query for `group_id`, `account_id`, `is_member`: the last write to each membership of these groups since the reading
 * began. An outcome bears the time at which its transaction began: whatever took effect before the reading began is shown by it,
 * and what is recorded from then on may be in or not.
 */
export const membersWritten = (
  target: string,
  snapshot: string,
  groups: readonly TargetGroupId[],
): RawBuilder<unknown> => sql`
  select distinct on (1, 2) g.target_group_id as group_id, coalesce(c.account_id, l.account_id) as account_id,
    c.kind = 'add-member' as is_member
  from plan p
  join change c on c.plan_id = p.id
  join group_link g on g.target = p.target and g.group_id = c.group_id
  left join person_link l on l.target = p.target and l.person_id = c.person_id
  where p.target = ${target} and p.run_id = any(array(
      select id from run where finished_at is null
        or finished_at >= (select started_at from snapshot where id = ${snapshot}::bigint)))
    and g.target_group_id = any(${groups}::text[])
    and c.kind = any(${[...memberKinds]}::text[]) and c.outcome = 'applied'
    and c.finished_at >= (select started_at from snapshot where id = ${snapshot}::bigint)
    and coalesce(c.account_id, l.account_id) is not null
  order by 1, 2, c.finished_at desc`;
