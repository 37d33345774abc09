/** Windows in which so many requests may go: the vendor's, as its headers tell it, and the configured minute. Pure. */

/** What we may take of an API bucket; the rest is for others who use the same one. */
export interface Allowance {
  /** Of the vendor's limit, above 0 up to 1. */
  readonly share: number;
  /** A limit of our own, per minute, whether or not the vendor tells one. */
  readonly requestsPerMinute?: number;
}

export type Lane = 'bulk' | 'event' | 'urgent';

/** Instants are epoch milliseconds of one clock, the database's. */
export interface RequestWindow {
  readonly limit: number;
  /** What we may take in a whole window. */
  readonly usable: number;
  /** What we may still take. */
  readonly left: number;
  /** Until then the window before goes on, as answers tell. */
  readonly opensAt?: number;
  readonly endsAt: number;
  readonly lengthMs: number;
  /** Whether the vendor told when this very window ends, or it is taken to be as long as the one before. */
  readonly isTold: boolean;
}

/** A limit in the vendor's words. */
export interface ToldLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly resetInMs?: number;
}

const minuteMs = 60_000;
/** Headers tell whole seconds, and so does `Date`, by which the end is converted. */
const imprecisionMs = 2_000;
/** Of a whole window, for lane `urgent` alone. What it leaves goes to all as the window draws to its end. */
const reserveShare = 0.1;

/** Rounded down, so that the others' part is whole; but a limit of 1 is not made 0. */
const usableOf = (limit: number, { share }: Allowance): number => Math.max(1, Math.floor(limit * share));

/** What we may still take, by the vendor's count, with the others' part left alone. */
export const spareOf = ({ limit, remaining }: ToldLimit, allowance: Allowance): number =>
  Math.max(0, remaining - (limit - usableOf(limit, allowance)));

const fresh = (limit: number, usable: number, lengthMs: number, now: number): RequestWindow => ({
  limit,
  usable,
  left: usable,
  endsAt: now + lengthMs,
  lengthMs,
  isTold: false,
});

/**
 * The vendor's window now: after its end the next one, until an answer tells more. It lasts for a while in any case: how long
 * windows are is known from how much of them was left, which may have been next to nothing.
 */
export const rolled = (window: RequestWindow, now: number, allowance: Allowance): RequestWindow =>
  now < window.endsAt
    ? window
    : fresh(window.limit, usableOf(window.limit, allowance), Math.max(window.lengthMs, imprecisionMs), now);

/** The configured minute now. A limit that was changed counts at once if it is lower, else from the next minute on. */
export const rolledMinute = (minute: RequestWindow | undefined, now: number, limit: number): RequestWindow =>
  minute === undefined || now >= minute.endsAt
    ? fresh(limit, limit, minuteMs, now)
    : { ...minute, left: Math.min(minute.left, limit) };

/** Requests that a lane may take now. */
export const openTo = (window: RequestWindow, now: number, lane: Lane): number => {
  if (window.opensAt !== undefined && now < window.opensAt) return 0;
  const timeLeft = Math.min(1, (window.endsAt - now) / window.lengthMs);
  const reserve = lane === 'urgent' ? 0 : Math.round(window.usable * reserveShare * timeLeft);
  return Math.max(0, window.left - reserve);
};

/** For a lane to which nothing is open now: until the next window, or until the reserve opens by some. */
export const waitFor = ({ left, usable, opensAt, endsAt, lengthMs }: RequestWindow, now: number): number => {
  if (opensAt !== undefined && now < opensAt) return opensAt - now;
  if (left === 0) return endsAt - now;
  const reserveOpensAt = endsAt - lengthMs * Math.min(1, (left - 0.5) / (usable * reserveShare));
  return Math.min(endsAt - now, Math.max(1_000, reserveOpensAt - now + 1));
};

/** The window after an answer. `left` never rises within a window, since answers of several processes arrive late. */
export const afterTold = (
  window: RequestWindow | undefined,
  now: number,
  told: ToldLimit,
  allowance: Allowance,
): RequestWindow | undefined => {
  const { limit, resetInMs = window && now < window.endsAt ? window.endsAt - now : minuteMs } = told;
  if (limit < 1 || resetInMs <= 0) return window;
  const usable = usableOf(limit, allowance);
  const left = Math.min(usable, spareOf(told, allowance));
  const endsAt = now + resetInMs;
  const lengthMs = Math.max(window?.lengthMs ?? 0, resetInMs);
  const next = { limit, usable, left, endsAt, lengthMs, isTold: true };

  if (window === undefined || now >= window.endsAt) return next;
  const difference = endsAt - window.endsAt;
  if (!window.isTold) {
    // The window before is not over, or this is a late word of it. What has been granted since counts in the next one.
    if (resetInMs <= imprecisionMs && lengthMs > 2 * imprecisionMs) {
      return { ...window, opensAt: Math.max(window.opensAt ?? endsAt, endsAt), endsAt: endsAt + window.lengthMs };
    }
    return { ...next, left: Math.min(window.left, left) };
  }
  if (difference > imprecisionMs) return next;
  if (difference >= -imprecisionMs) {
    // The later end: too early costs refusals, too late costs a second.
    return { ...next, left: Math.min(window.left, left), endsAt: Math.max(window.endsAt, endsAt) };
  }
  // Told by an answer of the window before, or else the end that we believed was wrong.
  return resetInMs <= imprecisionMs ? window : { ...next, left: Math.min(window.left, left) };
};
