/**
 * PostgreSQL's statistics of tables that have just grown manyfold. Autovacuum refreshes them within a minute or so, which
 * is too late for the run that made them grow: until then thousands of rows are taken for one, and read from end to end.
 */
import { sql } from 'kysely';
import type { Store } from './connect.ts';
import type { Database } from './schema.ts';

/** Fewer rows are read quickly whatever the plan. */
export const manyRows = 1_000;

export async function refreshStatistics(store: Store, tables: readonly (keyof Database)[]): Promise<void> {
  await sql`analyze ${sql.join(tables.map((table) => sql.table(table)))}`.execute(store);
}

/** Whether some count is far from what it was. */
export function hasOutgrown(before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): boolean {
  return Object.entries(now).some(([name, count]) => count > manyRows && count > 1.5 * (before[name] ?? 0));
}
