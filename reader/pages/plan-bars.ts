/** Lengths of the bars, in percent of the widest. */
import { type ChangeKind, changeKinds, type Outcome } from '../../domain/change.ts';
import type { PlanView, VerdictView } from '../api.ts';
import { kindWords, outcomeWords } from '../change-words.ts';
import { number } from '../number.ts';

interface KindBar {
  readonly kind: ChangeKind;
  readonly name: string;
  readonly count: number;
  /** What became of them, or of how many nothing will for now; empty while all go. */
  readonly told: string;
  readonly parts: readonly { readonly tone: BarTone; readonly x: number; readonly width: number }[];
}

/** `free` goes or was done; `used` was not needed any more; `stopped` is held back, or could not be done. */
type BarTone = 'free' | 'used' | 'stopped';

/** What a plan changes, kind by kind in the order of work, told apart by what became of it or holds it back. */
export function kindBars({ changesByKind, stoppedByKind, outcomes }: PlanView): KindBar[] {
  const most = Math.max(1, ...Object.values(changesByKind));
  return changeKinds.flatMap((kind) => {
    const count = changesByKind[kind] ?? 0;
    if (count === 0) return [];
    const by = new Map(outcomes.flatMap((one) => (one.kind === kind ? [[one.outcome, one.count] as const] : [])));
    const settled = (['applied', 'unchanged', 'stale', 'parked'] as const).map((name) => by.get(name) ?? 0);
    const [, unchanged = 0, stale = 0, parked = 0] = settled;
    const stopped = Math.min(count, stoppedByKind[kind] ?? 0);
    const used = unchanged + stale;
    const sizes = { free: count - used - parked - stopped, used, stopped: parked + stopped };
    return [{ kind, name: kindWords[kind], count, told: toldOf(by, stopped, count), parts: partsOf(sizes, most) }];
  });
}

function toldOf(by: ReadonlyMap<Outcome | undefined, number>, stopped: number, count: number): string {
  const told = (Object.keys(outcomeWords) as Outcome[]).flatMap((name) => {
    const some = name === 'waiting' ? 0 : (by.get(name) ?? 0);
    return some === 0 ? [] : [`${some === count ? 'all' : number(some)} ${outcomeWords[name]}`];
  });
  return [...told, ...(stopped > 0 ? [`${stopped === count ? 'all' : number(stopped)} stopped`] : [])].join(', ');
}

/** Side by side; the last ones keep their least width, and what goes gives way. */
function partsOf({ free, used, stopped }: Readonly<Record<BarTone, number>>, most: number): KindBar['parts'] {
  const whole = width(free + used + stopped, most);
  const [usedWidth, stoppedWidth] = [width(used, most), width(stopped, most)];
  const freeWidth = free === 0 ? 0 : Math.max(0, whole - usedWidth - stoppedWidth);
  return [
    { tone: 'free' as const, x: 0, width: freeWidth },
    { tone: 'used' as const, x: freeWidth, width: usedWidth },
    { tone: 'stopped' as const, x: freeWidth + usedWidth, width: stoppedWidth },
  ].filter((part) => part.width > 0);
}

interface GuardBar {
  readonly name: string;
  readonly count: number;
  /** Set when it stops changes. */
  readonly advice: string | undefined;
  readonly badge: { readonly tone: 'look' | 'good' | 'calm'; readonly text: string };
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
export function guardBars({ state, verdict, stoppedBy }: PlanView): GuardBar[] {
  const counted = new Set<string>(verdict.map(({ guard }) => guard));
  const isReleased = state === 'approved' || state === 'done';
  const stops = ({ trippedBy }: VerdictView): boolean => trippedBy !== undefined && !isReleased;
  const badgeOf = (one: VerdictView): GuardBar['badge'] => {
    if (one.trippedBy === undefined) return { tone: 'good', text: 'within' };
    return stops(one) ? { tone: 'look', text: 'waits' } : { tone: 'calm', text: 'approved' };
  };
  return [
    ...verdict.map((one) => ({
      name: one.name,
      count: one.count,
      advice: stops(one) ? one.advice : undefined,
      badge: badgeOf(one),
      measured: measure(one),
    })),
    ...stoppedBy
      .filter(({ rule }) => !counted.has(rule))
      .map(({ name, count, advice }) => ({ name, count, advice, badge: { tone: 'look' as const, text: 'held back' } })),
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
