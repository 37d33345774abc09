/** What the reader answers about offboardings. Types only. */
import type {
  CommandAnswer,
  OffboardingCommand,
  OffboardingState,
  OffboardingStep,
  OktaAction,
  Ordered,
  OrderedBy,
  StepState,
} from '../domain/offboarding.ts';
import type { AuditView } from './audit-api.ts';
import type { AccountRef, PersonRef } from './plan-api.ts';

/** `unconfirmed`: waits for somebody to confirm it. `under-way`: in effect, and not every system has confirmed yet. `complete`: all have. */
export type OffboardingStanding = 'unconfirmed' | 'scheduled' | 'under-way' | 'complete' | 'cancelled' | 'released';

export interface OffboardingSummary {
  /** Names its evidence and its chain in the audit log. */
  readonly id: string;
  readonly person: PersonRef & { readonly displayName?: string };
  readonly state: OffboardingState;
  readonly standing: OffboardingStanding;
  readonly standingText: string;
  readonly effective: EffectiveView;
  readonly okta: OktaAction;
  readonly reason: string;
  readonly ticket?: string;
  /** Number of the newest command that had an effect. */
  readonly seq: number;
  readonly receivedAt: string;
  /** How the person was named, when that was not by Okta id. */
  readonly foundBy?: 'okta' | 'mirror';
  readonly inEffectAt?: string;
  readonly completedAt?: string;
  /** When it was cancelled or released. */
  readonly endedAt?: string;
  /** Of one that waits to be confirmed: the one that it would change, which goes on as it was ordered until then. */
  readonly inForce?: {
    readonly id: string;
    readonly standing: OffboardingStanding;
    readonly effective: EffectiveView;
    readonly okta: OktaAction;
  };
  /** What is not done, or is for somebody to look at. */
  readonly open: readonly OpenPoint[];
  readonly needsAttention: boolean;
}

/** `local` and `zone` as it was ordered, when it was not by an instant. */
export interface EffectiveView {
  readonly at: string;
  /** No time was said: due since it was taken, whatever other clocks say. */
  readonly isAtOnce?: true;
  readonly local?: string;
  readonly zone?: string;
}

export interface OpenPoint {
  /** `okta`, or a target. */
  readonly system: string;
  /** `pending`: nothing but time is needed. The others are for somebody to look at. `nobody`: no system has such a person. */
  readonly state: 'pending' | 'to-confirm' | 'late' | 'failed' | 'not-possible' | 'nobody' | 'to-look-at';
  readonly text: string;
}

export interface OffboardingView extends OffboardingSummary {
  /** All that was said about it, in the order in which it came. */
  readonly commands: readonly OffboardingCommandView[];
  /** Okta first. */
  readonly systems: readonly OffboardedSystem[];
  readonly notes: readonly string[];
  readonly nextStep: { readonly text: string; readonly commands: readonly string[] };
  /** Oldest first: commands, and every change that was made; at most 1,000. */
  readonly audit: readonly AuditView[];
}

export interface OffboardingCommandView {
  readonly id: string;
  readonly kind: OffboardingCommand['kind'];
  readonly seq: number;
  readonly takenAt: string;
  /** Absent where an earlier version took it. */
  readonly by?: OrderedBy;
  /** Of a request: when it is to take effect and what is done at Okta, as it was said. Absent where an earlier version took it. */
  readonly ordered?: Ordered;
  /** Number of the next request of the same offboarding, which counts instead. */
  readonly replacedBy?: number;
  readonly answer: CommandAnswer;
  readonly answerText: string;
  readonly reason: string;
  readonly ticket?: string;
}

export interface OffboardedSystem {
  readonly system: string;
  /** When it was confirmed that nobody gets in any more; absent while it is not. */
  readonly confirmedAt?: string;
  readonly steps: readonly StepView[];
  /** What this vendor cannot do. */
  readonly cannot: readonly string[];
  /** Active accounts that bear the person's id or names, and are not linked to them. */
  readonly others: readonly AccountRef[];
}

export interface StepView {
  readonly step: OffboardingStep;
  readonly name: string;
  readonly state: StepState;
  readonly stateText: string;
  readonly at: string;
  /** Milliseconds since the offboarding took effect. */
  readonly afterMs?: number;
  /** A code. */
  readonly detail?: string;
  readonly detailText?: string;
  readonly vendorRequestId?: string;
}
