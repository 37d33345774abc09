import { expect, it } from 'vitest';
import { faultNames } from './faults.ts';
import { scriptOf, shortSeeds } from './generate.ts';
import { type SeedReport, unmet } from './report.ts';
import {
  newsNames,
  type OrderName,
  orderNames,
  type Step,
  type Strike,
  strikeKinds,
  strikeName,
  strikePoints,
  timePoints,
} from './script.ts';
import { logFaultNames, orderFaultNames, type TimeFault, timeFaults } from './time-faults.ts';
import { lagOf, logMannersOf } from './world.ts';

const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
const steps = seeds.flatMap((seed) => scriptOf(seed).steps);
const of = <K extends Step['do']>(kind: K) =>
  steps.filter((step): step is Extract<Step, { do: K }> => step.do === kind);
const syncs = of('sync');
const orderSteps = of('order');

it('makes the same script of the same seed', () => {
  for (const seed of seeds) expect(scriptOf(seed)).toEqual(scriptOf(seed));
  expect(scriptOf(1)).not.toEqual(scriptOf(2));
});

const strikesOf = (seed: number) =>
  scriptOf(seed).steps.flatMap((step) => ('strike' in step && step.strike ? [strikeName(step.strike)] : []));

it('meets every fault within two hundred seeds', () => {
  const drawn = new Set(syncs.flatMap(({ faults }) => faults.map(({ fault }) => fault)));
  expect(faultNames.filter((name) => !drawn.has(name))).toEqual([]);
});

it('meets every fault of an offboarding and of the log within two hundred seeds, where it is certain to strike', () => {
  const drawn = new Set(orderSteps.flatMap(({ faults }) => faults.map(({ fault }) => fault)));
  expect(orderFaultNames.filter((name) => !drawn.has(name))).toEqual([]);
  for (const { order, faults } of orderSteps)
    for (const { fault } of faults) expect([order, (timeFaults[fault] as TimeFault).order]).not.toContain(undefined);
  const read = new Set(of('arrive').flatMap(({ faults }) => faults.map(({ fault }) => fault)));
  expect(logFaultNames.filter((name) => !read.has(name))).toEqual([]);
});

it('orders everything that HR can, alone, beside a sync and in the middle of one, and tells news in every way', () => {
  const besides = orderSteps.filter(({ isBesideSync }) => isBesideSync);
  const meanwhile = syncs.flatMap(({ meanwhile: one }) => one?.order ?? []);
  for (const drawn of [orderSteps, meanwhile])
    expect(new Set(drawn.map(({ order }) => order))).toEqual(new Set<OrderName>(orderNames));
  expect(new Set(besides.map(({ order }) => order)).size).toBeGreaterThan(orderNames.length / 2);
  expect(new Set(of('news').map(({ news }) => news))).toEqual(new Set(newsNames));
});

it('follows the log in half of the seeds, in order and not, with and without Okta behind, and always where that is struck', () => {
  const following = seeds.filter((seed) => scriptOf(seed).followsLog);
  expect(following.length).toBeGreaterThan(90);
  expect(following.length).toBeLessThan(125);
  expect(new Set(following.map((seed) => `${lagOf(seed)} ${logMannersOf(seed).logDisorderMs}`)).size).toBe(4);
  for (const seed of seeds) {
    const arrivals = scriptOf(seed).steps.filter((step) => step.do === 'arrive');
    expect(arrivals).toHaveLength(following.includes(seed) ? 1 : 0);
    if (strikesOf(seed).some((name) => name.includes('log-read'))) expect(following).toContain(seed);
  }
});

it('strikes an offboarding only where somebody is certain to lose access, and the log only where it is read', () => {
  const points = (step: { readonly strike?: Strike }) => (step.strike ? [step.strike.at] : []);
  expect(new Set(orderSteps.flatMap(points))).toEqual(new Set(timePoints.filter((at) => at !== 'log-read')));
  expect(new Set(of('arrive').flatMap(points))).toEqual(new Set(['log-read']));
  for (const { order, strike } of orderSteps)
    if (strike) expect(strike.at === 'ordered' ? ['offboard', 'change-of-mind'] : ['offboard']).toContain(order);
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
    for (const at of [...strikePoints, ...timePoints])
      expect(seen.filter((name) => name.startsWith(`${kind} at ${at}`))).not.toEqual([]);
  expect(seen.length).toBeLessThanOrEqual(67 + 50);
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
  const unless = (isLost: (name: string) => boolean): SeedReport[] =>
    all.map((one) => ({
      ...one,
      strikes: Object.fromEntries(Object.entries(one.strikes).filter(([name]) => !isLost(name))),
    }));
  for (const lost of ['freeze-overtaken at planned', 'temporal-killed at suspend-done'])
    expect(unmet(unless((name) => name === lost))).toEqual([`never struck: ${lost}`]);
  const calm = unless((name) => name.endsWith('(a minute)'));
  expect(unmet(calm)).toContain('the database was away for a minute 0 times instead of 3');
});

it('kills a worker before the first write, freezes one that is overtaken, and strikes an offboarding and the log, in the short form', () => {
  expect(shortSeeds.flatMap(strikesOf)).toEqual([
    'kill at guarded',
    'freeze-overtaken at log-read',
    'freeze-overtaken at write-begins',
    'kill at deactivate-begins',
  ]);
});
