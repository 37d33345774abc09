/** How many people's offboardings may be ordered within a day before somebody has to confirm each further one. Pure. */
import { allowed, type Limit } from './guard.ts';

/** `taken`: other people of whom one was ordered within the window and went without confirmation. */
export interface Places {
  readonly taken: number;
  /** Whom Okta lets in, as it was read last: what the percentage is of. */
  readonly people: number;
}

/** Counts what is ordered, not what takes effect: who is ordered today for next week has their place today. */
export const offboardingWindowHours = 24;

export const hasPlace = (limit: Limit, { taken, people }: Places): boolean => taken < allowed(limit, people);
