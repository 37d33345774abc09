/** The tables as Kysely sees them; `migrations/` says what each is for. */

import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { AccountAttributes } from '../domain/account.ts';
import type { AuditKind } from '../domain/audit-text.ts';
import type { Budget } from '../domain/budget.ts';
import type { ChangeKind, FindingCode, Outcome, Reason } from '../domain/change.ts';
import type { Shortfall } from '../domain/completeness.ts';
import type { Capabilities } from '../domain/directory.ts';
import type { DriftKind } from '../domain/drift.ts';
import type { Guard, StopRule, Verdict } from '../domain/guard.ts';
import type { AccountId, OktaAppId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type {
  CommandAnswer,
  OffboardingCommand,
  OffboardingState,
  OffboardingStep,
  OktaAction,
  OrderedBy,
  StepState,
} from '../domain/offboarding.ts';
import type { PausedBy } from '../domain/pause-texts.ts';
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
    shortfalls: Json<readonly Shortfall[]>;
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
    is_doubtful: Generated<boolean>;
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
    removals_approved_at: Timestamp | null;
  };
  kept_apart: { target: string; person_id: OktaUserId; account_id: AccountId; created_at: Timestamp };
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
    audit_head: string | null;
    audit_length: number | null;
    notes: Json<RunNotes>;
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
    kind: Generated<PlanKind>;
    hash: string | null;
    expires_at: Timestamp | null;
    taken_from: string | null;
    revision: number | null;
    verdict: Json<readonly Verdict[]> | null;
    made_at_snapshot: Generated<string | null>;
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
    fingerprint: string | null;
    stopped_by: Guard | StopRule | null;
    approved_by: string | null;
    subject_version: Generated<string>;
    recorded_in: Generated<string | null>;
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
    kind: AuditKind;
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
    position: number | null;
    previous_hash: string | null;
    hash: string | null;
    approval: string | null;
    approved_by: string | null;
  };
  budget: { bucket: string; state: Json<Budget>; changed_at: Timestamp };
  approval: {
    plan_id: string;
    target: string;
    hash: string;
    state: ApprovalState;
    opened_at: Timestamp;
    decided_at: Timestamp | null;
    valid_until: Timestamp | null;
    reason: string | null;
    ticket: string | null;
  };
  approval_signature: {
    plan_id: string;
    signer: string;
    signature: string;
    reason: string;
    ticket: string | null;
    signed_at: Timestamp;
  };
  guard_use: { plan_id: string; guard: Guard; target: string; count: number; at: Timestamp };
  subject: {
    person_id: OktaUserId;
    version: Generated<string>;
    changed_at: Timestamp;
    hold: string | null;
    held_since: Timestamp | null;
  };
  claim: { target: string; subject: string; token: string; expires_at: Timestamp };
  changed_person: { target: string; person_id: OktaUserId; why: string; at: Timestamp; unread_since: Timestamp | null };
  changed_group: { target: string; group_id: OktaGroupId; matters: Generated<boolean>; at: Timestamp };
  due: {
    id: GeneratedAlways<string>;
    kind: DueKind;
    target: string;
    key: string;
    change_kind: ChangeKind | null;
    person_id: OktaUserId | null;
    group_id: OktaGroupId | null;
    account_id: AccountId | null;
    plan_id: string | null;
    seq: number | null;
    detail: string | null;
    vendor_request_id: string | null;
    tries: Generated<number>;
    first_at: Timestamp;
    last_at: Timestamp;
    due_at: Timestamp;
  };
  target_state: {
    target: string;
    paused_at: Timestamp | null;
    paused_by: PausedBy | null;
    pause_reason: string | null;
    first_plan_at: Timestamp | null;
  };
  drift: {
    id: GeneratedAlways<string>;
    target: string;
    snapshot: string;
    seen_at: Timestamp;
    kind: DriftKind;
    person_id: OktaUserId | null;
    account_id: AccountId | null;
    group_id: OktaGroupId | null;
    target_group_id: TargetGroupId | null;
    before: Json<Record<string, string>> | null;
    after: Json<Record<string, string>> | null;
    settled_at: Timestamp | null;
  };
  offboarding: {
    id: string;
    person_id: OktaUserId;
    seq: string;
    state: OffboardingState;
    effective_local: string | null;
    zone: string | null;
    effective_at: Timestamp;
    is_at_once: Generated<boolean>;
    okta: OktaAction;
    reason: string;
    ticket: string | null;
    received_at: Timestamp;
    found_by: 'okta' | 'mirror' | null;
    in_effect_at: Timestamp | null;
    ended_at: Timestamp | null;
    completed_at: Timestamp | null;
    deactivate_at: Timestamp | null;
    counted_at: Timestamp | null;
  };
  offboarding_command: {
    person_id: OktaUserId;
    command_id: string;
    seq: string;
    kind: OffboardingCommand['kind'];
    answer: CommandAnswer;
    reason: string;
    ticket: string | null;
    taken_at: Timestamp;
    nth: Generated<number>;
    wording: string | null;
    received_at: Timestamp | null;
    ordered_by: OrderedBy | null;
  };
  offboarding_step: {
    offboarding_id: string;
    system: string;
    step: OffboardingStep;
    state: StepState;
    at: Timestamp;
    detail: string | null;
    vendor_request_id: string | null;
  };
  offboarding_told: { offboarding_id: string; kind: string; system: string; told_at: Timestamp };
  source_position: { name: 'system-log' | 'delta'; position: string; moved_at: Timestamp };
  notice: {
    id: GeneratedAlways<string>;
    kind: string;
    target: string | null;
    key: string;
    details: Json<Record<string, string | number>>;
    created_at: Timestamp;
    sent_at: Timestamp | null;
    tries: Generated<number>;
    next_try_at: Timestamp;
    problem: string | null;
  };
}

/** `run` is carried out by its run; `preview` only shown; `revision` holds what waits for approval. */
export type PlanKind = 'run' | 'preview' | 'revision';
export type ApprovalState = 'open' | 'approved' | 'rejected' | 'expired' | 'superseded';
/** `retry`: a parked change is tried again. `verify`: a person is planned again, since a claim was lost. */
export type DueKind = 'retry' | 'verify';
/** What a run tells beside its outcomes. */
export interface RunNotes {
  /** Members that the target lost after a write, found on reading back and added again. */
  readonly lostMembers?: number;
  /** People planned again at the end because they changed meanwhile. */
  readonly plannedAgain?: number;
  /** Changes made outside that it put right. */
  readonly drift?: number;
}

export type RunKind = 'full-sync' | 'target-sync' | 'preview' | 'person' | 'offboarding';
