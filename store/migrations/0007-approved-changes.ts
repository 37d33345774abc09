import { type Kysely, sql } from 'kysely';

/** What became of an approval's changes is looked up among all that was ever changed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index change_by_approval on change (approved_by) where approved_by is not null`.execute(db);
}
