import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  type Guard,
  type GuardCount,
  type GuardSettings,
  guards,
  judge,
  type Limit,
} from '../../domain/guard.ts';

const limit = (percent: number, atLeast: number, atMost: number): Limit => ({ percent, atLeast, atMost });
const nothing: GuardCount = { count: 0, base: 0, usedToday: 0 };
const counts = (given: Partial<Record<Guard, GuardCount>>) =>
  Object.fromEntries(guards.map((guard) => [guard, given[guard] ?? nothing])) as Record<Guard, GuardCount>;
const settings = (perRun: Limit, perDay: Limit = perRun) =>
  Object.fromEntries(guards.map((guard) => [guard, { perRun, perDay }])) as unknown as GuardSettings;

describe('how much goes without approval', () => {
  it.each([
    ['20 people: the least number, since five percent of them is one', 20, 3],
    ['1,000 people: the share', 1_000, 50],
    ['200,000 people: the most that somebody would still notice', 200_000, 500],
    ['nobody: the least number', 0, 3],
  ])('of %s', (_title, base, expected) => {
    expect(allowed(limit(5, 3, 500), base)).toBe(expected);
  });
});

describe('a guard', () => {
  it('lets through what is within both limits, and says nothing of what does not occur', () => {
    expect(judge(counts({ deactivations: { count: 3, base: 20, usedToday: 0 } }), settings(limit(5, 3, 500)))).toEqual([
      { guard: 'deactivations', count: 3, base: 20, usedToday: 0, allowedPerRun: 3, allowedPerDay: 3 },
    ]);
  });

  it('trips at one more than a run may', () => {
    const [verdict] = judge(counts({ creations: { count: 4, base: 20, usedToday: 0 } }), settings(limit(5, 3, 500)));
    expect(verdict).toMatchObject({ guard: 'creations', trippedBy: 'run' });
  });

  it('trips when a slow drip adds up over the day, although each run is small', () => {
    const given = counts({ memberRemovals: { count: 3, base: 20, usedToday: 4 } });
    const [verdict] = judge(given, settings(limit(5, 3, 500), limit(10, 6, 1_000)));
    expect(verdict).toMatchObject({ trippedBy: 'day', allowedPerDay: 6 });
  });

  it('has one limit for both plans of a run', () => {
    const given = counts({ deactivations: { count: 2, base: 20, usedToday: 2, usedInRun: 2 } });
    expect(judge(given, settings(limit(5, 3, 500), limit(100, 100, 500)))[0]).toMatchObject({ trippedBy: 'run' });
    const elsewhere = counts({ deactivations: { count: 2, base: 20, usedToday: 2, usedInRun: 0 } });
    expect(judge(elsewhere, settings(limit(5, 3, 500), limit(100, 100, 500)))[0]?.trippedBy).toBeUndefined();
  });

  it('never lets through more than a day allows, in whatever portions it comes', () => {
    const portions = fc.array(fc.nat(40), { maxLength: 30 });
    const someLimit = fc
      .tuple(fc.nat(100), fc.nat(50), fc.nat(200))
      .map(([percent, atLeast, more]) => limit(percent, atLeast, atLeast + more));
    fc.assert(
      fc.property(portions, someLimit, someLimit, fc.nat(1_000), (given, perRun, perDay, base) => {
        let usedToday = 0;
        for (const count of given) {
          const [verdict] = judge(counts({ deactivations: { count, base, usedToday } }), settings(perRun, perDay));
          if (verdict && verdict.trippedBy === undefined) usedToday += count;
          if (verdict && verdict.trippedBy === undefined) expect(count).toBeLessThanOrEqual(allowed(perRun, base));
        }
        expect(usedToday).toBeLessThanOrEqual(allowed(perDay, base));
      }),
    );
  });
});
