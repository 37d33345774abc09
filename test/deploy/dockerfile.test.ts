/** The Dockerfile against the code that it puts into the image. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ImportGraph, importGraph } from '../architecture/import-graph.ts';
import { ofOurImage, readComposeFile, root } from './compose-file.ts';
import { copied, dockerfile, instructions, isCopied, isInContext, letThrough } from './image.ts';

const mains = ['worker/build-bundle.ts', 'workflows/index.ts'].concat(
  ofOurImage(readComposeFile({ LOCKSTEP_VERSION: 'a' })).flatMap(([, { entrypoint = [], command = [] }]) =>
    [...entrypoint, ...command].flatMap((word) => word.match(/[\w/-]+\.ts\b/g) ?? []),
  ),
);
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { version?: string; dev?: boolean }>;
};

describe('the image', () => {
  let graph: ImportGraph;
  beforeAll(async () => {
    graph = await importGraph();
  });

  /** All that is loaded when `file` is; imports of types alone are erased. */
  function loadedBy(file: string, seen: Set<string> = new Set()): Set<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { from, to, isTypeOnly } of graph.imports) if (from === file && !isTypeOnly) loadedBy(to, seen);
    return seen;
  }

  it('holds every file that a process loads, and no package that is for development only', () => {
    const loaded = new Set(mains.flatMap((main) => [...loadedBy(main)]));
    const own = [...loaded].filter((path) => /^[\w-]+\/.*\.ts$/.test(path));
    expect(own.length).toBeGreaterThan(150);
    expect(own.filter((path) => !isCopied(path))).toEqual([]);
    const packages = [...loaded].flatMap((path) => /\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
    expect(packages.length).toBeGreaterThan(10);
    expect([...new Set(packages)].filter((name) => lock.packages[name]?.dev)).toEqual([]);
  });

  it('holds no room that nobody loads', () => {
    const loaded = mains.flatMap((main) => [...loadedBy(main)]);
    expect(
      copied.filter((path) => !path.startsWith('package') && !loaded.some((file) => file.startsWith(path))),
    ).toEqual([]);
  });
});

it('is built from what .dockerignore lets through, which is no secret and no state', () => {
  expect(copied.filter((path) => !isInContext(path))).toEqual([]);
  for (const path of ['.env', '.git', 'node_modules', '.lockstep', 'secrets/payload-key', 'test', 'lockstep.yaml'])
    expect(isInContext(path), path).toBe(false);
});

it('is built without a folder that .dockerignore lets through for nothing', () => {
  expect(letThrough.filter((path) => !isCopied(path))).toEqual([]);
});

it('starts from the Node with which everything is tested', () => {
  expect(instructions('ARG')[0]).toBe(`NODE_VERSION=${lock.packages['node_modules/node']?.version}`);
  const official = /^node:\$\{NODE_VERSION\}-bookworm-slim/;
  const bases = instructions('FROM').map((rest) => (official.test(rest) ? 'Node' : rest.split(' ')[0]));
  expect(bases).toEqual(['Node', 'packages', 'Node']);
});

it("has what worker and Temporal's client need of the system", () => {
  expect(dockerfile).toMatch(/apt-get install .*ca-certificates openssh-client/);
});
