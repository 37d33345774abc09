import { describe, expect, it } from 'vitest';
import { type AnswerReport, type Budget, draw, record } from '../../domain/budget.ts';
import type { Allowance } from '../../domain/request-window.ts';

const now = 1_000_000;
const half: Allowance = { share: 0.5 };
const take = (budget: Budget, at: number, want = 1_000, allowance = half) =>
  draw(budget, at, { want, allowance, lane: 'urgent' });
const learn = (budget: Budget, at: number, report: Partial<AnswerReport>) =>
  record(budget, at, { answered: 1, ...report }, half);
const told = (remaining: number, resetInMs: number) => ({ told: { limit: 300, remaining, resetInMs } });
const refusal = { isConcurrency: false, isOverload: false };

describe('a window that the vendor tells', () => {
  it('gives the share, then the time until the next window, then the share again', () => {
    const known = learn({}, now, told(300, 60_000));
    const first = take(known, now);
    expect(first.slice).toMatchObject({ granted: 150, endsInMs: 60_000 });
    expect(take(first.budget, now + 10_000).slice).toMatchObject({ granted: 0, waitMs: 50_000 });
    expect(take(first.budget, now + 60_000).slice).toMatchObject({ granted: 150 });
  });

  it.each([
    ['a late answer with more remaining changes nothing', told(290, 59_500), 100],
    ['an answer with less remaining, since others use it too, counts', told(180, 59_500), 30],
    ['an answer from the window before changes nothing', told(0, 400), 100],
    ['an answer from the next window begins it', told(299, 119_000), 149],
  ])('%s', (_, report, left) => {
    const { budget } = take(learn({}, now, told(300, 60_000)), now, 50);
    expect(take(learn(budget, now + 500, report), now + 500).slice.granted).toBe(left);
  });

  it('that begins later than thought is waited for, and has what was granted too early deducted', () => {
    const rolledOver = take(learn({}, now, told(150, 10_000)), now + 10_000, 5).budget;
    const stillOld = learn(rolledOver, now + 10_100, told(150, 900));
    expect(take(stillOld, now + 10_100).slice).toMatchObject({ granted: 0, waitMs: 900 });
    expect(take(stillOld, now + 11_000).slice).toMatchObject({ granted: 145 });
  });

  it('whose first answer came right before its end is not taken for one that never lasts', () => {
    // Otherwise what is granted is void before it arrives, no answer tells more, and nobody ever goes again.
    const known = learn({}, now, told(299, 0.15));
    const { slice } = take(known, now + 1_000, 5);
    expect(slice.granted).toBe(5);
    expect(slice.endsInMs).toBeGreaterThanOrEqual(1_000);
  });

  it('ends the search for a rate', () => {
    const searching = learn({ throughput: { answered: 50, since: now - 5_000, until: now } }, now, { refusal });
    expect(searching.rate).toBeDefined();
    expect(learn(searching, now + 2_000, told(300, 60_000)).rate).toBeUndefined();
  });
});

describe('a refusal without a word on the limit', () => {
  it('pauses for 1 s, 2 s, 4 s up to a minute, with one request to try after each', () => {
    const pauses: number[] = [];
    let budget = learn({}, now, { answered: 20 });
    let at = now;
    for (let i = 0; i < 8; i += 1) {
      budget = learn(budget, at, { answered: 0, refusal });
      const { waitMs } = take(budget, at).slice;
      pauses.push(waitMs / 1_000);
      at += waitMs;
      const probe = take(budget, at);
      expect(probe.slice).toMatchObject({ granted: 1, isProbe: true });
      expect(take(probe.budget, at).slice).toMatchObject({ granted: 0, isBlocked: true });
      budget = probe.budget;
      at += 50;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('counts once for all requests that were under way with it', () => {
    const busy: Budget = { throughput: { answered: 200, since: now - 10_000, until: now } };
    const once = learn(busy, now, { answered: 0, refusal });
    const more = learn(learn(once, now + 10, { answered: 0, refusal }), now + 20, { answered: 0, refusal });
    expect(more.rate).toEqual(once.rate);
    expect(more.block).toEqual(once.block);
  });

  it('lets requests through evenly, at less than what went well, and gains on it within a minute or so', () => {
    const busy: Budget = { throughput: { answered: 200, since: now - 10_000, until: now } };
    const refused = learn(busy, now, { answered: 0, refusal });
    let budget = learn(take(refused, now + 1_000).budget, now + 1_050, {});
    const grants: number[] = [];
    for (let second = 0; second < 120; second += 1) {
      const { budget: next, slice } = take(budget, now + 1_050 + second * 1_000);
      budget = next;
      grants.push(slice.granted);
      expect(slice.intervalMs).toBeGreaterThan(0);
    }
    expect(grants[1]).toBeLessThan(18);
    expect(grants[60]).toBeGreaterThan(16);
    expect(grants[119]).toBeGreaterThan(grants[60] ?? 0);
  });

  it('is not forgotten while nobody asks', () => {
    const rate = { ceiling: 20, growsFrom: now, spentUntil: now, isGuess: false };
    expect(1_000 / take({ rate }, now + 3_600_000).slice.intervalMs).toBeCloseTo(17);
  });
});

it.each([
  ['for concurrency', { ...refusal, isConcurrency: true }, 1_000],
  ['for overload', { ...refusal, isOverload: true, holdMs: 7_000 }, 7_000],
])('a refusal %s pauses, and all is as before', (_, given, pauseMs) => {
  const refused = learn(learn({}, now, {}), now, { answered: 0, refusal: given });
  expect(take(refused, now).slice).toMatchObject({ granted: 0, waitMs: pauseMs });
  expect(take(refused, now + pauseMs).slice).toMatchObject({ granted: 1_000, isProbe: false, intervalMs: 0 });
});

it('the configured requests per minute hold beside what the vendor tells', () => {
  const known = learn({}, now, told(300, 10_000));
  const allowance = { share: 0.5, requestsPerMinute: 200 };
  const first = take(known, now, 1_000, allowance);
  const second = take(first.budget, now + 10_000, 1_000, allowance);
  expect([first.slice.granted, second.slice.granted]).toEqual([150, 50]);
  expect(take(second.budget, now + 20_000, 1_000, allowance).slice).toMatchObject({ granted: 0, waitMs: 40_000 });
});
