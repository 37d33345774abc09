import { type Kysely, sql } from 'kysely';

/** Mirror of both sides, links, plans with their changes, runs, audit, budgets. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // --- what was last read from Okta ---------------------------------------------------------------------------
  `create table snapshot (
     id bigint generated always as identity primary key,
     side text not null,
     started_at timestamptz not null default now(),
     finished_at timestamptz,
     is_complete boolean,
     counts jsonb not null default '{}',
     -- of a target: what it could do when it was read
     capabilities jsonb
   )`,
  `create index snapshot_by_side on snapshot (side, id desc)`,
  `create table okta_user (
     id text collate "C" primary key,
     status text not null,
     is_transitioning boolean not null,
     login text not null,
     email text not null,
     profile jsonb not null,
     last_updated text not null,
     snapshot bigint not null,
     is_missing boolean not null default false,
     is_deleted boolean not null default false
   )`,
  `create index okta_user_by_login on okta_user (lower(login))`,
  `create index okta_user_by_email on okta_user (lower(email))`,
  `create table okta_group (
     id text collate "C" primary key,
     name text not null,
     type text not null,
     last_membership_updated text not null,
     -- the value of last_membership_updated with which the members were last read; null: read them again
     members_as_of text,
     member_count integer,
     snapshot bigint not null,
     is_missing boolean not null default false
   )`,
  `create table okta_membership (
     group_id text collate "C" not null,
     user_id text collate "C" not null,
     primary key (group_id, user_id)
   )`,
  `create index okta_membership_by_user on okta_membership (user_id)`,
  `create table okta_assignment (
     app_id text collate "C" not null,
     user_id text collate "C" not null,
     profile jsonb not null,
     snapshot bigint not null,
     primary key (app_id, user_id)
   )`,
  `create index okta_assignment_by_user on okta_assignment (user_id)`,
  // A group name in the configuration, resolved once; from then on the id counts.
  `create table group_pin (name text primary key, group_id text collate "C" not null, pinned_at timestamptz not null default now())`,

  // --- what was last read from each target --------------------------------------------------------------------
  `create table account (
     target text not null,
     id text collate "C" not null,
     external_id text,
     is_active boolean not null,
     user_name text,
     email text,
     attributes jsonb not null,
     snapshot bigint not null,
     primary key (target, id)
   )`,
  `create index account_by_external_id on account (target, external_id)`,
  `create index account_by_user_name on account (target, lower(user_name))`,
  `create index account_by_email on account (target, lower(email))`,
  `create table target_group (
     target text not null,
     id text collate "C" not null,
     name text not null,
     snapshot bigint not null,
     primary key (target, id)
   )`,
  `create index target_group_by_name on target_group (target, lower(name))`,
  `create table target_membership (
     target text not null,
     group_id text collate "C" not null,
     account_id text collate "C" not null,
     primary key (target, group_id, account_id)
   )`,
  `create index target_membership_by_account on target_membership (target, account_id)`,

  // --- links: unique both ways --------------------------------------------------------------------------------
  `create table person_link (
     target text not null,
     person_id text collate "C" not null,
     account_id text collate "C" not null,
     origin text not null,
     created_at timestamptz not null default now(),
     primary key (target, person_id),
     unique (target, account_id)
   )`,
  `create table group_link (
     target text not null,
     group_id text collate "C" not null,
     target_group_id text collate "C" not null,
     origin text not null,
     created_at timestamptz not null default now(),
     primary key (target, group_id),
     unique (target, target_group_id)
   )`,
  // Names that people should have at a target, to see when two of them want the same.
  `create table desired_name (
     target text not null,
     person_id text collate "C" not null,
     user_name text,
     email text,
     primary key (target, person_id)
   )`,
  `create index desired_name_by_user_name on desired_name (target, user_name)`,
  `create index desired_name_by_email on desired_name (target, email)`,

  // --- runs, plans, changes -----------------------------------------------------------------------------------
  `create table run (
     id text primary key,
     kind text not null,
     target text,
     workflow_id text not null,
     workflow_run_id text not null,
     covers jsonb not null default '[]',
     phase text not null,
     started_at timestamptz not null default now(),
     finished_at timestamptz,
     plan_id text,
     outcomes jsonb not null default '{}',
     problem jsonb
   )`,
  `create index run_by_start on run (started_at desc)`,
  `create index run_by_request on run using gin (covers)`,
  `create table plan (
     id text primary key,
     target text not null,
     run_id text not null,
     configuration text not null,
     source_snapshot bigint not null,
     target_snapshot bigint not null,
     created_at timestamptz not null default now(),
     finished_at timestamptz,
     counts jsonb not null default '{}'
   )`,
  `create index plan_by_target on plan (target, created_at desc)`,
  `create table change (
     plan_id text not null references plan (id) on delete cascade,
     seq integer not null,
     -- place of the kind in the order of work; within it members of one group lie together
     step smallint not null,
     kind text not null,
     person_id text collate "C",
     group_id text collate "C",
     account_id text collate "C",
     target_group_id text collate "C",
     before jsonb,
     after jsonb,
     reason text not null,
     attempts smallint not null default 0,
     outcome text,
     detail text,
     vendor_request_id text,
     finished_at timestamptz,
     primary key (plan_id, seq)
   )`,
  `create index change_open on change (plan_id, step, group_id, seq) where outcome is null`,
  `create index change_by_person on change (person_id)`,
  `create table finding (
     plan_id text not null references plan (id) on delete cascade,
     seq integer not null,
     code text not null,
     person_id text collate "C",
     group_id text collate "C",
     subjects jsonb not null default '[]',
     primary key (plan_id, seq)
   )`,
  `create index finding_by_person on finding (person_id)`,

  // --- evidence: written once, never changed ------------------------------------------------------------------
  `create table audit (
     id bigint generated always as identity primary key,
     at timestamptz not null default now(),
     run_id text not null,
     plan_id text not null,
     seq integer not null,
     target text not null,
     kind text not null,
     person_id text,
     group_id text,
     account_id text,
     target_group_id text,
     before jsonb,
     after jsonb,
     reason text not null,
     outcome text not null,
     detail text,
     vendor_request_id text
   )`,
  `create index audit_by_person on audit (person_id, id)`,
  `create function refuse_change_of_audit() returns trigger language plpgsql as
     $$ begin raise exception 'the audit log is append-only'; end $$`,
  `create trigger audit_is_append_only before update or delete on audit
     for each row execute function refuse_change_of_audit()`,

  // --- pacing: one row per API bucket -------------------------------------------------------------------------
  // State: windows, block and rate as the domain's rules know them, changed under the row's lock.
  `create table budget (bucket text primary key, state jsonb not null, changed_at timestamptz not null)`,
];
