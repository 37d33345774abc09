/** Lengths of the bars, in percent of the widest. */
import { type ChangeKind, changeKinds } from '../../domain/change.ts';
import type { PlanView, VerdictView } from '../api.ts';
import { kindWords } from '../change-words.ts';

interface KindBar {
  readonly kind: ChangeKind;
  readonly name: string;
  readonly count: number;
  readonly stopped: number;
  readonly freeWidth: number;
  readonly stoppedWidth: number;
}

/** What a plan changes, kind by kind in the order of work; the part that is held back is told apart. */
export function kindBars({ changesByKind, stoppedByKind }: PlanView): KindBar[] {
  const most = Math.max(1, ...Object.values(changesByKind));
  return changeKinds.flatMap((kind) => {
    const count = changesByKind[kind] ?? 0;
    if (count === 0) return [];
    const stopped = Math.min(count, stoppedByKind[kind] ?? 0);
    const stoppedWidth = width(stopped, most);
    return [
      { kind, name: kindWords[kind], count, stopped, freeWidth: width(count, most) - stoppedWidth, stoppedWidth },
    ];
  });
}

interface GuardBar {
  readonly name: string;
  readonly count: number;
  /** Set when it stops changes. */
  readonly advice: string | undefined;
  /** Absent for a rule that holds without counting. */
  readonly measured?: Measured;
}

interface Measured {
  readonly base: number;
  /** The limit that it is measured against: the one that tripped, else that of one run. */
  readonly limit: number;
  readonly usedToday: number;
  readonly trippedBy: 'run' | 'day' | undefined;
  readonly usedWidth: number;
  readonly countWidth: number;
  readonly limitAt: number;
}

/** Guards that counted, then rules that hold back without counting. */
export function guardBars({ verdict, stoppedBy }: PlanView): GuardBar[] {
  const counted = new Set<string>(verdict.map(({ guard }) => guard));
  return [
    ...verdict.map((one) => ({
      name: one.name,
      count: one.count,
      advice: one.trippedBy === undefined ? undefined : one.advice,
      measured: measure(one),
    })),
    ...stoppedBy.filter(({ rule }) => !counted.has(rule)).map(({ name, count, advice }) => ({ name, count, advice })),
  ];
}

/** Earlier changes of the day count where the day's limit tripped. */
function measure({ count, base, usedToday, allowedPerRun, allowedPerDay, trippedBy }: VerdictView): Measured {
  const limit = trippedBy === 'day' ? allowedPerDay : allowedPerRun;
  const used = trippedBy === 'day' ? usedToday : 0;
  const most = Math.max(1, limit, used + count) * 1.05;
  return {
    base,
    limit,
    usedToday,
    trippedBy,
    usedWidth: width(used, most),
    countWidth: width(count, most),
    limitAt: (limit * 100) / most,
  };
}

/** A little is shown as a little, not as nothing. */
const width = (count: number, most: number): number => (count === 0 ? 0 : Math.max(0.8, (count * 100) / most));
