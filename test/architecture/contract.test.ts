/** What callers, workflows and activities agree on. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fullSyncScheduleId, searchAttributes, taskQueues, workflowIds } from '../../workflows/contract.ts';
import * as workflows from '../../workflows/index.ts';
import { root } from './import-graph.ts';
import { sources } from './sources.ts';

const builders = Object.entries(workflowIds);

it('gives no two things the same workflow id, whatever they are called', () => {
  const thing = fc.tuple(fc.constantFrom(...builders), fc.oneof(fc.string(), fc.constantFrom('a', 'a/b', '/', '')));
  fc.assert(
    fc.property(thing, thing, ([[kind, build], name], [[otherKind, otherBuild], otherName]) => {
      const isSame = kind === otherKind && name === otherName;
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

it('reads histories with one version of protobufjs', () => {
  // With several, a history from JSON is refused: "type must be a Type".
  const fromRoot = createRequire(join(root, 'package.json'));
  const packages = ['@temporalio/proto', '@temporalio/common', '@temporalio/worker', '@temporalio/client'];
  const copies = packages.map((name) => {
    const fromPackage = createRequire(join(dirname(fromRoot.resolve(name)), 'index.js'));
    return fromPackage.resolve('protobufjs/package.json');
  });
  expect(new Set(copies)).toEqual(new Set([fromRoot.resolve('protobufjs/package.json')]));
});

it("has one version of all of Temporal's packages", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const versions = Object.entries<string>({ ...dependencies, ...devDependencies })
    .filter(([name]) => name.startsWith('@temporalio/'))
    .map(([, version]) => version);
  expect(versions.length).toBeGreaterThan(5);
  expect(new Set(versions).size).toBe(1);
  expect(versions[0]).toMatch(/^\d+\.\d+\.\d+$/);
});
