/** How many people's offboardings may be ordered within a day before somebody has to confirm each further one. Pure. */
import { allowed, type Limit } from './guard.ts';

/** Counts what is ordered, not what takes effect: who is ordered today for next week has their place today. */
export const offboardingWindowHours = 24;

/**
 * How many people there have to be for one more place.
 *
 * @param taken places of other people within the window
 * @returns 0 where any number will do, infinity where none will
 */
export function peopleForOneMore(limit: Limit, taken: number): number {
  if (taken < limit.atLeast) return 0;
  if (taken >= limit.atMost || limit.percent === 0) return Number.POSITIVE_INFINITY;
  const people = Math.ceil(((taken + 1) * 100) / limit.percent);
  // What is not exact in binary may be one short.
  return taken < allowed(limit, people) ? people : people + 1;
}
