import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allowed } from '../../domain/guard.ts';
import { peopleForOneMore } from '../../domain/offboarding-limit.ts';

it('one more has a place exactly where there are as many people as it says', () => {
  const limits = fc
    .record({
      percent: fc.oneof(
        fc.integer({ min: 0, max: 100 }),
        fc.double({ min: 0, max: 100, noNaN: true }).map((share) => Math.round(share * 10) / 10),
      ),
      atLeast: fc.nat(50),
      more: fc.nat(2_000),
    })
    .map(({ percent, atLeast, more }) => ({ percent, atLeast, atMost: atLeast + more }));
  fc.assert(
    fc.property(limits, fc.nat(2_100), fc.nat(250_000), (limit, taken, people) => {
      const needed = peopleForOneMore(limit, taken);
      for (const there of [people, needed, needed - 1].filter((one) => Number.isFinite(one) && one >= 0))
        expect(there >= needed, `${there} people`).toBe(taken < allowed(limit, there));
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  [0, 0],
  [24, 0],
  [25, 520],
  [99, 2_000],
  [999, 20_000],
  [1_000, Number.POSITIVE_INFINITY],
])('after %i places of a day, by default one more needs %d people', (taken, people) => {
  expect(peopleForOneMore({ percent: 5, atLeast: 25, atMost: 1_000 }, taken)).toBe(people);
});
