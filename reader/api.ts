/** What the reader answers, as its client sees it. Instants are ISO 8601 in UTC. Types only. */
import type { AccountAttribute, AccountAttributes } from '../domain/account.ts';
import type { FindingCode, Outcome, Reason } from '../domain/change.ts';
import type { Entitlement } from '../domain/entitlement.ts';
import type { Person } from '../domain/person.ts';
import type { AuditHeadView, AuditView } from './audit-api.ts';
import type { OffboardingSummary } from './offboarding-api.ts';
import type { AccountRef, ChangeView, FindingView, GroupRef, PersonRef, PlannedChange, PlanView } from './plan-api.ts';

export type * from './offboarding-api.ts';
export type * from './plan-api.ts';

/** Every answer that is not 2xx. */
export interface ErrorBody {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string };
}
export type ErrorCode =
  | 'bad-request'
  | 'unauthorized'
  | 'not-found'
  | 'not-read-yet'
  | 'misconfigured'
  | 'unavailable'
  | 'internal';

/** `next`, when there is more, is the `after` of the next request. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: number;
}

/** Nothing is read or written there until somebody resumes it. */
export interface PauseView {
  readonly target: string;
  /** An operator, or the target itself: too many changes failed, or its credential is refused. */
  readonly by: 'operator' | 'failures' | 'credentials';
  /** A code. */
  readonly reason: string;
  readonly since: string;
}

/** Groups of Okta whose name is exactly that, without regard to case, as of its last reading; deleted ones too. */
export interface GroupsFound {
  readonly groups: readonly GroupRef[];
}

/** What needs somebody. */
export interface ParkedView {
  readonly paused: readonly PauseView[];
  /** The next try first. */
  readonly parked: readonly ParkedChange[];
  readonly conflicts: readonly ConflictsView[];
}

/** A change that failed and is tried again. */
export interface ParkedChange {
  readonly id: string;
  readonly target: string;
  readonly change: ChangeView;
  /** It takes access: until it is done, somebody may have what they should not. */
  readonly isRemoval: boolean;
  /** Why it failed the last time, as a code. */
  readonly detail?: string;
  readonly vendorRequestId?: string;
  /** Of the last try. */
  readonly planId?: string;
  readonly tries: number;
  readonly firstAt: string;
  readonly nextTryAt: string;
}

/** Findings that need attention, of a target's newest plan for everybody. */
export interface ConflictsView {
  readonly target: string;
  readonly planId: string;
  readonly plannedAt: string;
  readonly findings: readonly FindingView[];
}

/** A configured target. */
export interface TargetRef {
  readonly name: string;
  readonly kind: string;
  /** Absent while it is not paused. */
  readonly paused?: PauseView;
}

export interface RunView {
  readonly id: string;
  readonly kind: 'full-sync' | 'target-sync' | 'preview' | 'person' | 'offboarding';
  readonly target?: string;
  /** Of a run about one person. */
  readonly person?: PersonRef;
  readonly workflowId: string;
  readonly workflowRunId: string;
  /** Requests that this run answers. */
  readonly covers: readonly string[];
  readonly phase: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly planId?: string;
  /** Changes of its plan, and how many have an outcome by now. */
  readonly progress?: { readonly done: number; readonly total: number };
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** How many of those that wait were rejected, and so wait for nobody; absent when there are none. */
  readonly rejected?: number;
  /** What it tells beside them; absent when there is nothing. */
  readonly notes?: RunNotesView;
  /** Head of its chain in the audit log; set when it has ended and has changed something. */
  readonly audit?: AuditHeadView;
  readonly problem?: { readonly kind: string; readonly message: string };
}

export interface RunNotesView {
  /** Members that the target lost after a write, found on reading back and added again. */
  readonly lostMembers?: number;
  /** People planned again at the end because they changed meanwhile. */
  readonly plannedAgain?: number;
  /** Changes made outside that it put right. */
  readonly drift?: number;
}

export interface RequestView {
  readonly requestId: string;
  /** The full sync or preview itself, and the run of each target; in the order in which they began. */
  readonly runs: readonly RunView[];
  /** Whether every run that there is by now has ended. */
  readonly isFinished: boolean;
}

export interface PersonView extends PersonRef {
  readonly login: string;
  readonly email: string;
  readonly status: Person['status'];
  readonly isTransitioning: boolean;
  readonly entitlement: Entitlement;
  readonly displayName?: string;
  readonly lastUpdated: string;
}

export interface PeopleFound {
  readonly people: readonly PersonView[];
  /**
   * `mirror`: Okta could not be asked, and its last reading shows these. `history`: nobody is known to have this name now;
   * these had it in an earlier reading or at a target, so take it as a hint and no more.
   */
  readonly source: 'okta' | 'mirror' | 'history';
  /** Why not Okta. */
  readonly note?: string;
  /** Okta could not be asked: nobody else may be found, or several, once it answers again. */
  readonly isOktaAway?: true;
  /** When nobody was found: accounts at targets that bear the name, or carry the Okta id. Absent when there are none. */
  readonly accounts?: readonly AccountFound[];
}

