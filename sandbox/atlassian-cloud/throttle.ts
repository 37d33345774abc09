import type { SimResponse } from '../kit/vendor.ts';
import { failureBody, ScimFailure, scimErrorBody } from './scim-failure.ts';
import type { Switches } from './switches.ts';

/** Counts requests in fixed windows. Atlassian publishes no quota for SCIM, so quota and headers are switches. */
export class Throttle {
  readonly #switches: Switches;
  #windowStartMs = 0;
  #used = 0;

  constructor(switches: Switches) {
    this.#switches = switches;
  }

  /** Counts a request; the answer to give if it is one too many, else undefined. */
  refuse(nowMs: number): SimResponse | undefined {
    const { rateLimitRequests, rateLimitWindowMs, rateLimitBody } = this.#switches;
    if (rateLimitRequests === 0) return undefined;
    const start = Math.floor(nowMs / rateLimitWindowMs) * rateLimitWindowMs;
    if (start !== this.#windowStartMs) this.#used = 0;
    this.#windowStartMs = start;
    this.#used += 1;
    if (this.#used <= rateLimitRequests) return undefined;
    const response: SimResponse = { status: 429, headers: { ...this.headers(), ...this.#retryAfter(nowMs) } };
    const failure = new ScimFailure(429, undefined, 'Rate limit exceeded.');
    if (rateLimitBody === 'failure') response.body = failureBody('Rate limit exceeded.');
    if (rateLimitBody === 'scim-error') response.body = scimErrorBody(failure, this.#switches);
    return response;
  }

  /** Headers that go with every answer. */
  headers(): Record<string, string> {
    const { rateLimitRequests, rateLimitWindowMs, rateLimitHeaders } = this.#switches;
    if (rateLimitRequests === 0 || rateLimitHeaders !== 'x-ratelimit') return {};
    return {
      'X-RateLimit-Limit': String(rateLimitRequests),
      'X-RateLimit-Remaining': String(Math.max(0, rateLimitRequests - this.#used)),
      'X-RateLimit-Reset': new Date(this.#windowStartMs + rateLimitWindowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    };
  }

  #retryAfter(nowMs: number): Record<string, string> {
    const { rateLimitHeaders, rateLimitWindowMs } = this.#switches;
    const endMs = this.#windowStartMs + rateLimitWindowMs;
    if (rateLimitHeaders === 'retry-after-seconds') return { 'Retry-After': String(Math.ceil((endMs - nowMs) / 1000)) };
    // An HTTP date has whole seconds: rounded up, or a client would come back too early.
    const date = new Date(Math.ceil(endMs / 1000) * 1000).toUTCString();
    return rateLimitHeaders === 'retry-after-date' ? { 'Retry-After': date } : {};
  }
}
