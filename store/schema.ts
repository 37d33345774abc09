/** The tables as Kysely sees them; `migrations/` says what each is for. */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { AccountAttributes } from '../domain/account.ts';
import type { Budget } from '../domain/budget.ts';
import type { ChangeKind, FindingCode, Outcome, Reason } from '../domain/change.ts';
import type { Capabilities } from '../domain/directory.ts';
import type { AccountId, OktaAppId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type { Person, Profile } from '../domain/person.ts';

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
type Json<T> = ColumnType<T, string | undefined, string>;

export interface Database {
  snapshot: {
    id: GeneratedAlways<string>;
    side: string;
    started_at: Timestamp;
    finished_at: Timestamp | null;
    is_complete: boolean | null;
    counts: Json<Record<string, number>>;
    capabilities: Json<Capabilities> | null;
  };
  okta_user: {
    id: OktaUserId;
    status: Person['status'];
    is_transitioning: boolean;
    login: string;
    email: string;
    profile: Json<Profile>;
    last_updated: string;
    snapshot: string;
    is_missing: Generated<boolean>;
    is_deleted: Generated<boolean>;
  };
  okta_group: {
    id: OktaGroupId;
    name: string;
    type: string;
    last_membership_updated: string;
    members_as_of: string | null;
    member_count: number | null;
    snapshot: string;
    is_missing: Generated<boolean>;
  };
  okta_membership: { group_id: OktaGroupId; user_id: OktaUserId };
  okta_assignment: { app_id: OktaAppId; user_id: OktaUserId; profile: Json<Profile>; snapshot: string };
  group_pin: { name: string; group_id: OktaGroupId; pinned_at: Timestamp };
  account: {
    target: string;
    id: AccountId;
    external_id: string | null;
    is_active: boolean;
    user_name: string | null;
    email: string | null;
    attributes: Json<AccountAttributes>;
    snapshot: string;
  };
  target_group: { target: string; id: TargetGroupId; name: string; snapshot: string };
  target_membership: { target: string; group_id: TargetGroupId; account_id: AccountId };
  person_link: {
    target: string;
    person_id: OktaUserId;
    account_id: AccountId;
    origin: string;
    created_at: Timestamp;
  };
  group_link: {
    target: string;
    group_id: OktaGroupId;
    target_group_id: TargetGroupId;
    origin: string;
    created_at: Timestamp;
  };
  desired_name: { target: string; person_id: OktaUserId; user_name: string | null; email: string | null };
  run: {
    id: string;
    kind: RunKind;
    target: string | null;
    workflow_id: string;
    workflow_run_id: string;
    covers: Json<readonly string[]>;
    phase: string;
    started_at: Timestamp;
    finished_at: Timestamp | null;
    plan_id: string | null;
    outcomes: Json<Partial<Record<Outcome, number>>>;
    problem: Json<{ kind: string; message: string }> | null;
  };
  plan: {
    id: string;
    target: string;
    run_id: string;
    configuration: string;
    source_snapshot: string;
    target_snapshot: string;
    created_at: Timestamp;
    finished_at: Timestamp | null;
    counts: Json<Record<string, number>>;
  };
  change: {
    plan_id: string;
    seq: number;
    step: number;
    kind: ChangeKind;
    person_id: OktaUserId | null;
    group_id: OktaGroupId | null;
    account_id: AccountId | null;
    target_group_id: TargetGroupId | null;
    before: Json<Record<string, string>> | null;
    after: Json<Record<string, string>> | null;
    reason: Reason;
    attempts: Generated<number>;
    outcome: Outcome | null;
    detail: string | null;
    vendor_request_id: string | null;
    finished_at: Timestamp | null;
  };
  finding: {
    plan_id: string;
    seq: number;
    code: FindingCode;
    person_id: OktaUserId | null;
    group_id: OktaGroupId | null;
    subjects: Json<readonly string[]>;
  };
  audit: {
    id: GeneratedAlways<string>;
    at: Timestamp;
    run_id: string;
    plan_id: string;
    seq: number;
    target: string;
    kind: ChangeKind;
    person_id: string | null;
    group_id: string | null;
    account_id: string | null;
    target_group_id: string | null;
    before: Json<Record<string, string>> | null;
    after: Json<Record<string, string>> | null;
    reason: string;
    outcome: Outcome;
    detail: string | null;
    vendor_request_id: string | null;
  };
  budget: { bucket: string; state: Json<Budget>; changed_at: Timestamp };
}

export type RunKind = 'full-sync' | 'target-sync' | 'preview';
