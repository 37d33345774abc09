import { type Kysely, sql } from 'kysely';

/**
 * How far Okta has been followed, what of its news could not be read yet, and offboardings as they are ordered: when, how
 * many in a day, under which id.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // --- Okta's log and deltas ----------------------------------------------------------------------------------
  `create table source_position (
     -- system-log: a cursor of Okta's; delta: an instant, ISO 8601
     name text primary key,
     position text collate "C" not null,
     moved_at timestamptz not null default clock_timestamp()
   )`,

  // --- news that is still to be read ---------------------------------------------------------------------------
  // Set: no list tells what happened, Okta has to be asked about this person by id.
  `alter table changed_person add column unread_since timestamptz`,
  `create table changed_group (
     target text collate "C" not null,
     group_id text collate "C" not null,
     -- Whether the target has to do with it, by its name before or after: then a run of everything is to decide.
     matters boolean not null default false,
     at timestamptz not null default clock_timestamp(),
     primary key (target, group_id)
   )`,

  // --- who was written since a plan was made --------------------------------------------------------------------
  `create index run_by_end on run (finished_at)`,
  `create index plan_by_run on plan (run_id)`,

  // --- reading back what was written: each group asks for the few changes of a plan that matter to it ----------------
  `create index change_repair on change (plan_id, group_id) where reason = 'lost-at-target'`,
  `create index change_removal on change (plan_id, group_id) where kind = 'remove-member'`,

  // --- offboardings --------------------------------------------------------------------------------------------
  // Who was suspended at Okta when the offboarding took effect is deactivated there from this instant on.
  `alter table offboarding add column deactivate_at timestamptz`,
  `create index offboarding_grace on offboarding (deactivate_at)
     where ended_at is null and okta = 'suspend' and deactivate_at is not null`,
  // No time was said: effective_at is when the order was taken by the clock of the database, and no other clock counts.
  `alter table offboarding add column is_at_once boolean not null default false`,
  // When the order took its place within the limit; null: somebody confirmed it, or is to. What the version before this
  // writes counts, what was there before does not.
  `alter table offboarding add column counted_at timestamptz`,
  `alter table offboarding alter column counted_at set default clock_timestamp()`,
  `create index offboarding_counted on offboarding (counted_at) where counted_at is not null`,
  // A change that waits to be confirmed stands beside what it would change.
  `drop index offboarding_open`,
  `create unique index offboarding_open on offboarding (person_id, (state = 'unconfirmed')) where ended_at is null`,
  // Few of many: they are looked for every minute.
  `create index offboarding_unfinished on offboarding (state) where ended_at is null and completed_at is null`,
  `create index offboarding_step_failed on offboarding_step (offboarding_id) where state = 'failed'`,
  `create index offboarding_step_nobody on offboarding_step (offboarding_id)
     where system = 'okta' and step = 'confirm' and state = 'nothing-there'`,
  `create table offboarding_told (
     offboarding_id text not null references offboarding (id) on delete cascade,
     -- the kind of the notice
     kind text not null,
     -- okta, a target, or all
     system text not null,
     told_at timestamptz not null default clock_timestamp(),
     primary key (offboarding_id, kind, system)
   )`,
  // Which one under this id it is, from 1.
  `alter table offboarding_command add column nth integer not null default 1`,
  // What it says, by which the same order is known when it comes again; null: written by a version that did not keep it.
  `alter table offboarding_command add column wording text`,
  // By the clock of whoever received it: tells one try of the sender from another, and nothing else.
  `alter table offboarding_command add column received_at timestamptz`,
  // hr, or operator; null: written by a version that did not keep it.
  `alter table offboarding_command add column ordered_by text`,
  `alter table offboarding_command drop constraint offboarding_command_pkey`,
  `alter table offboarding_command add primary key (person_id, command_id, nth)`,
];
