import { expect, it } from 'vitest';
import { faultNames } from './faults.ts';
import { scriptOf } from './generate.ts';
import { strikeKinds, strikePoints } from './script.ts';

const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
const steps = seeds.flatMap((seed) => scriptOf(seed).steps);
const syncs = steps.filter((step) => step.do === 'sync');

it('makes the same script of the same seed', () => {
  for (const seed of seeds) expect(scriptOf(seed)).toEqual(scriptOf(seed));
  expect(scriptOf(1)).not.toEqual(scriptOf(2));
});

it('meets every fault, every strike and every moment within two hundred seeds', () => {
  const drawn = new Set(syncs.flatMap(({ faults }) => faults.map(({ fault }) => fault)));
  expect(faultNames.filter((name) => !drawn.has(name))).toEqual([]);
  const strikes = syncs.flatMap(({ strike }) => strike ?? []);
  expect(new Set(strikes.map(({ strike }) => strike))).toEqual(new Set(strikeKinds));
  expect(new Set(strikes.map(({ at }) => at))).toEqual(new Set(strikePoints));
});
