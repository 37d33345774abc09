import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FloodGate, mostSubjects, perMs } from '../../domain/flood.ts';

const ids = (from: number, count: number): string[] => Array.from({ length: count }, (_, at) => `00u${from + at}`);

it('lets so many different ones through in a minute, and the others go together', () => {
  const gate = new FloodGate<string>();
  expect(gate.admit(ids(0, 150), 0)).toEqual({ oneByOne: ids(0, 150), together: [] });
  const { oneByOne, together } = gate.admit(ids(100, 150), 1_000);
  // Fifty of them were known already.
  expect(oneByOne).toEqual(ids(100, 100));
  expect(together).toEqual(ids(200, 50));
});

it('lets nobody through one by one in a flood, also none who came through before', () => {
  const gate = new FloodGate<string>();
  gate.admit(ids(0, mostSubjects), 0);
  expect(gate.admit(ids(0, 10), 1_000)).toEqual({ oneByOne: [], together: ids(0, 10) });
  expect(gate.admit(ids(0, 10), perMs)).toEqual({ oneByOne: ids(0, 10), together: [] });
});

it('is open again once a minute has passed since they came first', () => {
  const gate = new FloodGate<string>();
  gate.admit(ids(0, mostSubjects), 0);
  gate.admit(ids(0, mostSubjects), perMs - 1);
  expect(gate.admit(['00ulate'], perMs - 1).together).toEqual(['00ulate']);
  expect(gate.admit(['00ulate'], perMs).together).toEqual([]);
});

it('loses nobody, tells nobody twice in one call and never lets more through than a minute may have', () => {
  const call = fc.record({
    waitMs: fc.integer({ min: 0, max: perMs }),
    from: fc.integer({ min: 0, max: 600 }),
    count: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 20 }), (calls) => {
      const gate = new FloodGate<string>();
      const admitted: { id: string; at: number }[] = [];
      let now = 0;
      for (const { waitMs, from, count } of calls) {
        now += waitMs;
        const wanted = ids(from, count);
        const { oneByOne, together } = gate.admit([...wanted, ...wanted], now);
        expect([...oneByOne, ...together].sort()).toEqual(wanted.toSorted());
        admitted.push(...oneByOne.map((id) => ({ id, at: now })));
        const lately = new Set(admitted.filter(({ at }) => at > now - perMs).map(({ id }) => id));
        // Who was admitted before the minute began and comes again within it counts from when they came first.
        expect(lately.size).toBeLessThanOrEqual(2 * mostSubjects);
      }
    }),
  );
});
