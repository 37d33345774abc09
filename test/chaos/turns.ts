/**
 * What goes in turn, so that nothing is left to chance: which seed is struck by what and when, and whose log is followed.
 * Each pair of what and when is met in any two hundred seeds in a row.
 */
import type { Random } from './random.ts';
import {
  minuteMs,
  type Strike,
  type StrikePoint,
  strikeKinds,
  strikePoints,
  type TimePoint,
  timePoints,
} from './script.ts';

/** One seed in three is struck in a sync: it costs half a minute until Temporal takes a dead worker for dead. */
const struckShare = 3;
/** One in four while an offboarding takes effect, or the log is followed. */
const struckInTimeShare = 4;

/** Not always the same of three: Okta's lag also comes with every third seed, and must not belong to a kind of strike. */
export const strikeTurn = (seed: number): number | undefined => turnOf(seed, struckShare, strikePoints.length);

export const timeStrikeTurn = (seed: number): number | undefined => turnOf(seed, struckInTimeShare, timePoints.length);

function turnOf(seed: number, share: number, points: number): number | undefined {
  const turn = Math.floor((seed - 1) / share);
  const place = Math.floor(turn / points) % share;
  return (seed - 1) % share === place ? turn : undefined;
}

/** Blocks of seeds, since a worker has to be started anew where it changes. */
export function followsLog(seed: number): boolean {
  const turn = timeStrikeTurn(seed);
  return Math.floor(seed / 6) % 2 === 1 || (turn !== undefined && timePointOf(turn) === 'log-read');
}

const shortMs = 1_500;
/** Of the times that the database is away in a sync, every third is a whole minute. */
const minuteEvery = 3;

/** There are 6 kinds, and 11 or 7 moments: without a common divisor, counting up both goes through all pairs. */
const pairOf = <Point>(turn: number, points: readonly Point[]) => ({
  strike: strikeKinds[turn % strikeKinds.length] ?? 'kill',
  at: points[turn % points.length] as Point,
});

const timePointOf = (turn: number): TimePoint => pairOf(turn, timePoints).at;

export function strikeOf(random: Random, turn: number): Strike {
  const { strike, at } = pairOf<StrikePoint>(turn, strikePoints);
  const isLong = Math.floor(turn / strikeKinds.length) % minuteEvery === 0;
  const ms = strike === 'database-away' && isLong ? minuteMs : msOf(random, strike);
  const isInTheMiddle = at === 'write-begins' || at === 'write-done';
  const nth = isInTheMiddle ? 1 + random.below(2) : 1;
  // Of the write that is certain, and that is refused at first, two begin and one is done.
  return { strike, at, nth: at === 'write-done' ? 1 : nth, ms };
}

export function timeStrikeOf(random: Random, turn: number): Strike {
  const { strike, at } = pairOf<TimePoint>(turn, timePoints);
  return { strike, at, nth: 1, ms: msOf(random, strike) };
}

const msOf = (random: Random, strike: Strike['strike']): number =>
  strike === 'database-away' ? 3_000 + random.below(5_000) : shortMs;
