/** What callers, workflows and activities agree on. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fullSyncScheduleId, searchAttributes, taskQueues, workflowIds } from '../../workflows/contract.ts';
import * as workflows from '../../workflows/index.ts';
import { sources } from './sources.ts';

type Build = (name: string) => string;
const builders = Object.entries(workflowIds) as [string, Build][];
/** Of these there is one only. */
const isSingle = (build: Build): boolean => build.length === 0;

it('gives no two things the same workflow id, whatever they are called', () => {
  const thing = fc.tuple(fc.constantFrom(...builders), fc.oneof(fc.string(), fc.constantFrom('a', 'a/b', '/', '')));
  fc.assert(
    fc.property(thing, thing, ([[kind, build], name], [[otherKind, otherBuild], otherName]) => {
      const isSame = kind === otherKind && (isSingle(build) || name === otherName);
      expect(build(name) === otherBuild(otherName)).toBe(isSame);
    }),
    { numRuns: 2_000 },
  );
});

it('gives each workflow id the name of its kind in front', () => {
  const prefixes = builders.map(([, build]) => build('').replace(/\/$/, ''));
  expect(new Set(prefixes).size).toBe(prefixes.length);
  for (const prefix of prefixes) expect(prefix).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(prefixes).toContain(fullSyncScheduleId);
});

it('names exactly the workflows that the bundle exports', () => {
  expect(Object.keys(workflows).sort()).toEqual(Object.keys(workflowIds).sort());
  for (const [name, run] of Object.entries(workflows)) expect(run.name).toBe(name);
});

it('builds workflow ids nowhere else', () => {
  const prefix = new RegExp(`['"\`](${builders.map(([, build]) => build('')).join('|')})`);
  const others = sources().filter(({ path }) => path !== 'workflows/contract.ts');
  expect(others.filter(({ code }) => prefix.test(code)).map(({ path }) => path)).toEqual([]);
  expect("start('full-sync/' + id)").toMatch(prefix);
});

it('gives every queue and search attribute a name of its own', () => {
  const names = [...Object.values(taskQueues), ...Object.values(searchAttributes).map(({ name }) => name)];
  expect(new Set(names).size).toBe(names.length);
  // SQL visibility offers ten keywords in all.
  expect(Object.keys(searchAttributes).length).toBeLessThanOrEqual(10);
});
