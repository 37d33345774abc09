/** Small rules that keep the code readable and its tests honest. */
import { expect, it } from 'vitest';
import { sources, tests } from './sources.ts';

/** This file shows what it forbids. */
const otherTests = tests().filter(({ path }) => path !== 'test/architecture/house-rules.test.ts');
const pathsOf = (files: readonly { readonly path: string }[]): string[] => files.map(({ path }) => path);
const linesOf = (text: string): number => text.split('\n').length - 1;

it('has no file that is too long to be read in one sitting', () => {
  const tooLong = sources().filter(({ text }) => linesOf(text) > 400);
  expect(tooLong.map(({ path, text }) => `${path}: ${linesOf(text)} lines`)).toEqual([]);
});

const omitted =
  /\b(it|test|describe|suite|bench)(\.\w+)*\.(skip|only|todo|fails|skipIf|runIf)\b|\b[xf](it|describe)\(|\.skip\(/;

it('leaves out no test', () => {
  expect(otherTests.length).toBeGreaterThan(60);
  expect(pathsOf(otherTests.filter(({ code }) => omitted.test(code)))).toEqual([]);
  for (const code of [
    "it.skip('a', () => {})",
    "describe.only('a', () => {})",
    "test.todo('a')",
    "it.concurrent.skip('a', b)",
    "it.skipIf(isSlow)('a', b)",
    'context.skip()',
    "xit('a', b)",
  ])
    expect(code).toMatch(omitted);
  expect("it('does not skip pages', () => pages.skipped)").not.toMatch(omitted);
});

const debts = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck)/;

it('has no debt that only a comment knows', () => {
  expect(pathsOf([...sources(), ...otherTests].filter(({ text }) => debts.test(text)))).toEqual([]);
  for (const text of ['// TODO later', '// @ts-ignore']) expect(text).toMatch(debts);
});

it('logs through one module, which tells nothing of a person', () => {
  const logging = sources().filter(({ code }) => /from 'pino'/.test(code));
  expect(pathsOf(logging)).toEqual(['process/log.ts']);
});
