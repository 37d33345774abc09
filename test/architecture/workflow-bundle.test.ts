/**
 * What the workflows' sandbox loads: our workflows, the failures and Temporal's SDK. An activity or a heavy library in
 * it would be loaded anew for every workflow that is kept in memory, and would open a way to what is not deterministic.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { workflowBundlePath } from '../support/workflow-bundle.ts';
import { root } from './import-graph.ts';
import { sources } from './sources.ts';

let code: string;
let modules: string[];
beforeAll(async () => {
  code = readFileSync(await workflowBundlePath(), 'utf8');
  const [, map] = /sourceMappingURL=data:application\/json;charset=utf-8;base64,(.*)/.exec(code) ?? [];
  if (map === undefined) throw new Error('the bundle has no source map inside');
  const { sources: paths } = JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] };
  modules = paths.filter((path) => isAbsolute(path)).map((path) => relative(root, path));
}, 60_000);

it('holds of our own code the workflows and the failures only', () => {
  const own = modules.filter((path) => !path.startsWith('node_modules/'));
  const workflows = sources().filter(({ path }) => path.startsWith('workflows/'));
  expect(own).toEqual(expect.arrayContaining(['domain/failure.ts', ...workflows.map(({ path }) => path)]));
  const others = own.filter((path) => !path.startsWith('workflows/'));
  expect(others.sort()).toEqual(['domain/approval-commands.ts', 'domain/failure.ts', 'domain/reason-code.ts']);
});

it("holds of libraries Temporal's SDK and what that needs only", () => {
  const packages = new Set(modules.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  expect([...packages].sort()).toEqual(['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc']);
});

it.each([
  ['zod', 'node_modules/zod/v4/locales/en.js', 'Invalid input: expected'],
  ['the expression engine', 'node_modules/@marcbachmann/cel-js/lib/errors.js', 'class EvaluationError'],
  ['the database driver', 'node_modules/pg/lib/client.js', 'Connection terminated'],
  ['the query library', 'node_modules/kysely/dist/kysely.js', 'class Kysely'],
  ['activities', 'activities/failure.ts', 'the database cannot be reached'],
  ['the store', 'store/plans.ts', "selectFrom('plan')"],
])('holds no text of %s', (_what, file, text) => {
  // The control: there is such a text to be found.
  expect(readFileSync(join(root, file), 'utf8')).toContain(text);
  expect(code).not.toContain(text);
});
