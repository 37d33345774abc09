import { type Kysely, sql } from 'kysely';

/** Changes are stopped; held are people, whom HR or an operator has put beyond re-activation. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table change rename column held_by to stopped_by`.execute(db);
}
