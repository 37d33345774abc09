/**
 * The rate at which a bucket is asked whose limit no header tells, found by trying. After a refusal it drops below what
 * was refused, comes back, stays about there for a while, then grows faster and faster until it is refused again: the
 * curve of CUBIC (RFC 9438), which spends most time close to the limit. Pure; rates per second.
 */
import type { Lane } from './request-window.ts';

export interface AdaptiveRate {
  /** The rate at the last refusal. */
  readonly ceiling: number;
  /** Where its curve begins. Time in which the rate is not used up does not count, so idling forgets nothing. */
  readonly growsFrom: number;
  /** Up to when the rate has been given out. */
  readonly spentUntil: number;
  /** Whether it was only measured up to the first refusal, which may have come after a burst. */
  readonly isGuess: boolean;
}

/** How many requests were answered, and in how long. */
export interface Throughput {
  readonly answered: number;
  readonly since: number;
  readonly until: number;
}

/** In the tests' simulation: over nine tenths of a limit per 10 or 60 s are used, under 0.5 % of requests refused. */
const drop = 0.15;
const recoveryMs = 60_000;
/** By a refusal the rate had grown past the limit already. */
const overshoot = 0.97;
/** For each time that the vendor refuses again after a pause. */
const repeatedRefusal = 0.95;
/** Slower than this helps nobody. */
const slowest = 1;
/** A refusal of hardly any traffic was somebody else's doing, or a moment's: it says little about the limit. */
const slowestGuess = 5;
const measuredMs = 20_000;
const idleMs = 5_000;

const curveFrom = (ceiling: number, now: number, isGuess: boolean): AdaptiveRate => ({
  ceiling: Math.max(slowest, ceiling),
  growsFrom: now,
  spentUntil: now,
  isGuess,
});

/** After a refusal. `isAgain`: of the request that tried whether a pause was long enough. */
export const slowed = (
  rate: AdaptiveRate | undefined,
  now: number,
  measured: number,
  isAgain: boolean,
): AdaptiveRate => {
  if (rate === undefined) return curveFrom(Math.max(slowestGuess, measured), now, true);
  const ceiling = isAgain ? rate.ceiling * repeatedRefusal : rateAt(rate, now) * overshoot;
  return curveFrom(ceiling, now, rate.isGuess);
};

/** When the vendor bears requests again. Measured over burst and pause, a guess becomes a good one. */
export const resumed = ({ ceiling, isGuess }: AdaptiveRate, now: number, measured: number): AdaptiveRate =>
  curveFrom(isGuess ? Math.min(ceiling, Math.max(slowestGuess, measured)) : ceiling, now, false);

/** Grows only while the rate is used up. */
const rateAt = ({ ceiling, growsFrom, spentUntil }: AdaptiveRate, now: number): number =>
  ceiling * (1 + drop * (Math.max(0, Math.min(now, spentUntil) - growsFrom) / recoveryMs - 1) ** 3);

/** Gives out up to a second's worth, to `urgent` half a second more, which the next second lacks. */
export const takeFrom = (rate: AdaptiveRate, now: number, want: number, lane: Lane) => {
  const idle = Math.max(0, now - rate.spentUntil);
  const current = { ...rate, growsFrom: rate.growsFrom + idle, spentUntil: rate.spentUntil + idle };
  const perSecond = rateAt(current, now);
  const intervalMs = 1_000 / perSecond;
  const horizonMs = Math.max(1_000, intervalMs) + (lane === 'urgent' ? Math.max(500, intervalMs) : 0);
  const open = Math.max(0, Math.floor((now + horizonMs - current.spentUntil) / intervalMs + 1e-6));
  const take = (granted: number): AdaptiveRate => ({
    ...current,
    spentUntil: current.spentUntil + granted * intervalMs,
  });
  // Not just until the next one: several processes that ask for each single request would ask all the time.
  const waitMs = Math.max(500, current.spentUntil + intervalMs - now - horizonMs);
  return { granted: Math.min(want, open), intervalMs, waitMs, take };
};

export const throughputOf = ({ answered, since }: Throughput, now: number): number =>
  (answered * 1_000) / Math.max(1_000, now - since);

/** Counts on; what is older than some 20 s weighs less and less, and a pause of ours is no part of the measurement. */
export const counted = (
  throughput: Throughput | undefined,
  now: number,
  answered: number,
  isPaused: boolean,
): Throughput => {
  if (throughput === undefined || (!isPaused && now - throughput.until > idleMs)) {
    return { answered, since: now - 1_000, until: now };
  }
  const age = now - throughput.since;
  if (age <= measuredMs) return { ...throughput, answered: throughput.answered + answered, until: now };
  return { answered: (throughput.answered + answered) / 2, since: now - age / 2, until: now };
};
