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
