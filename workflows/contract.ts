/**
 * Everything that callers, workflows and activities must agree on: ids, queues, messages, search attributes, inputs
 * and outputs. The only builder of ids. Types and message definitions alone: what crosses a Temporal boundary is
 * small plain JSON that holds ids, never a name, a login or an e-mail address.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CheckResult } from '../domain/directory.ts';
import type { FailureKind } from '../domain/failure.ts';
import type { Guard, StopRule } from '../domain/guard.ts';
import type { OffboardingCommand, OktaAction } from '../domain/offboarding.ts';

/** Names that live in histories and schedules: changing one is a new name plus a replay test. */
export const workflowIds = {
  fullSync: (requestId: string): string => `full-sync/${requestId}`,
  targetSync: (target: string): string => `target-sync/${target}`,
  previewSync: (requestId: string): string => `preview-sync/${requestId}`,
  check: (requestId: string): string => `check/${requestId}`,
  approval: (target: string): string => `approval/${target}`,
  command: (requestId: string): string => `command/${requestId}`,
  dueWork: (requestId: string): string => `due-work/${requestId}`,
  personLifecycle: (oktaUserId: string): string => `person/${oktaUserId}`,
  offboarding: (oktaUserId: string): string => `offboarding/${oktaUserId}`,
  groupSync: (oktaGroupId: string): string => `group/${oktaGroupId}`,
  deltaSync: (): string => 'delta-sync',
  catchUp: (): string => 'catch-up',
} as const;

export const fullSyncScheduleId = 'full-sync';
export const dueWorkScheduleId = 'due-work';

/** Lanes as task queues, so that bulk work never stands in the way of the others. */
export const taskQueues = {
  urgent: 'lockstep-urgent',
  event: 'lockstep-event',
  workflows: 'lockstep',
  bulk: 'lockstep-bulk',
} as const;

