/** How many changes wait for a human, by target. */
import { sql } from 'kysely';
import type { Store } from './connect.ts';

/** Targets where nothing waits are left out. */
export async function waitingCounts(store: Store): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ target: string; count: number }>`
    select a.target, count(*)::int as count
    from approval a join plan p on p.id = a.plan_id join change c on c.plan_id = p.id
    where a.state = 'open' and p.expires_at > now() and c.outcome is null
    group by a.target`.execute(store);
  return new Map(rows.map(({ target, count }) => [target, count]));
}
