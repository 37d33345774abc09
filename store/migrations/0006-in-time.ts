import { type Kysely, sql } from 'kysely';

/** How far Okta has been followed, and when an offboarded person is to be deactivated there. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table source_position (
     -- system-log: a cursor of Okta's; delta: an instant, ISO 8601
     name text primary key,
     position text collate "C" not null,
     moved_at timestamptz not null default clock_timestamp()
   )`,
  // Who was suspended at Okta when the offboarding took effect is deactivated there from this instant on.
  `alter table offboarding add column deactivate_at timestamptz`,
  `create index offboarding_grace on offboarding (deactivate_at)
     where ended_at is null and okta = 'suspend' and deactivate_at is not null`,
];
