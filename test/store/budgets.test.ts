import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnswerReport } from '../../domain/budget.ts';
import type { Allowance, Lane } from '../../domain/request-window.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { drawSlice, recordAnswer } from '../../store/pacing/budgets.ts';
import { createPacer } from '../../store/pacing/pacer.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

let database: FreshDatabase;
let one: Store;
let other: Store;
let bucket = '';

beforeAll(async () => {
  database = await freshDatabase();
  one = connectStore({ url: database.url, poolSize: 4 });
  other = connectStore({ url: database.url, poolSize: 4 });
});

afterAll(async () => {
  await Promise.all([one.destroy(), other.destroy()]);
  await database.drop();
});

let count = 0;
beforeEach(() => {
  count += 1;
  bucket = `bucket ${count}`;
});

const half: Allowance = { share: 0.5 };
const draw = (store: Store, want: number, allowance = half, lane: Lane = 'urgent') =>
  drawSlice(store, bucket, { want, allowance, lane });
const tell = (store: Store, report: Partial<AnswerReport>, allowance = half) =>
  recordAnswer(store, bucket, { answered: 1, ...report }, allowance);

/** Two processes that draw at the same time, over and over. */
const race = async (draws: number, want: number, allowance: Allowance, lane?: Lane): Promise<number> => {
  const slices = await Promise.all(
    Array.from({ length: draws }, (_, i) => draw(i % 2 === 0 ? one : other, want, allowance, lane)),
  );
  return slices.reduce((sum, { granted }) => sum + granted, 0);
};

describe('processes that race for a budget', () => {
  it('never get more together than the configured requests per minute', async () => {
    expect(await race(60, 7, { share: 1, requestsPerMinute: 100 })).toBe(100);
  });

  it('never get more together than the share of the window that the vendor told', async () => {
    await tell(one, { told: { limit: 300, remaining: 300, resetInMs: 60_000 } });
    expect(await race(60, 7, half)).toBe(150);
  });

  it('leave a tenth to urgent work', async () => {
    const allowance = { share: 1, requestsPerMinute: 100 };
    expect(await race(40, 7, allowance, 'bulk')).toBe(90);
    expect(await race(4, 7, allowance, 'urgent')).toBe(10);
  });

  it('get one probe together after a refusal that told no limit', async () => {
    await tell(one, { refusal: { holdMs: 1, isConcurrency: false, isOverload: false } });
    await vi.waitFor(async () => expect(await race(10, 5, half)).toBe(1));
  });
});

describe('what one process learns', () => {
  it('holds the others: a refusal, for as long as the vendor says', async () => {
    await tell(one, { refusal: { holdMs: 20_000, isConcurrency: false, isOverload: false } });
    const slice = await draw(other, 5);
    expect(slice).toMatchObject({ granted: 0, isBlocked: true });
    expect(slice.waitMs).toBeGreaterThan(19_000);
    expect(slice.waitMs).toBeLessThanOrEqual(20_000);
  });

  it('counts for the others: what is left of the window, less the part of whoever else uses the bucket', async () => {
    await tell(one, { told: { limit: 300, remaining: 160, resetInMs: 60_000 } });
    expect(await draw(other, 50)).toMatchObject({ granted: 10 });
    const slice = await draw(one, 50);
    expect(slice.granted).toBe(0);
    expect(slice.waitMs).toBeGreaterThan(59_000);
  });
});

it('a new window opens when the database says so, whatever the clock of this machine', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2001-01-01') });
  try {
    await tell(one, { told: { limit: 20, remaining: 10, resetInMs: 400 } });
    expect(await draw(one, 5)).toMatchObject({ granted: 0, isBlocked: false });
    vi.setSystemTime(new Date('2040-01-01'));
    expect(await draw(other, 5)).toMatchObject({ granted: 0 });
    await vi.waitFor(async () => expect(await draw(other, 50)).toMatchObject({ granted: 10 }));
  } finally {
    vi.useRealTimers();
  }
});

it('the pacer of each process takes from the one budget', async () => {
  const options = {
    lane: 'urgent',
    maxWaitMs: 2_000,
    allowanceOf: () => ({ share: 1, requestsPerMinute: 30 }),
  } as const;
  const pacers = [createPacer(one, options), createPacer(other, options)];
  const asked = Array.from({ length: 40 }, (_, i) => pacers[i % 2]?.acquire(bucket));
  const results = await Promise.allSettled(asked);
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(refused).toHaveLength(10);
  for (const failure of refused) expect(failure).toMatchObject({ kind: 'RateLimited' });
});
