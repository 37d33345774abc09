import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRateAnswer } from '../../connectors/retry-after.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const httpDate = (ms: number): string => new Date(ms).toUTCString();
const read = (headers: Record<string, string>, status = 429) => readRateAnswer(status, new Headers(headers), now);

describe('what an answer says of the rate limit', () => {
  it.each<[string, Record<string, string>, object]>([
    ['nothing', {}, {}],
    ['Retry-After in seconds', { 'retry-after': '7' }, { retryAfterMs: 7_000 }],
    ['Retry-After of zero', { 'retry-after': '0' }, { retryAfterMs: 0 }],
    [
      'Retry-After as an HTTP-date',
      { 'retry-after': httpDate(now + 9_000), date: httpDate(now) },
      { retryAfterMs: 9_000 },
    ],
    ['an HTTP-date without Date', { 'retry-after': httpDate(now + 9_000) }, { retryAfterMs: 9_000 }],
    ['an HTTP-date in the past', { 'retry-after': httpDate(now - 9_000), date: httpDate(now) }, { retryAfterMs: 0 }],
    ['a negative Retry-After', { 'retry-after': '-5' }, {}],
    ['words for Retry-After', { 'retry-after': 'soon' }, {}],
    [
      'an absurd Retry-After, bounded to a quarter of an hour',
      { 'retry-after': '9'.repeat(400) },
      { retryAfterMs: 900_000 },
    ],
    ['a Retry-After of years', { 'retry-after': httpDate(now + 5 * 365 * 86_400_000) }, { retryAfterMs: 900_000 }],
    ['a reset of years', { 'x-rate-limit-reset': String(now) }, { resetAt: now + 900_000 }],
    [
      'Atlassian: reset in ISO 8601',
      {
        'x-ratelimit-limit': '100',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '2026-03-01T12:00:30Z',
        date: httpDate(now),
      },
      { limit: 100, remaining: 0, resetAt: now + 30_000 },
    ],
    [
      'an ISO reset to the minute without seconds',
      { 'x-ratelimit-reset': '2026-03-01T12:01Z' },
      { resetAt: now + 60_000 },
    ],
    ['an ISO reset without zone is UTC', { 'x-ratelimit-reset': '2026-03-01T12:00:30' }, { resetAt: now + 30_000 }],
    ['an ISO reset with an offset', { 'x-ratelimit-reset': '2026-03-01T13:00:30+01:00' }, { resetAt: now + 30_000 }],
    [
      'Okta: reset in epoch seconds',
      {
        'x-rate-limit-limit': '600',
        'x-rate-limit-remaining': '599',
        'x-rate-limit-reset': String(now / 1000 + 42),
        date: httpDate(now),
      },
      { limit: 600, remaining: 599, resetAt: now + 42_000 },
    ],
    [
      'a reset in the past is now',
      { 'x-rate-limit-reset': String(now / 1000 - 5), date: httpDate(now) },
      { resetAt: now },
    ],
    ['a repeated reset is ignored', { 'x-rate-limit-reset': '1772366442, 1772366500' }, {}],
    ['a reset that is no instant', { 'x-ratelimit-reset': '2026-99-99T99:99:99Z' }, {}],
    ['a remaining that is no number', { 'x-ratelimit-remaining': 'many' }, {}],
  ])('reads %s', (_what, headers, expected) => {
    expect(read(headers)).toEqual({ status: 429, ...expected });
  });

  it('waits equally long whatever either clock shows', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000_000, max: 10_000_000 }), fc.integer({ min: 0, max: 900 }), (skew, wait) => {
        const vendorNow = now + skew * 1000;
        const date = httpDate(vendorNow);
        const reset = vendorNow + wait * 1000;
        expect(read({ date, 'x-rate-limit-reset': String(reset / 1000) }).resetAt).toBe(now + wait * 1000);
        expect(read({ date, 'x-ratelimit-reset': new Date(reset).toISOString() }).resetAt).toBe(now + wait * 1000);
        expect(read({ date, 'retry-after': httpDate(reset) }).retryAfterMs).toBe(wait * 1000);
      }),
    );
  });

  it('never tells a negative, endless or broken number, whatever the headers hold', () => {
    const headerText = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.integer().map(String),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    );
    const names = [
      'date',
      'retry-after',
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-rate-limit-reset',
      'x-ratelimit-reset',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), headerText), (headers) => {
        const {
          resetAt = now,
          retryAfterMs = 0,
          limit = 0,
          remaining = 0,
        } = readRateAnswer(200, { get: (name) => headers[name] ?? null }, now);
        for (const wait of [resetAt - now, retryAfterMs]) expect(wait >= 0 && wait <= 900_000).toBe(true);
        expect(limit >= 0 && remaining >= 0).toBe(true);
      }),
    );
  });
});
