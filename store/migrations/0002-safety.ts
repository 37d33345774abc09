import { type Kysely, sql } from 'kysely';

/** Proof, guards, approvals, claims, due work, drift, notices, and the chain of the audit log. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // --- what a reading is worth --------------------------------------------------------------------------------
  // Why it is not complete; empty when it is.
  `alter table snapshot add column shortfalls jsonb not null default '[]'`,
  // Its members, as read, did not agree with what Okta itself counts: who is not listed may be in it all the same.
  `alter table okta_group add column is_doubtful boolean not null default false`,

  // --- plans: identity and the verdict of the guards ----------------------------------------------------------
  `alter table plan
     add column kind text not null default 'run',
     -- SHA-256 over the canonical text of target, configuration and ordered changes
     add column hash text,
     add column expires_at timestamptz,
     -- of a revision: the plan of the run that it was taken from, and its number within the target
     add column taken_from text,
     add column revision integer,
     add column verdict jsonb`,
  `alter table change
     -- SHA-256 of the change's canonical line: the same change in two plans has the same one
     add column fingerprint text,
     -- the guard or rule that keeps it waiting; null: free to go
     add column held_by text,
     -- the approved plan that released it
     add column approved_by text,
     -- of its person when it was planned
     add column subject_version bigint not null default 0`,
  `create index change_by_fingerprint on change (plan_id, fingerprint)`,

  // --- approvals ----------------------------------------------------------------------------------------------
  `create table approval (
     plan_id text primary key,
     target text not null,
     hash text not null,
     state text not null,
     opened_at timestamptz not null default now(),
     decided_at timestamptz,
     -- until when changes may be carried out on the strength of it
     valid_until timestamptz,
     reason text,
     ticket text
   )`,
  `create index approval_by_target on approval (target, opened_at desc)`,
  `create table approval_signature (
     plan_id text not null references approval (plan_id) on delete cascade,
     signer text not null,
     signature text not null,
     reason text not null,
     ticket text,
     signed_at timestamptz not null default now(),
     primary key (plan_id, signer)
   )`,

  // --- guards over the rolling day ----------------------------------------------------------------------------
  `create table guard_use (
     plan_id text not null,
     guard text not null,
     target text not null,
     count integer not null,
     at timestamptz not null default now(),
     primary key (plan_id, guard)
   )`,
  `create index guard_use_by_target on guard_use (target, guard, at)`,

  // --- one writer per person and account ----------------------------------------------------------------------
  `create table subject (
     person_id text collate "C" primary key,
     -- raised by whatever can change what should be written; a change planned with an older one is stale
     version bigint not null default 0,
     changed_at timestamptz not null default now(),
     -- beyond re-activation until released
     hold text,
     held_since timestamptz
   )`,
  `create table claim (
     target text not null,
     -- person:00u... or account:...
     subject text collate "C" not null,
     token text not null,
     expires_at timestamptz not null,
     primary key (target, subject)
   )`,
  // People to be planned again at a target before the next full run.
  `create table changed_person (
     target text not null,
     person_id text collate "C" not null,
     why text not null,
     at timestamptz not null default clock_timestamp(),
     primary key (target, person_id)
   )`,

  // --- what comes due: retries of parked changes, verifications -----------------------------------------------
  `create table due (
     id bigint generated always as identity primary key,
     kind text not null,
     target text not null,
     -- names the subject: kind of change, person or account, group
     key text not null,
     change_kind text,
     person_id text collate "C",
     group_id text collate "C",
     account_id text collate "C",
     plan_id text,
     seq integer,
     detail text,
     vendor_request_id text,
     tries integer not null default 0,
     first_at timestamptz not null default now(),
     last_at timestamptz not null default now(),
     due_at timestamptz not null,
     unique (kind, target, key)
   )`,
  `create index due_by_time on due (due_at)`,

  // --- targets as operators see them --------------------------------------------------------------------------
  `create table target_state (
     target text primary key,
     paused_at timestamptz,
     -- operator, failures or credentials
     paused_by text,
     pause_reason text,
     -- when the first plan was approved, or applied in the sandbox
     first_plan_at timestamptz
   )`,
  // When the removals from an adopted group were first approved.
  `alter table group_link add column removals_approved_at timestamptz`,

  // --- changed outside ----------------------------------------------------------------------------------------
  `create table drift (
     id bigint generated always as identity primary key,
     target text not null,
     snapshot bigint not null,
     seen_at timestamptz not null default now(),
     kind text not null,
     person_id text collate "C",
     account_id text collate "C",
     group_id text collate "C",
     target_group_id text collate "C",
     before jsonb,
     after jsonb,
     -- gone again, by repair or by itself
     settled_at timestamptz
   )`,
  `create index drift_open on drift (target, id) where settled_at is null`,

  // --- what people are told -----------------------------------------------------------------------------------
  `create table notice (
     id bigint generated always as identity primary key,
     kind text not null,
     target text,
     -- the same matter is told once
     key text not null unique,
     details jsonb not null default '{}',
     created_at timestamptz not null default now(),
     sent_at timestamptz,
     tries integer not null default 0,
     next_try_at timestamptz not null default now(),
     problem text
   )`,
  `create index notice_unsent on notice (next_try_at) where sent_at is null`,

  `create trigger audit_is_never_emptied before truncate on audit
     for each statement execute function refuse_change_of_audit()`,

  // --- the audit log as a chain per run -----------------------------------------------------------------------
  `alter table audit
     add column position integer,
     add column previous_hash text,
     add column hash text,
     -- the approved plan that it was carried out on the strength of, and who signed
     add column approval text,
     add column approved_by text`,
  `create unique index audit_chain on audit (run_id, position)`,
  // Its head, and what a run leaves to others.
  `alter table run
     add column audit_head text,
     add column audit_length integer,
     add column notes jsonb not null default '{}'`,
];
