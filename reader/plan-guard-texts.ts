/** Guards and hold rules in words: what each counts or means, and how to go on. The one place for it. */
import type { Guard, StopRule, Verdict } from '../domain/guard.ts';
import { number } from './number.ts';

interface StopText {
  /** Begins a line: `deactivations: 50 of at most 10 in one run`. */
  readonly name: string;
  /** Why one change waits; follows "waits: ". */
  readonly why: string;
  /** What to look at before going on. */
  readonly advice: string;
}

export const stopTexts: Readonly<Record<Guard | StopRule, StopText>> = {
  deactivations: {
    name: 'deactivations',
    why: 'more deactivations than go without approval',
    advice: 'See whether so many people really left, and not a group or a rule of the scope.',
  },
  deletions: {
    name: 'deletions',
    why: 'more deletions than go without approval',
    advice: 'See whether these accounts and groups may really go: the target cannot bring them back.',
  },
  memberRemovals: {
    name: 'removals from groups',
    why: 'more removals from groups than go without approval',
    advice: 'See whether these people really left the groups at Okta.',
  },
  emptiedGroups: {
    name: 'groups left empty',
    why: 'it would help to leave a group empty',
    advice: 'See whether the group was emptied on purpose at Okta.',
  },
  nameChanges: {
    name: 'changes of user name or address',
    why: 'more changes of user names or addresses than go without approval',
    advice: 'See whether a mapping or a domain was changed on purpose.',
  },
  reactivations: {
    name: 'reactivations',
    why: 'more reactivations than go without approval',
    advice: 'See whether so many people really came back.',
  },
  creations: {
    name: 'new and adopted accounts',
    why: 'more new and adopted accounts than go without approval',
    advice: 'See whether the scope is meant to be as wide, and how many seats are paid for.',
  },
  privilegedAdditions: {
    name: 'additions to privileged groups',
    why: 'more additions to privileged groups than go without approval',
    advice: 'See whether each of these people should have power over the product.',
  },
  firstPlan: {
    name: 'first plan of this target',
    why: 'the first plan of a target waits as a whole',
    advice: 'Read the whole plan once: from then on only what trips a guard waits.',
  },
  emptyScope: {
    name: 'nobody in scope any more',
    why: 'nobody is in scope any more, and it would be taken for that',
    advice: 'See whether the scope in lockstep.yaml and the groups at Okta are what they should be.',
  },
  adoptedGroup: {
    name: 'first removals from an adopted group',
    why: 'the first removals from a group that existed before',
    advice: 'See whether these members were put into the group by hand for a reason.',
  },
  dependsOnWaiting: {
    name: 'what builds on a change that waits',
    why: 'it builds on a change that waits',
    advice: 'Nothing of its own: it goes with the change that it builds on.',
  },
  rejected: {
    name: 'rejected',
    why: 'somebody rejected just this change',
    advice:
      'It stays as it is until that plan expires. To do it after all, approve a preview that lists it: `lockstep plan`.',
  },
  waitsAlready: {
    name: 'waits in another plan',
    why: 'it waits for approval in the plan that lists all that waits',
    advice: '`lockstep plans` names that plan.',
  },
  notDue: {
    name: 'parked, next try not due',
    why: 'it was parked, and its next try is not due yet',
    advice: 'It is tried again by itself; `lockstep parked` tells when, `lockstep retry` tries it now.',
  },
  driftReported: {
    name: 'changed outside, only reported',
    why: 'it would undo what somebody did at the target, which is only reported here',
    advice: '`lockstep drift` shows it; `drift: repair` in lockstep.yaml has it put right.',
  },
};

/** `deactivations: 50 of at most 10 in one run; waits for approval` */
export function verdictText(verdict: Verdict): string {
  const { guard, count, usedToday, allowedPerRun, allowedPerDay, trippedBy } = verdict;
  const name = stopTexts[guard].name;
  if (trippedBy === 'run')
    return `${name}: ${number(count)} of at most ${number(allowedPerRun)} in one run; waits for approval`;
  if (trippedBy === 'day')
    return `${name}: ${number(count)} after ${number(usedToday)} in the last 24 hours, of at most ${number(allowedPerDay)}; waits for approval`;
  return `${name}: ${number(count)} of at most ${number(allowedPerRun)} in one run`;
}
