import { type Kysely, sql } from 'kysely';

/** What was on record when a plan was made, and what became of an approval's changes among all that was ever changed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // First, since it takes a while and keeps only writers waiting.
  `create index change_by_approval on change (approved_by) where approved_by is not null`,
  // 0006 has them too since a while, but not in every database that it was run on.
  `create index if not exists run_by_end on run (finished_at)`,
  `create index if not exists plan_by_run on plan (run_id)`,
  `create index if not exists change_repair on change (plan_id, group_id) where reason = 'lost-at-target'`,
  `create index if not exists change_removal on change (plan_id, group_id) where kind = 'remove-member'`,
  // Clocks do not tell: what one transaction wrote may be seen by others only after a later one has begun.
  `alter table plan add column made_at_snapshot pg_snapshot`,
  `alter table plan alter column made_at_snapshot set default pg_current_snapshot()`,
  // The transaction that recorded the outcome; null before this version.
  `alter table change add column recorded_in xid8`,
];