/** Registered with the namespace; SQL visibility offers ten keywords in all. */
export const searchAttributes = {
  target: defineSearchAttributeKey('LockstepTarget', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('LockstepPhase', SearchAttributeType.KEYWORD),
  needsAttention: defineSearchAttributeKey('LockstepNeedsAttention', SearchAttributeType.BOOL),
} as const;

export type Phase = 'observing' | 'planning' | 'applying' | 'verifying' | 'waiting' | 'done' | 'failed';

/** Why something could not be done, as results tell it: a kind of the closed list, and a text without personal data. */
export interface Problem {
  readonly kind: FailureKind;
  readonly message: string;
}

/** Changes by what became of them. */
export interface OutcomeCounts {
  readonly applied: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly parked: number;
  readonly waiting: number;
}

export const noOutcomes: OutcomeCounts = { applied: 0, unchanged: 0, stale: 0, parked: 0, waiting: 0 };

export interface PlanCounts {
  readonly planId: string;
  /** SHA-256 of its canonical text, in hexadecimal. */
  readonly hash: string;
  readonly changes: number;
  /** Findings that a human should look at: conflicts, missing accounts, shared names. */
  readonly attention: number;
  /** Why the reading of Okta that it was made from was not complete. */
  readonly shortfalls?: readonly string[];
}

export interface FullSyncInput {
  /** Names the request, so that whoever asked can find the run that covers it. Made up when a schedule asks. */
  readonly requestId?: string;
  /** Restricts to these targets; all when absent. */
  readonly targets?: readonly string[];
}

export interface FullSyncResult {
  readonly requestId: string;
  /** Targets that were asked to run. */
  readonly targets: readonly string[];
  /** Why the reading of Okta was not complete, in words without names. */
  readonly shortfalls?: readonly string[];
  /** Set when Okta could not be read; then no target was asked. */
  readonly problem?: Problem;
}

/**
 * Asks a target for one more run. A run covers every request that arrived before it began; one for everything covers
 * those for a part as well.
 */
export interface SyncRequest {
  readonly requestId: string;
  /** Everything when absent. `approved`: only what this plan lists. `changed`: only people marked as changed. */
  readonly scope?: SyncScope;
}

export type SyncScope =
  | { readonly only: 'approved'; readonly planId: string }
  | { readonly only: 'changed' }
  /** Okta ids. */
  | { readonly only: 'people'; readonly people: readonly string[] };

export interface TargetSyncInput {
  readonly target: string;
  /** Carried over continue-as-new. */
  readonly pending: readonly SyncRequest[];
}

export interface TargetRun {
  readonly runId: string;
  readonly target: string;
  /** Requests that this run covers. */
  readonly covers: readonly string[];
  readonly plan?: PlanCounts;
  readonly guard?: GuardResult;
  /** The second plan, for people who changed while the first was carried out. */
  readonly again?: PlanCounts;
  /** Why the reading of the target was not complete. */
  readonly shortfalls?: readonly string[];
  /** Of both plans. */
  readonly outcomes: OutcomeCounts;
  /** The last hash of the run's chain in the audit log, and how many entries it has; absent when it changed nothing. */
  readonly audit?: AuditHead;
  readonly problem?: Problem;
}

export interface AuditHead {
  readonly hash: string;
  readonly length: number;
}

/** What the guards made of a plan. */
export interface GuardResult {
  /** Changes that go. */
  readonly free: number;
  /** Changes that wait. */
  readonly stopped: number;
  /** Guards and rules that stopped changes, with how many changes each keeps waiting. */
  readonly stoppedBy: Readonly<Partial<Record<Guard | StopRule, number>>>;
  /** Of these, changes that somebody has to approve; absent when there are none. */
  readonly approvable?: number;
  /** Set when something waits for approval. */
  readonly waiting?: WaitingPlan;
}

/** A stored plan that holds only what waits. */
export interface WaitingPlan {
  readonly planId: string;
  readonly revision: number;
  readonly hash: string;
  readonly changes: number;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface ApprovalInput {
  readonly target: string;
  /** Absent when somebody approves a previewed plan while nothing waits. */
  readonly waiting?: WaitingPlan;
}

/** A decision about a plan. Reason and ticket are codes, never names or prose. */
export interface Decision {
  readonly requestId: string;
  readonly planId: string;
  /** At least the first eight characters of the plan's hash, as whoever decides saw it. */
  readonly hash: string;
  readonly reason: string;
  readonly ticket?: string;
  /** An SSH signature (armoured) over the text that `approvalText` makes. */
  readonly signature?: string;
}

export interface DecisionResult {
  readonly state: 'approved' | 'rejected' | 'needs-another-signature';
  /** Who signed so far, by the ids of the configuration. */
  readonly signers: readonly string[];
  /** Request that the run which carries it out covers; set when approved. */
  readonly requestId?: string;
}

export interface ApprovalResult {
  readonly target: string;
  readonly ended: 'approved' | 'rejected' | 'expired' | 'withdrawn' | 'decided-without-waiting';
}

export interface PreviewInput {
  readonly requestId: string;
  readonly targets?: readonly string[];
  /** Reads only the targets, and compares with Okta as it was last read. */
  readonly isOktaAsLastRead?: boolean;
}

export interface PreviewedTarget {
  readonly target: string;
  readonly plan?: PlanCounts;
  readonly guard?: GuardResult;
  readonly problem?: Problem;
}

export interface PreviewResult {
  readonly plans: readonly PreviewedTarget[];
  readonly problem?: Problem;
}

export interface CheckInput {
  readonly targets?: readonly string[];
}

export interface CheckReport {
  readonly results: readonly (CheckResult & { readonly system: string })[];
}

/** What an operator asks for. Reason and ticket are codes, never names or prose. */
export type Command = {
  readonly reason: string;
  readonly ticket?: string;
} & (
  | { readonly kind: 'pause' | 'resume'; readonly target: string }
  /** Ids of rows of the schedule of parked changes; all of them when absent. */
  | { readonly kind: 'retry'; readonly ids?: readonly string[]; readonly target?: string }
  | {
      readonly kind: 'link';
      readonly target: string;
      /** Okta id. */
      readonly person: string;
      readonly account: string;
      /** Although the account carries another person's id. */
      readonly force?: boolean;
    }
  | { readonly kind: 'unlink'; readonly target: string; readonly person: string }
  /** Of Okta when there is no target. `found`: how many there were, as whoever accepts it saw. */
  | { readonly kind: 'accept-reading'; readonly target?: string; readonly found: number }
);

export interface CommandInput {
  readonly requestId: string;
  readonly command: Command;
}

export interface CommandResult {
  /** `unchanged`: it was so already, or there was nothing to do. `refused`: see `problem`; nothing was done. */
  readonly state: 'done' | 'unchanged' | 'refused';
  /** Targets that were asked for a run that covers the request. */
  readonly targets: readonly string[];
  /** Of `retry`: parked changes that are tried again. */
  readonly count?: number;
  readonly problem?: Problem;
}

export interface DueWorkAsked {
  /** Targets that were asked for a run. */
  readonly targets: readonly string[];
  /** Offboardings whose grace at Okta is over and that were told so. */
  readonly offboardings?: number;
}

export interface DueWorkResult extends DueWorkAsked {
  readonly notices: { readonly told: number; readonly failed: number };
}

export interface PersonInput {
  /** Okta id. */
  readonly person: string;
}

/**
 * How one person stands at one target after a sync. `in-step`: also when there was nothing to do. `waiting`: something of it
 * waits for approval. `parked`: something could not be done; it is tried again. `paused`, `failed`: nothing was done.
 */
export interface PersonAtTarget {
  readonly target: string;
  readonly state: 'in-step' | 'waiting' | 'parked' | 'paused' | 'failed';
  readonly outcomes: OutcomeCounts;
  readonly problem?: Problem;
}

export interface PersonResult {
  readonly person: string;
  readonly targets: readonly PersonAtTarget[];
  /** Set when Okta could not be read; then no target was asked. */
  readonly problem?: Problem;
}

export interface GroupInput {
  /** Okta id. */
  readonly group: string;
}

export interface GroupResult {
  readonly group: string;
  /** That the asked runs cover; absent when no target has anything to do with the group. */
  readonly requestId?: string;
  /** Targets that were asked for a run. */
  readonly targets: readonly string[];
  /** Okta does not show it, which by itself proves nothing. */
  readonly isMissing?: true;
  /** Set when Okta could not be read; then no target was asked. */
  readonly problem?: Problem;
}

export interface DeltaSyncInput {
  /** Okta ids of people of whom something may have changed. */
  readonly people: readonly string[];
  /** Set when it goes on with a fresh history, and there is something that it was told and has not read yet. */
  readonly isAsked?: true;
}

export interface DeltaSyncResult {
  /** Of the last round: people of whom something is different from what was known. */
  readonly changed: number;
  /** Targets that were asked for a run. */
  readonly targets: readonly string[];
  readonly problem?: Problem;
}

export interface CatchUpInput {
  /** What kept the last reading of the log from being made, told until one succeeds. */
  readonly problem?: Problem;
}

export interface CatchUpResult {
  readonly ended: 'switched-off';
}

/** Something about the person or the group may have changed. What, is read afresh; so one signal is as good as many. */
export const changedSignal = defineSignal<[]>('changed');
/** Brings the person in step and answers with how it went: by a reading that began after the question. */
export const syncNowUpdate = defineUpdate<PersonResult, [{ readonly requestId: string }]>('syncNow');
/** Too many people and groups changed to look at them one by one: they are marked, and what changed is read at once. */
export const manyChangedSignal = defineSignal<[people: readonly string[], groups?: readonly string[]]>('manyChanged');

export interface OffboardingInput {
  /** Okta id. */
  readonly person: string;
  /** Set when it goes on with a fresh history to wait for its time. */
  readonly wakeAt?: string;
  /** Set when it goes on with a fresh history after many tries: how often each system has refused. */
  readonly refused?: Readonly<Record<string, number>>;
  /** Set when it goes on with a fresh history before the store has taken them. */
  readonly commands?: readonly OffboardingCommand[];
}

/** An offboarding as it stands, after commands were taken. */
export interface OffboardingOrder {
  /** `none`: nothing is ordered, or not any more. `unconfirmed`: above the limit, so somebody has to confirm it. */
  readonly state: 'none' | 'unconfirmed' | 'scheduled' | 'in-effect';
  /** Names its evidence. */
  readonly id?: string;
  /** ISO 8601, by the zone's rules as they are known now. */
  readonly effectiveAt?: string;
  readonly okta?: OktaAction;
  readonly targets: readonly string[];
}

/** What became of one system's part. `failed`: permanently by itself; it is tried again more slowly. */
export interface OffboardedPart {
  readonly state: 'done' | 'failed';
  readonly problem?: Problem;
}

export interface OffboardingResult {
  readonly person: string;
  readonly ended: 'complete' | 'cancelled-or-released';
}

export const requestSignal = defineSignal<[OffboardingCommand]>('request');
export const cancelSignal = defineSignal<[OffboardingCommand]>('cancel');
export const releaseSignal = defineSignal<[OffboardingCommand]>('release');
export const confirmSignal = defineSignal<[OffboardingCommand]>('confirm');
/** Something that was put off is due by the store's clock. */
export const dueSignal = defineSignal<[]>('due');

/** What waits now; without a plan, nothing does any more. */
export const waitingSignal = defineSignal<[WaitingPlan | undefined]>('waiting');
export const approveUpdate = defineUpdate<DecisionResult, [Decision]>('approve');
export const rejectUpdate = defineUpdate<DecisionResult, [Decision]>('reject');

export const syncRequestedSignal = defineSignal<[SyncRequest]>('syncRequested');
export const progressQuery = defineQuery<TargetProgress>('progress');

export interface TargetProgress {
  readonly phase: Phase;
  readonly runId?: string;
  readonly plan?: PlanCounts;
  readonly outcomes: OutcomeCounts;
}
