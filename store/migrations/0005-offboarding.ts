import { type Kysely, sql } from 'kysely';

/** Offboardings: what was ordered, by which commands, and the evidence of what was done. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table offboarding (
     -- names its evidence and its chain in the audit log
     id text primary key,
     person_id text collate "C" not null,
     -- of the newest command that had an effect
     seq bigint not null,
     state text not null,
     -- as it was ordered: a local time in a zone, or neither for an instant
     effective_local text,
     zone text,
     -- by the rules of the zone as they were known last
     effective_at timestamptz not null,
     -- what is done at Okta when it takes effect: suspend or deactivate
     okta text not null,
     reason text not null,
     ticket text,
     -- when the first command of it was accepted
     received_at timestamptz not null,
     -- how whoever asked named the person, when that was not by their id
     found_by text,
     in_effect_at timestamptz,
     ended_at timestamptz,
     completed_at timestamptz
   )`,
  `create index offboarding_by_person on offboarding (person_id, seq desc)`,
  // One at a time is open.
  `create unique index offboarding_open on offboarding (person_id) where ended_at is null`,
  // Each command once, with what became of it; a cancellation stays as a tombstone for requests that come late.
  `create table offboarding_command (
     person_id text collate "C" not null,
     command_id text not null,
     seq bigint not null,
     kind text not null,
     answer text not null,
     reason text not null,
     ticket text,
     taken_at timestamptz not null default now(),
     primary key (person_id, command_id)
   )`,
  `create table offboarding_step (
     offboarding_id text not null references offboarding (id) on delete cascade,
     -- okta, or a target
     system text not null,
     step text not null,
     state text not null,
     at timestamptz not null default clock_timestamp(),
     detail text,
     vendor_request_id text,
     primary key (offboarding_id, system, step)
   )`,
];
