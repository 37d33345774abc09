/** What the reader answers about plans, as its client sees it. Instants are ISO 8601 in UTC. Types only. */
import type { AuditKind } from '../domain/audit-text.ts';
import type { ChangeKind, FindingCode, Outcome, Reason } from '../domain/change.ts';
import type { Guard, StopRule, Verdict } from '../domain/guard.ts';

/** Names are those of the mirror: absent for somebody whom it does not hold. */
export interface PersonRef {
  readonly id: string;
  readonly login?: string;
  readonly email?: string;
}
export interface GroupRef {
  readonly id: string;
  readonly name?: string;
}
export interface AccountRef {
  readonly id: string;
  readonly userName?: string;
}

/** `run` is carried out by its run; `preview` only shown; `revision` lists what waits for approval. */
export type PlanKind = 'run' | 'preview' | 'revision';

export type PlanState =
  | 'being-made'
  | 'empty'
  /** Previewed, and nothing of it waits. */
  | 'ready'
  | 'waiting'
  | 'approved'
  | 'rejected'
  /** Previewed, and nothing waits but what was rejected before, which approving this very plan would still let go. */
  | 'rejected-before'
  | 'expired'
  | 'replaced'
  | 'under-way'
  | 'unfinished'
  | 'done';

export interface PlanSummary {
  readonly id: string;
  readonly target: string;
  readonly kind: PlanKind;
  /** Of a revision: its number within the target. */
  readonly revision?: number;
  /** Of a revision: the plan of the run that it was taken from. */
  readonly takenFrom?: string;
  /** SHA-256 in hexadecimal, over target, configuration and ordered changes. Absent while it is being made. */
  readonly hash?: string;
  /** Until when it may be approved. */
  readonly expiresAt?: string;
  readonly state: PlanState;
  /** The state in words. */
  readonly stateText: string;
  /** Changes that a guard or rule holds back and no approval has released. */
  readonly stopped: number;
  /** Those of them that approval would release. */
  readonly waiting: number;
  /**
   * Its approval; of a run's plan, that of the revision which lists what waits; of a preview, that of another plan which
   * lists the same, once that was decided. Absent when nobody was asked.
   */
  readonly approval?: ApprovalView;
  readonly runId: string;
  readonly createdAt: string;
  /** Absent while it is being made. */
  readonly finishedAt?: string;
  /** Who should have an active account. */
  readonly people: number;
  readonly changes: number;
  readonly changesByKind: Readonly<Partial<Record<ChangeKind, number>>>;
  readonly findingsByCode: Readonly<Partial<Record<FindingCode, number>>>;
  /** Findings that a human should look at. */
  readonly attention: number;
}

export interface PlanView extends PlanSummary {
  /** `outcome` is absent for changes that were not carried out. */
  readonly outcomes: readonly { readonly kind: ChangeKind; readonly outcome?: Outcome; readonly count: number }[];
  /** One for each guard that had something to count; none before the guards have looked. */
  readonly verdict: readonly VerdictView[];
  /** What stops changes, and how many; as `stopped` counts. */
  readonly stoppedBy: readonly StoppedView[];
  readonly stoppedByKind: Readonly<Partial<Record<ChangeKind, number>>>;
  readonly nextStep: NextStep;
  /** Why the readings that it was made from are not complete; absent when they are. Removals may be missing then. */
  readonly shortfalls?: readonly ShortfallView[];
}

export interface ShortfallView {
  /** `okta`, or the name of the target. */
  readonly side: string;
  /** What came, and what is left alone because of it. */
  readonly text: string;
  readonly advice: string;
}

/** What a guard made of a plan. */
export interface VerdictView extends Verdict {
  readonly name: string;
  /** `deactivations: 50 of at most 10 in one run; waits for approval` */
  readonly text: string;
  /** What to look at when it tripped. */
  readonly advice: string;
}

export interface StoppedView {
  readonly rule: Guard | StopRule;
  readonly name: string;
  readonly count: number;
  readonly why: string;
  /** What to look at before going on. */
  readonly advice: string;
}

export interface ApprovalView {
  /** Of the plan that is to be approved. */
  readonly planId: string;
  readonly hash: string;
  readonly state: 'open' | 'approved' | 'rejected' | 'expired' | 'superseded';
  readonly openedAt: string;
  /** Until when the plan may be approved. */
  readonly expiresAt?: string;
  readonly decidedAt?: string;
  /** Until when changes may be carried out on the strength of it. */
  readonly validUntil?: string;
  readonly reason?: string;
  readonly ticket?: string;
  /** Ids of those who signed, as lockstep.yaml lists approvers. */
  readonly signers: readonly string[];
}

/** What to do now. */
export interface NextStep {
  readonly text: string;
  /** To the letter but for `CODE`, the reason; the first is the usual one. */
  readonly commands: readonly string[];
}

/** `Kind` is wider in the audit log, which holds what operators did as well. */
export interface ChangeView<Kind extends AuditKind = ChangeKind> {
  readonly kind: Kind;
  readonly reason: Reason;
  /** The reason in words. */
  readonly why: string;
  /** Absent for a member to whom no person is linked. */
  readonly person?: PersonRef;
  readonly group?: GroupRef;
  readonly account?: AccountRef;
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
}

/** A change of a stored plan, with what became of it. */
export interface PlannedChange extends ChangeView {
  readonly seq: number;
  readonly outcome?: Outcome;
  /** A code that says more, such as the kind of a failure. */
  readonly detail?: string;
  readonly vendorRequestId?: string;
  readonly finishedAt?: string;
  /** The guard or rule that holds it back, or stopped it back until it was approved. */
  readonly stoppedBy?: Guard | StopRule;
  /** `stoppedBy` in words, to follow "waits: ". */
  readonly stoppedWhy?: string;
  /** The approved plan that released it. */
  readonly approvedBy?: string;
  /** It overwrites what somebody else changed at the target, seen then for the first time. */
  readonly changedOutsideSince?: string;
}

export interface FindingView {
  readonly code: FindingCode;
  readonly attention: boolean;
  /** What was found, in words. */
  readonly text: string;
  /** What to do about it; empty when there is nothing to do. */
  readonly advice: string;
  readonly person?: PersonRef;
  readonly group?: GroupRef;
  /** Others involved. */
  readonly subjects: readonly FindingSubject[];
}

/** A person, whose name is the login, or an account or a group. */
export interface FindingSubject {
  readonly id: string;
  readonly name?: string;
  readonly isPerson: boolean;
}
