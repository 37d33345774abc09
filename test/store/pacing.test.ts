import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import { connectStore } from '../../store/connect.ts';
import type { Budgets } from '../../store/pacing/bucket-queue.ts';
import { createPacer, createPacerOver, type PacerOptions } from '../../store/pacing/pacer.ts';
import { measure, type VendorOptions, VirtualClock, virtualBudgets } from './virtual-vendor.ts';

const minute = 60_000;

describe('a vendor that tells its limit', () => {
  const okta = { limit: 300, windowMs: minute, windows: 'from first call', tells: 'headers' } as const;
  const cloud = { limit: 100, windowMs: 10_000, windows: 'by the clock', tells: 'headers' } as const;

  it.each([
    ['one process, half of the limit', okta, { concurrency: 16, pacers: 1, share: 0.5 }],
    ['one process, all of it', okta, { concurrency: 16, pacers: 1, share: 1 }],
    ['three processes, all of it', okta, { concurrency: 8, pacers: 3, share: 1 }],
    ['a reset rounded down', { ...okta, reset: 'down' as const }, { concurrency: 16, pacers: 2, share: 1 }],
    ['a tiny limit', { ...okta, limit: 20 }, { concurrency: 8, pacers: 1, share: 0.5 }],
    ['short windows', cloud, { concurrency: 16, pacers: 1, share: 0.8 }],
    ['short windows, three processes', cloud, { concurrency: 8, pacers: 3, share: 1 }],
    ['a large limit', { ...okta, limit: 6_000 }, { concurrency: 32, pacers: 1, share: 0.9 }],
  ])('has at least 95 %% of the share used and under 1 %% refused: %s', async (_, vendor, load) => {
    const { used, refused } = await measure(vendor, load, vendor.windowMs, 20 * vendor.windowMs);
    expect(used).toBeGreaterThanOrEqual(0.95);
    expect(used).toBeLessThanOrEqual(1.005);
    expect(refused).toBeLessThan(0.01);
  });

  it('has its share used whatever limit, share, processes and callers', async () => {
    const cases = fc.record({
      limit: fc.integer({ min: 20, max: 1_000 }),
      share: fc.constantFrom(0.3, 0.5, 0.75, 1),
      pacers: fc.integer({ min: 1, max: 3 }),
      concurrency: fc.integer({ min: 4, max: 24 }),
      windows: fc.constantFrom<VendorOptions['windows']>('by the clock', 'from first call'),
      latencyMs: fc.integer({ min: 5, max: 200 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ limit, windows, latencyMs, ...load }) => {
        const vendor = { ...okta, limit, windows, latencyMs };
        const { vendor: asked, used, refused } = await measure(vendor, load, minute, 15 * minute);
        const mostPerSecond = (1_000 / latencyMs) * load.pacers * load.concurrency;
        fc.pre(mostPerSecond * 40 > limit * load.share);
        expect(asked.answers.length).toBeGreaterThan(0);
        expect({ isUsed: used >= 0.95, isKept: used <= 1.005 && refused < 0.01 }).toEqual({
          isUsed: true,
          isKept: true,
        });
      }),
      { numRuns: 15 },
    );
  });

  it('has the others’ part left to them while they use it', async () => {
    const load = { concurrency: 16, pacers: 3, share: 0.5, othersPerSecond: 2 };
    const { vendor, refused } = await measure(okta, load, minute, 10 * minute);
    const others = vendor.answers.filter(({ who }) => who === 'others');
    expect(refused).toBe(0);
    expect(others.filter(({ isRefused }) => isRefused)).toEqual([]);
  });
});

describe('a vendor that tells no limit', () => {
  const bare = { limit: 100, windowMs: 10_000, windows: 'from first call', tells: 'nothing' } as const;

  it.each([
    ['100 per 10 s', bare, { concurrency: 16, pacers: 1, share: 1 }],
    [
      '100 per 10 s by the clock',
      { ...bare, windows: 'by the clock' as const },
      { concurrency: 16, pacers: 1, share: 1 },
    ],
    ['100 per 10 s, three processes', bare, { concurrency: 8, pacers: 3, share: 1 }],
    ['1,000 per 10 s', { ...bare, limit: 1_000 }, { concurrency: 16, pacers: 1, share: 1 }],
    ['600 per minute', { ...bare, limit: 600, windowMs: minute }, { concurrency: 16, pacers: 1, share: 1 }],
    [
      '100 per 10 s with Retry-After',
      { ...bare, tells: 'retry-after' as const },
      { concurrency: 16, pacers: 1, share: 1 },
    ],
  ])('is found out: nine tenths used, under 1 %% refused, the search included: %s', async (_, vendor, load) => {
    const { used, refusedFromStart } = await measure(vendor, load, 5 * minute, 20 * minute);
    expect(used).toBeGreaterThan(0.9);
    expect(refusedFromStart).toBeLessThan(0.01);
  });

  it('gets exactly the configured requests per minute, and never a refusal', async () => {
    const load = { concurrency: 16, pacers: 3, share: 1, requestsPerMinute: 120 };
    const { accepted, refused } = await measure({ ...bare, limit: 1_000 }, load, minute, 10 * minute);
    expect(accepted).toBeGreaterThanOrEqual(0.95 * 1_200);
    expect(accepted).toBeLessThanOrEqual(1_200);
    expect(refused).toBe(0);
  });

  it('costs the budget about one question a second as long as it refuses nothing', async () => {
    const vendor = { ...bare, limit: 1e9, latencyMs: 20 };
    const { accepted, draws } = await measure(vendor, { concurrency: 4, pacers: 1, share: 1 }, 5_000, 60_000);
    expect(accepted).toBeGreaterThan(11_000);
    expect(draws).toBeLessThan(2 * 65);
  });
});

