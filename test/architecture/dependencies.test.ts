/** docs/dependencies.md names what package.json names. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './import-graph.ts';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
};
const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');

it('each package earns its place in one line', () => {
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name = '', why = '']) => ({ name, why }));
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(rows.map(({ name }) => name).sort()).toEqual(packages.sort());
  for (const { why } of rows) expect(why.length).toBeGreaterThan(12);
});

it("all of Temporal's packages have one version, pinned", () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter(([name]) => name.startsWith('@temporalio/'))
    .map(([, version]) => version);
  expect(versions.length).toBeGreaterThan(5);
  expect(new Set(versions).size).toBe(1);
  expect(versions[0]).toMatch(/^\d+\.\d+\.\d+$/);
});

it('histories are read with one version of protobufjs', () => {
  // With several, a history from JSON is refused: "type must be a Type".
  const fromRoot = createRequire(join(root, 'package.json'));
  const copies = ['@temporalio/proto', '@temporalio/common', '@temporalio/worker', '@temporalio/client'].map((name) =>
    createRequire(join(dirname(fromRoot.resolve(name)), 'index.js')).resolve('protobufjs/package.json'),
  );
  expect(new Set(copies)).toEqual(new Set([fromRoot.resolve('protobufjs/package.json')]));
});
