import { sql } from 'kysely';
import type { Store } from './connect.ts';

/**
 * How many changes of a plan its run tried, and how many of them failed for one of these reasons. What was held, what
 * only waited for another change and what was not needed any more says nothing about the target.
 */
export async function countFailed(
  store: Store,
  planId: string,
  kinds: readonly string[],
): Promise<{ readonly failed: number; readonly carriedOut: number }> {
  const { rows } = await sql<{ failed: string; done: string }>`
    select
      count(*) filter (where outcome = 'parked' and stopped_by is distinct from 'notDue'
        and split_part(detail, ':', 1) = any(${kinds}::text[])) as failed,
      count(*) filter (where outcome in ('applied', 'unchanged')) as done
    from change where plan_id = ${planId}`.execute(store);
  const [failed, done] = [Number(rows[0]?.failed ?? 0), Number(rows[0]?.done ?? 0)];
  return { failed, carriedOut: failed + done };
}