export interface AccountFound extends AccountRef, AccountView {
  readonly target: string;
  /** Okta id of the person; absent when it is linked to nobody. */
  readonly linkedTo?: string;
}

export interface ScopeView {
  /** Absent when it could not be told. */
  readonly isIn?: boolean;
  readonly by: 'groups' | 'expression' | 'app';
  /** In words: by which group, expression or app. */
  readonly why: string;
  /** Groups of the scope that the person is in. */
  readonly groups: readonly GroupRef[];
}

export interface DesiredView {
  readonly state: 'active' | 'inactive' | 'keep';
  readonly code: Reason | FindingCode;
  readonly why: string;
  readonly attributes: AccountAttributes;
}

export interface ExplainView {
  readonly person: PersonRef & { readonly displayName?: string };
  /** As in the mirror; absent when Okta did not show them, or they were never read. */
  readonly mirrored?: PersonView;
  /** When Okta was last read into the mirror. */
  readonly oktaReadAt?: string;
  /** As Okta answers now; absent when it has no such user. */
  readonly live?: PersonView;
  /** Why `live` could not be told. */
  readonly liveProblem?: string;
  /** Okta answers otherwise than the mirror holds: what a sync would do is not known before Okta is read again. */
  readonly hasChangedSince: boolean;
  /** Set when nothing may give them access until they are released. */
  readonly held?: HoldView;
  /** The one that is scheduled or in effect; absent when there is none. */
  readonly offboarding?: OffboardingSummary;
  readonly targets: readonly TargetExplanation[];
  /** Newest first. */
  readonly timeline: readonly AuditView[];
}

export interface HoldView {
  readonly by: string;
  readonly since: string;
}

export interface TargetExplanation {
  readonly target: string;
  /** Why nothing can be told about this target. */
  readonly problem?: string;
  /** When the target was last read; what was written since is in the mirror as well. */
  readonly readAt?: string;
  readonly scope?: ScopeView;
  readonly desired?: DesiredView;
  readonly link?: { readonly account: string; readonly origin: string; readonly since: string };
  readonly account?: AccountView;
  readonly attributes: readonly AttributeComparison[];
  readonly groups: readonly GroupComparison[];
  /** What a sync would change, going by the last reading; absent when Okta has changed since. */
  readonly changes?: readonly ChangeView[];
  /** Absent with `changes`. */
  readonly findings?: readonly FindingView[];
  /** Latest changes of earlier plans, newest first. */
  readonly lastChanges: readonly (PlannedChange & { readonly planId: string })[];
}

export interface AccountView {
  readonly id: string;
  readonly isActive: boolean;
  readonly externalId?: string;
}

export interface AttributeComparison {
  readonly attribute: AccountAttribute;
  readonly actual: string;
  /** Absent where Lockstep leaves the attribute as it is. */
  readonly desired?: string;
  readonly isSame: boolean;
}

export interface GroupComparison {
  readonly group: GroupRef;
  readonly isDesired: boolean;
  readonly isMember: boolean;
}

export interface EvaluateInput {
  readonly oktaId: string;
  readonly targets?: readonly string[];
  /** A CEL expression to try on this person, beside what the configuration says. */
  readonly expression?: string;
}

export interface EvaluateView {
  readonly person: PersonView;
  /** `file`: lockstep.yaml as it is on the reader's disk now, which may be newer than what the worker runs with. */
  readonly configuration: 'running' | 'file';
  readonly expression?:
    | { readonly text: string; readonly result: string }
    | { readonly text: string; readonly error: string };
  readonly targets: readonly TargetEvaluation[];
}

export interface TargetEvaluation {
  readonly target: string;
  readonly problem?: string;
  readonly scope?: ScopeView;
  readonly desired?: DesiredView;
  readonly mapping: readonly MappedAttribute[];
  readonly groups: readonly GroupRef[];
}

export interface MappedAttribute {
  readonly attribute: AccountAttribute;
  readonly value: string;
  /** The source that yielded it: `email`, an expression, `default`; `nothing` when the attribute is cleared. */
  readonly from: string;
  /** Sources that were asked before and had nothing. */
  readonly skipped: readonly string[];
  readonly error?: string;
}

export interface ReportView {
  readonly run: RunView;
  /** One part per run with a plan: the run itself, or those that answer the same request. */
  readonly parts: readonly ReportPart[];
  readonly needsAttention: boolean;
}

export interface ReportPart {
  readonly run: RunView;
  readonly plan?: PlanView;
  /** Changes that are parked, stale or waiting; at most 200. */
  readonly unsettled: readonly PlannedChange[];
  /** Findings that a human should look at; at most 200. */
  readonly attention: readonly FindingView[];
}
