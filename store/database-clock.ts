import { sql } from 'kysely';
import type { Store } from './connect.ts';

/** The instant by the database's clock, which all processes share; to the millisecond, rounded down. */
export async function databaseNow(store: Store): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(store);
  return rows[0]?.now ?? new Date(0);
}
