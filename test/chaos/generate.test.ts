import { expect, it } from 'vitest';
import { faultNames } from './faults.ts';
import { scriptOf, shortSeeds } from './generate.ts';
import { type SeedReport, unmet } from './report.ts';
import { strikeKinds, strikeName, strikePoints } from './script.ts';
import { lagOf } from './world.ts';

const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
const steps = seeds.flatMap((seed) => scriptOf(seed).steps);
const syncs = steps.filter((step) => step.do === 'sync');

it('makes the same script of the same seed', () => {
  for (const seed of seeds) expect(scriptOf(seed)).toEqual(scriptOf(seed));
  expect(scriptOf(1)).not.toEqual(scriptOf(2));
});

const strikesOf = (seed: number) =>
  scriptOf(seed).steps.flatMap((step) => (step.do === 'sync' && step.strike ? [strikeName(step.strike)] : []));

it('meets every fault within two hundred seeds', () => {
  const drawn = new Set(syncs.flatMap(({ faults }) => faults.map(({ fault }) => fault)));
  expect(faultNames.filter((name) => !drawn.has(name))).toEqual([]);
});

/** A report in which each strike that was drawn has happened. */
const reported = (from: number, count: number): SeedReport[] =>
  Array.from({ length: count }, (_, index) => {
    const strikes = Object.fromEntries(strikesOf(from + index).map((name) => [name, 1]));
    return { seed: from + index, seconds: 1, runs: 1, calls: 1, syncs: 1, fired: {}, strikes, violations: [] };
  });

it.each([1, 2, 3, 201, 777])('meets every strike at every moment within two hundred seeds from %i on', (from) => {
  const seen = reported(from, 200).flatMap(({ strikes }) => Object.keys(strikes));
  for (const kind of strikeKinds)
    for (const at of strikePoints) expect(seen.filter((name) => name.startsWith(`${kind} at ${at}`))).not.toEqual([]);
  expect(seen.length).toBeLessThanOrEqual(67);
  expect(seen.filter((name) => name.endsWith('(a minute)')).length).toBeGreaterThanOrEqual(3);
  expect(unmet(reported(from, 200))).toEqual([]);
});

it('strikes in each way with Okta behind and without', () => {
  for (const kind of strikeKinds) {
    const struck = seeds.filter((seed) => strikesOf(seed).some((name) => name.startsWith(`${kind} at `)));
    expect(new Set(struck.map((seed) => lagOf(seed) > 0))).toEqual(new Set([true, false]));
  }
});

it('strikes at no more writes than are certain: of one that is refused at first, two begin and one is done', () => {
  const strikes = seeds.flatMap((seed) =>
    scriptOf(seed).steps.flatMap((step) => (step.do === 'sync' && step.strike ? [step.strike] : [])),
  );
  const most = (point: string) => Math.max(...strikes.flatMap(({ at, nth }) => (at === point ? [nth] : [])));
  expect([most('write-begins'), most('write-done')]).toEqual([2, 1]);
});

it('tells which strike did not happen in any of so many seeds', () => {
  const all = reported(1, 200);
  const without = (lost: string): SeedReport[] =>
    all.map((one) => ({ ...one, strikes: name(one) === lost ? {} : one.strikes }));
  const name = ({ strikes }: SeedReport): string | undefined => Object.keys(strikes)[0];
  expect(unmet(without('freeze-overtaken at planned'))).toEqual(['never struck: freeze-overtaken at planned']);
  const calm = all.map((one) => ({ ...one, strikes: name(one)?.endsWith('(a minute)') ? {} : one.strikes }));
  expect(unmet(calm)).toContain('the database was away for a minute 0 times instead of 3');
});

it('kills a worker before the first write, and freezes one that is overtaken, in the short form', () => {
  expect(shortSeeds.flatMap(strikesOf)).toEqual(['kill at guarded', 'freeze-overtaken at write-begins']);
});
