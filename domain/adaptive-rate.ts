/**
 * The rate at which a bucket is asked whose limit no header tells, found by trying. After a refusal it falls to 70 % of
 * what went well, is back after a minute, stays about there, then grows faster and faster until it is refused again:
 * the curve of CUBIC (RFC 9438), which stays longest where the limit was last seen. Pure; rates per second.
 */
import type { Lane } from './request-window.ts';

export interface AdaptiveRate {
  /** The rate at the last refusal. */
  readonly ceiling: number;
  /** Where its curve begins. Time in which the rate is not used up does not count, so idling forgets nothing. */
  readonly growsFrom: number;
  /** Up to when the rate has been given out. */
  readonly spentUntil: number;
}

/** How many requests were answered, and in how long. */
export interface Throughput {
  readonly answered: number;
  readonly since: number;
  readonly until: number;
}

const drop = 0.3;
const recoveryMs = 60_000;
/** A refusal of hardly any traffic was somebody else's doing; slower than this helps nobody. */
const slowest = 1;
const measuredMs = 20_000;
const idleMs = 5_000;

export const slowedDown = (ceiling: number, now: number): AdaptiveRate => ({
  ceiling: Math.max(slowest, ceiling),
  growsFrom: now,
  spentUntil: now,
});

export const rateAt = ({ ceiling, growsFrom, spentUntil }: AdaptiveRate, now: number): number =>
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
  const waitMs = Math.max(50, current.spentUntil + intervalMs - now - horizonMs);
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
