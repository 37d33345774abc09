import { type Kysely, sql } from 'kysely';

/** A limit of offboardings in a day, and which of them somebody was told of. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // When the order took its place within the limit; null: somebody confirmed it, or is to. What the version before this
  // writes counts, what was there before does not.
  `alter table offboarding add column counted_at timestamptz`,
  `alter table offboarding alter column counted_at set default clock_timestamp()`,
  `create index offboarding_counted on offboarding (counted_at) where counted_at is not null`,
  // Few of many: they are looked for every minute.
  `create index offboarding_unfinished on offboarding (state) where ended_at is null and completed_at is null`,
  `create index offboarding_step_failed on offboarding_step (offboarding_id) where state = 'failed'`,
  `create table offboarding_told (
     offboarding_id text not null references offboarding (id) on delete cascade,
     -- the kind of the notice
     kind text not null,
     -- okta, a target, or all
     system text not null,
     told_at timestamptz not null default clock_timestamp(),
     primary key (offboarding_id, kind, system)
   )`,
];