const bucket = 'okta /users';
const aSetting = (options: Partial<PacerOptions> & { requestsPerMinute?: number; budgets?: Budgets } = {}) => {
  const clock = new VirtualClock();
  const { budgets } = virtualBudgets(clock);
  const { requestsPerMinute, budgets: others, ...rest } = options;
  const pacerOf = (lane: PacerOptions['lane']) =>
    createPacerOver(others ?? budgets, clock, {
      lane,
      maxWaitMs: 75_000,
      allowanceOf: () => ({ share: 1, ...(requestsPerMinute !== undefined && { requestsPerMinute }) }),
      ...rest,
    });
  return { clock, pacerOf, pacer: pacerOf('bulk') };
};

/** What became of it, once that is known. */
const watch = (promise: Promise<void>) => {
  const seen: { outcome: 'waits' | 'goes' | Failure | unknown } = { outcome: 'waits' };
  promise.then(
    () => {
      seen.outcome = 'goes';
    },
    (error: unknown) => {
      seen.outcome = error;
    },
  );
  return seen;
};
const many = (count: number, one: () => Promise<void>) => Array.from({ length: count }, () => watch(one()));
const going = (seen: readonly { outcome: unknown }[]) => seen.filter(({ outcome }) => outcome === 'goes').length;

describe('acquire', () => {
  it('serves first come, first served', async () => {
    const { clock, pacer } = aSetting({ requestsPerMinute: 5, maxWaitMs: 3 * minute });
    const order: number[] = [];
    for (let i = 0; i < 15; i += 1) void pacer.acquire(bucket).then(() => order.push(i));
    await clock.pass(2.1 * minute);
    expect(order).toEqual(Array.from({ length: 15 }, (_, i) => i));
  });

  it('waits in place for the next window where the lane lets it', async () => {
    const { clock, pacer } = aSetting({ requestsPerMinute: 4 });
    const seen = many(8, () => pacer.acquire(bucket));
    await clock.pass(minute - 1_000);
    expect(going(seen)).toBe(4);
    await clock.pass(2_000);
    expect(going(seen)).toBe(8);
  });

  it('raises RateLimited at once when the wait is too long, and says how long', async () => {
    const { clock, pacerOf } = aSetting({ requestsPerMinute: 10, maxWaitMs: 10_000 });
    const pacer = pacerOf('urgent');
    const seen = many(11, () => pacer.acquire(bucket));
    await clock.pass(100);
    const late = watch(pacer.acquire(bucket));
    await clock.pass(1);
    for (const { outcome } of [seen[10], late].map((one) => one ?? { outcome: undefined })) {
      expect(outcome).toMatchObject({ kind: 'RateLimited', details: { retryAfterMs: expect.any(Number) } });
      const wait = outcome instanceof Failure ? outcome.details.retryAfterMs : 0;
      expect(wait).toBeGreaterThan(59_000);
      expect(wait).toBeLessThanOrEqual(minute);
    }
  });

  it('goes on after a first answer that came when its window was as good as over', async () => {
    const { clock, pacer } = aSetting({});
    watch(pacer.acquire(bucket));
    await clock.pass(100);
    // The store hears of it a millisecond later.
    pacer.learn(bucket, { status: 200, limit: 300, remaining: 299, resetAt: clock.epoch() + 1.15 });
    await clock.pass(5_000);
    const seen = many(5, () => pacer.acquire(bucket));
    await clock.pass(1_000);
    expect(going(seen)).toBe(5);
  });

  it('keeps a tenth of the window for urgent work', async () => {
    const { clock, pacer, pacerOf } = aSetting({ requestsPerMinute: 100, maxWaitMs: 500 });
    const bulk = many(100, () => pacer.acquire(bucket));
    await clock.pass(1_000);
    const urgent = many(20, () => pacerOf('urgent').acquire(bucket));
    await clock.pass(1_000);
    expect({ bulk: going(bulk), urgent: going(urgent) }).toEqual({ bulk: 90, urgent: 10 });
  });

  it('ends at once with the reason of the caller’s signal, and the next in line goes on', async () => {
    const { clock, pacer } = aSetting({ requestsPerMinute: 1 });
    const stop = new AbortController();
    const first = watch(pacer.acquire(bucket));
    await clock.pass(10);
    const given = watch(pacer.acquire(bucket, { signal: stop.signal }));
    const next = watch(pacer.acquire(bucket));
    await clock.pass(10);
    stop.abort('shut down');
    await clock.pass(1);
    expect([first.outcome, given.outcome, next.outcome]).toEqual(['goes', 'shut down', 'waits']);
    await clock.pass(minute);
    expect(next.outcome).toBe('goes');
    await expect(pacer.acquire(bucket, { signal: AbortSignal.abort('too late') })).rejects.toBe('too late');
  });

  it('keeps buckets apart', async () => {
    const { clock, pacer } = aSetting({ requestsPerMinute: 1 });
    const seen = ['a', 'a', 'b'].map((name) => watch(pacer.acquire(name)));
    await clock.pass(1_000);
    expect(seen.map(({ outcome }) => outcome)).toEqual(['goes', 'waits', 'goes']);
  });
});

