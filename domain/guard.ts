/**
 * Guards stop changes that would hurt: each counts one kind of change of a whole plan before the first write, for this
 * run and over the last 24 hours. A guard that trips keeps its own kind of change waiting for approval, nothing else.
 */
import { type Change, orderedReason } from './change.ts';
import type { OktaGroupId } from './ids.ts';

/** Named as in lockstep.yaml. */
export const guards = [
  'deactivations',
  'deletions',
  'memberRemovals',
  'emptiedGroups',
  'nameChanges',
  'reactivations',
  'creations',
  'privilegedAdditions',
] as const;
export type Guard = (typeof guards)[number];

/** A group with one or two members is left empty every day; from three on it is worth a look. */
export const emptiedFrom = 3;

/** Groups that a guard is about and that changes do not tell by themselves. */
export interface GuardedGroups {
  /** Kept groups with at least `emptiedFrom` members that would have none. */
  readonly emptied: readonly OktaGroupId[];
  readonly privileged: readonly OktaGroupId[];
}

/** Which guards count a change, and keep it waiting when they trip. */
export const guardsOf = (change: Change, groups: GuardedGroups): readonly Guard[] =>
  change.reason === orderedReason ? [] : guards.filter((guard) => belongsTo(guard, change, groups));

function belongsTo(guard: Guard, change: Change, { emptied, privileged }: GuardedGroups): boolean {
  switch (guard) {
    case 'deactivations':
      return change.kind === 'deactivate-account';
    case 'deletions':
      return change.kind === 'delete-group';
    case 'memberRemovals':
      return change.kind === 'remove-member';
    case 'emptiedGroups':
      return (change.kind === 'remove-member' || change.kind === 'delete-group') && emptied.includes(change.group);
    case 'nameChanges':
      return (
        change.kind === 'update-account' && (change.after.userName !== undefined || change.after.email !== undefined)
      );
    case 'reactivations':
      return change.kind === 'reactivate-account';
    case 'creations':
      return change.kind === 'create-account' || change.kind === 'link-account';
    case 'privilegedAdditions':
      return change.kind === 'add-member' && privileged.includes(change.group);
    default:
      return guard satisfies never;
  }
}

/** How much goes without approval: `percent` of the base, but at least `atLeast` and at most `atMost` changes. */
export interface Limit {
  readonly percent: number;
  readonly atLeast: number;
  readonly atMost: number;
}

export interface GuardLimits {
  readonly perRun: Limit;
  /** Over the last 24 hours, runs and single events on one counter. */
  readonly perDay: Limit;
}

export type GuardSettings = Readonly<Record<Guard, GuardLimits>>;

/** Why a change waits although no guard tripped. */
export const stopRules = [
  /** A target's first plan outside the sandbox waits as a whole. */
  'firstPlan',
  /** Nobody is in scope any more although there are linked accounts: what would be taken for that. */
  'emptyScope',
  /** The first removals from a group that existed before. */
  'adoptedGroup',
  /** It builds on a change that waits. */
  'dependsOnWaiting',
  /** Somebody rejected just this change, in a plan that has not expired. */
  'rejected',
  /** It waits for approval already, in a plan that lists all that waits; a smaller run does not let it go. */
  'waitsAlready',
  /** It was parked, and its next try is not due. */
  'notDue',
  /** It would undo what somebody did at the target, and this target only reports that. */
  'driftReported',
] as const;
export type StopRule = (typeof stopRules)[number];

/** What these hold waits for nobody: it goes on by itself, was decided about, or is asked about elsewhere. */
export const notApprovable: readonly StopRule[] = ['rejected', 'waitsAlready', 'notDue', 'driftReported'];

/** Whether approving a plan that lists a change lets it go, and a human is asked to. */
export const isApprovable = (stoppedBy: Guard | StopRule): boolean => !notApprovable.some((rule) => rule === stoppedBy);

/** Counts of one plan. `base`: what the percentage is of. `usedToday`: by earlier runs of the last 24 hours. */
export interface GuardCount {
  readonly count: number;
  readonly base: number;
  readonly usedToday: number;
  /** By an earlier plan of the same run, part of `usedToday`: a run plans again for those who changed meanwhile. */
  readonly usedInRun?: number;
}

export interface Verdict {
  readonly guard: Guard;
  readonly count: number;
  readonly base: number;
  readonly usedToday: number;
  readonly allowedPerRun: number;
  readonly allowedPerDay: number;
  /** Which limit was exceeded; absent when none was. */
  readonly trippedBy?: 'run' | 'day';
}

export const allowed = ({ percent, atLeast, atMost }: Limit, base: number): number =>
  Math.min(atMost, Math.max(atLeast, Math.floor((base * percent) / 100)));

/** One verdict per guard that has something to count. */
export function judge(counts: Readonly<Record<Guard, GuardCount>>, settings: GuardSettings): readonly Verdict[] {
  return guards.flatMap((guard) => {
    const { count, base, usedToday, usedInRun = 0 } = counts[guard];
    if (count === 0) return [];
    const allowedPerRun = allowed(settings[guard].perRun, base);
    const allowedPerDay = allowed(settings[guard].perDay, base);
    const verdict = { guard, count, base, usedToday, allowedPerRun, allowedPerDay };
    if (usedInRun + count > allowedPerRun) return [{ ...verdict, trippedBy: 'run' as const }];
    if (usedToday + count > allowedPerDay) return [{ ...verdict, trippedBy: 'day' as const }];
    return [verdict];
  });
}
