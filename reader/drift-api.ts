/** What the reader answers about drift, as its client sees it. Types only. */
import type { DriftKind } from '../domain/drift.ts';
import type { DriftAction } from '../domain/settings.ts';
import type { AccountRef, GroupRef, PersonRef } from './api.ts';
import type { PlannedChange } from './plan-api.ts';

export interface DriftView {
  readonly targets: readonly TargetDrift[];
}

export interface TargetDrift {
  readonly target: string;
  /** Whether a sync puts it right or only tells. */
  readonly action: DriftAction;
  /** When the target was last read. */
  readonly readAt?: string;
  /** When Okta was last read, which the plan compares with. */
  readonly oktaReadAt?: string;
  /** The newest plan for everybody, which tells what a sync would do. */
  readonly planId?: string;
  /** All of it, of which `items` may be only the first. */
  readonly open: number;
  /** The longest known first. */
  readonly items: readonly DriftItem[];
}

/** One thing that somebody else than Lockstep changed at the target and that still is so. */
export interface DriftItem {
  readonly id: string;
  readonly kind: DriftKind;
  /** The first reading that showed it; when it happened, and who did it, the target does not tell. */
  readonly seenAt: string;
  /** Absent for a member to whom no person is linked. */
  readonly person?: PersonRef;
  readonly account?: AccountRef;
  readonly group?: GroupRef;
  /** As Lockstep knew it, and as it is now; of one attribute of an account or the name of a group. */
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
  /** What a sync would write because of it; absent when it would leave it as it is. */
  readonly change?: PlannedChange;
}
