/** What a vendor's answer says of its rate limit, in the spellings of Okta and Atlassian. Pure. */
import type { RateAnswer } from '../domain/directory.ts';

/** Fits the `Headers` of fetch, undici and node-fetch alike. */
export interface HeaderReader {
  get(name: string): string | null;
}

/**
 * The most that is believed. A vendor that answers milliseconds for seconds must not block a bucket for years; one that
 * means a longer wait is asked again after this one, and says so again.
 */
const longestWaitMs = 15 * 60 * 1000;

/**
 * Reads `Retry-After` (seconds or HTTP-date), `X-RateLimit-*` (Atlassian: reset in ISO 8601) and `X-Rate-Limit-*`
 * (Okta: reset in epoch seconds). An instant is measured against the answer's own `Date`, so a wrong clock on either
 * side does not change the wait. What cannot be read, or stands there twice with different values, is left out.
 *
 * @param now this machine's epoch milliseconds when the answer came; `resetAt` is told by the same clock.
 */
export const readRateAnswer = (status: number, headers: HeaderReader, now: number): RateAnswer => {
  const vendorNow = httpDate(headers.get('date')) ?? now;
  const until = (instant: number | undefined): number | undefined =>
    instant === undefined ? undefined : boundedWait(instant - vendorNow);

  const limit = count(first(headers, 'x-ratelimit-limit', 'x-rate-limit-limit'));
  const remaining = count(first(headers, 'x-ratelimit-remaining', 'x-rate-limit-remaining'));
  const resetIn = until(resetInstant(first(headers, 'x-ratelimit-reset', 'x-rate-limit-reset')));
  const retryAfter = headers.get('retry-after');
  const seconds = count(retryAfter);
  const retryAfterMs = seconds === undefined ? until(httpDate(retryAfter)) : boundedWait(seconds * 1000);

  return {
    status,
    ...(limit !== undefined && { limit }),
    ...(remaining !== undefined && { remaining }),
    ...(resetIn !== undefined && { resetAt: now + resetIn }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
};

const boundedWait = (ms: number): number => Math.min(Math.max(ms, 0), longestWaitMs);

const first = (headers: HeaderReader, ...names: readonly string[]): string | null =>
  names.map((name) => headers.get(name)).find((value) => value !== null) ?? null;

/** Header objects join repeated headers with commas; such a value is no number, and nobody can tell which one holds. */
const count = (text: string | null): number | undefined =>
  text !== null && /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;

/** `Date.parse` alone takes `-5` for the year 2001 and an instant without zone for local time. */
const httpDate = (text: string | null): number | undefined =>
  text !== null && /^\s*[A-Z][a-z]+, .* GMT\s*$/.test(text) ? instant(text) : undefined;

const resetInstant = (text: string | null): number | undefined => {
  const seconds = count(text);
  if (seconds !== undefined) return seconds * 1000;
  const iso = text?.match(/^\s*(\d{4}-\d{2}-\d{2}T[\d:.]+)(Z|[+-]\d{2}:\d{2})?\s*$/);
  return iso ? instant(`${iso[1]}${iso[2] ?? 'Z'}`) : undefined;
};

const instant = (text: string): number | undefined => {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
};
