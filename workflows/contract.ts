/**
 * Everything that callers, workflows and activities must agree on: ids, queues, messages, search attributes, inputs
 * and outputs. The only builder of ids. Types and message definitions alone: what crosses a Temporal boundary is
 * small plain JSON that holds ids, never a name, a login or an e-mail address.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { CheckResult } from '../domain/directory.ts';
import type { FailureKind } from '../domain/failure.ts';

/** Names that live in histories and schedules: changing one is a new name plus a replay test. */
export const workflowIds = {
  fullSync: (requestId: string): string => `full-sync/${requestId}`,
  targetSync: (target: string): string => `target-sync/${target}`,
  previewSync: (requestId: string): string => `preview-sync/${requestId}`,
  check: (requestId: string): string => `check/${requestId}`,
} as const;

export const fullSyncScheduleId = 'full-sync';

/** Lanes as task queues, so that bulk work never stands in the way of the others. */
export const taskQueues = { workflows: 'lockstep', bulk: 'lockstep-bulk' } as const;

/** Registered with the namespace; SQL visibility offers ten keywords in all. */
export const searchAttributes = {
  target: defineSearchAttributeKey('LockstepTarget', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('LockstepPhase', SearchAttributeType.KEYWORD),
  needsAttention: defineSearchAttributeKey('LockstepNeedsAttention', SearchAttributeType.BOOL),
} as const;

export type Phase = 'observing' | 'planning' | 'applying' | 'done' | 'failed';

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
  readonly changes: number;
  /** Findings that a human should look at: conflicts, missing accounts, shared names. */
  readonly attention: number;
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
  /** Set when Okta could not be read; then no target was asked. */
  readonly problem?: Problem;
}

/** Asks a target for one more run. A run covers every request that arrived before it began. */
export interface SyncRequest {
  readonly requestId: string;
}

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
  readonly outcomes: OutcomeCounts;
  readonly problem?: Problem;
}

export interface PreviewInput {
  readonly requestId: string;
  readonly targets?: readonly string[];
}

export interface PreviewResult {
  readonly plans: readonly { readonly target: string; readonly plan?: PlanCounts; readonly problem?: Problem }[];
  readonly problem?: Problem;
}

export interface CheckInput {
  readonly targets?: readonly string[];
}

export interface CheckReport {
  readonly results: readonly (CheckResult & { readonly system: string })[];
}

export const syncRequestedSignal = defineSignal<[SyncRequest]>('syncRequested');
export const progressQuery = defineQuery<TargetProgress>('progress');

export interface TargetProgress {
  readonly phase: Phase;
  readonly runId?: string;
  readonly plan?: PlanCounts;
  readonly outcomes: OutcomeCounts;
}