describe('a refusal', () => {
  it('holds all callers at once, as long as the vendor says', async () => {
    const { clock, pacer } = aSetting();
    await Promise.all([pacer.acquire(bucket), clock.pass(10)]);
    pacer.learn(bucket, { status: 429, retryAfterMs: 20_000 });
    const seen = many(5, () => pacer.acquire(bucket));
    await clock.pass(19_900);
    expect(going(seen)).toBe(0);
    await clock.pass(200);
    expect(going(seen)).toBe(1);
    pacer.learn(bucket, { status: 200 });
    await clock.pass(6_000);
    expect(going(seen)).toBe(5);
  });

  it('holds the other lanes and processes within a second or so', async () => {
    const { clock, pacer, pacerOf } = aSetting();
    const other = pacerOf('event');
    await Promise.all([pacer.acquire(bucket), other.acquire(bucket), clock.pass(10)]);
    pacer.learn(bucket, { status: 429, retryAfterMs: 20_000 });
    await clock.pass(1_100);
    const seen = many(5, () => other.acquire(bucket));
    await clock.pass(18_000);
    expect(going(seen)).toBe(0);
  });

  it('for concurrency is a short pause and does not slow the bucket down', async () => {
    const { clock, pacer } = aSetting();
    await Promise.all([pacer.acquire(bucket), clock.pass(10)]);
    pacer.learn(bucket, { status: 429, limit: 0, remaining: 0, resetAt: clock.epoch() + 50_000 });
    const seen = many(150, () => pacer.acquire(bucket));
    await clock.pass(900);
    expect(going(seen)).toBe(0);
    await clock.pass(300);
    expect(going(seen)).toBe(150);
  });
});

describe('without the store', () => {
  const away = new Error('connection refused');

  it('nobody goes, and after the longest wait Unavailable is raised', async () => {
    const budgets: Budgets = { draw: () => Promise.reject(away), record: () => Promise.reject(away) };
    const { clock, pacer } = aSetting({ budgets, maxWaitMs: 10_000 });
    const seen = watch(pacer.acquire(bucket));
    await clock.pass(9_900);
    expect(seen.outcome).toBe('waits');
    await clock.pass(200);
    expect(seen.outcome).toMatchObject({ kind: 'Unavailable', cause: away, details: { system: 'store' } });
  });

  it('a store that never answers does not hold a caller longer than that', async () => {
    const never = () => new Promise<never>(() => {});
    const { clock, pacer } = aSetting({ budgets: { draw: never, record: never }, maxWaitMs: 10_000 });
    const seen = many(3, () => pacer.acquire(bucket));
    await clock.pass(10_100);
    expect(seen.map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ kind: 'Unavailable' })),
    );
  });

  it('callers that wait go on when it is back', async () => {
    let isAway = true;
    const clock = new VirtualClock();
    const { budgets } = virtualBudgets(clock);
    const flaky: Budgets = { ...budgets, draw: (...args) => (isAway ? Promise.reject(away) : budgets.draw(...args)) };
    const pacer = createPacerOver(flaky, clock, { lane: 'bulk', maxWaitMs: 75_000, allowanceOf: () => ({ share: 1 }) });
    const seen = many(3, () => pacer.acquire(bucket));
    await clock.pass(30_000);
    expect(going(seen)).toBe(0);
    isAway = false;
    await clock.pass(1_000);
    expect(going(seen)).toBe(3);
  });

  it('the real one raises Unavailable too', async () => {
    const store = connectStore({ url: 'postgres://nobody:nothing@127.0.0.1:1/none' });
    const pacer = createPacer(store, { lane: 'urgent', maxWaitMs: 300, allowanceOf: () => ({ share: 1 }) });
    await expect(pacer.acquire(bucket)).rejects.toMatchObject({ kind: 'Unavailable' });
    await store.destroy();
  });
});
