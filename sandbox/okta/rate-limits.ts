import type { Bucket, OktaSettings } from './settings.ts';

const WINDOW_MS = 60_000;

interface Window {
  endsAt: number;
  total: number;
  byPrincipal: Map<string, number>;
  isReported: boolean;
}

export interface RateVerdict {
  isExceeded: boolean;
  /** The first refusal of a window, which Okta writes to the System Log. */
  isFirstViolation: boolean;
  headers: Record<string, string>;
}

/** Counts calls in windows of 60 s that start with the first call and not with the clock's minute. */
export class RateLimits {
  readonly #windows = new Map<Bucket, Window>();
  readonly #settings: () => OktaSettings;

  constructor(settings: () => OktaSettings) {
    this.#settings = settings;
  }

  /** @param principal token or app the share is counted for; absent when the call could not be authenticated */
  count(bucket: Bucket, principal: string | undefined, now: number): RateVerdict {
    const { limits, tokenSharePercent } = this.#settings();
    const window = this.#window(bucket, now);
    const limit = limits[bucket];
    const share = principal === undefined ? limit : Math.max(1, Math.floor((limit * tokenSharePercent) / 100));
    const own = principal === undefined ? window.total : (window.byPrincipal.get(principal) ?? 0);
    const remaining = Math.min(limit - window.total, share - own);
    const isExceeded = remaining <= 0;
    if (!isExceeded) {
      window.total += 1;
      if (principal !== undefined) window.byPrincipal.set(principal, own + 1);
    }
    const isFirstViolation = isExceeded && !window.isReported;
    if (isExceeded) window.isReported = true;
    return { isExceeded, isFirstViolation, headers: rateHeaders(share, Math.max(0, remaining - 1), window.endsAt) };
  }

  #window(bucket: Bucket, now: number): Window {
    const current = this.#windows.get(bucket);
    if (current && now < current.endsAt) return current;
    const fresh: Window = { endsAt: now + WINDOW_MS, total: 0, byPrincipal: new Map(), isReported: false };
    this.#windows.set(bucket, fresh);
    return fresh;
  }
}

/** A breach of the concurrency limit shows 0 of 0, with an estimate for the reset. */
export function concurrencyHeaders(now: number): Record<string, string> {
  return rateHeaders(0, 0, now + 1_000);
}

function rateHeaders(limit: number, remaining: number, endsAt: number): Record<string, string> {
  return {
    'x-rate-limit-limit': String(limit),
    'x-rate-limit-remaining': String(remaining),
    'x-rate-limit-reset': String(Math.ceil(endsAt / 1000)),
  };
}
