import { type Kysely, sql } from 'kysely';

/** Orders that name no time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // No time was said: effective_at is when the order was taken by the clock of the database, and no other clock counts.
  `alter table offboarding add column is_at_once boolean not null default false`,
];
