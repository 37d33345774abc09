/** How long a rejection lasts: as long as what was rejected is wanted without a break, and a day at most. */
import { sql } from 'kysely';
import type { Store } from './connect.ts';

/**
 * At the end of a run: what it has done, and what is not wanted any more, is not rejected any more either. When it comes up
 * again, somebody has left again, and nobody has looked at that yet.
 *
 * @param isOfEverybody whether what the plan does not list is not wanted; a plan made from a part of the readings, by which
 * no removal follows, tells nothing
 */
export async function endRejections(
  store: Store,
  target: string,
  planId: string,
  isOfEverybody: boolean,
): Promise<void> {
  await sql`
    update change listed set outcome = 'stale', finished_at = now()
    from approval a, plan made
    where listed.plan_id = any(array(select plan_id from approval where target = ${target} and state = 'rejected'))
      and a.plan_id = listed.plan_id and listed.outcome is null
      and made.id = ${planId} and a.decided_at < made.created_at
      and (exists (select from change c where c.plan_id = made.id and c.fingerprint = listed.fingerprint
          and c.outcome in ('applied', 'unchanged'))
        or (${isOfEverybody}
          and not exists (select from change c where c.plan_id = made.id and c.fingerprint = listed.fingerprint)
          and (select bool_and(s.is_complete) from snapshot s where s.id in (made.source_snapshot, made.target_snapshot))))`.execute(
    store,
  );
}
