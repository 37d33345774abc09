import { type Kysely, sql } from 'kysely';

/** Senders may use an id for more than one order. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Which one under this id it is, from 1.
  `alter table offboarding_command add column nth integer not null default 1`,
  // What it says, by which the same order is known when it comes again; null: written by a version that did not keep it.
  `alter table offboarding_command add column wording text`,
  // By the clock of whoever received it: tells one try of the sender from another, and nothing else.
  `alter table offboarding_command add column received_at timestamptz`,
  `alter table offboarding_command drop constraint offboarding_command_pkey`,
  `alter table offboarding_command add primary key (person_id, command_id, nth)`,
];
