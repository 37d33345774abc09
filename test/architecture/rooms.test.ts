/** The arrows between the rooms, as docs/architecture.md draws them; imports of types count. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Import, type ImportGraph, importGraph, type Room, rooms, root } from './import-graph.ts';

/** A room, one of its folders or one of its files. */
type Allowed = Room | 'workflows/contract.ts' | 'reader/client.ts' | 'connectors/okta';

const contract = 'workflows/contract.ts';
const mayImport: Record<Room, readonly Allowed[] | 'anything'> = {
  domain: [],
  config: ['domain'],
  connectors: ['domain'],
  store: ['domain'],
  activities: ['domain', 'connectors', 'store', contract, 'temporal'],
  workflows: ['domain', 'activities'],
  worker: ['domain', 'config', 'connectors', 'store', 'activities', contract, 'temporal', 'process'],
  temporal: ['domain', 'config', contract],
  process: ['domain'],
  codec: ['config', 'temporal', 'process'],
  reader: ['domain', 'config', 'store', 'connectors/okta', 'process'],
  receiver: ['domain', 'config', contract, 'temporal', 'reader/client.ts', 'process'],
  client: ['domain', 'config', contract, 'temporal', 'reader/client.ts'],
  sandbox: [],
  deploy: ['temporal'],
  local: 'anything',
  bench: 'anything',
};

const roomOf = (path: string): Room | undefined => rooms.find((room) => path.startsWith(`${room}/`));
const isOutside = ({ to }: Import): boolean => roomOf(to) === undefined;
const lies = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

/** What workflows take by value is bundled: the failures, and what else is as small and pure. */
const bundled: ReadonlySet<string> = new Set([
  'domain/approval-commands.ts',
  'domain/failure.ts',
  'domain/reason-code.ts',
]);
const isWorkflowsByType = ({ from, to, isTypeOnly }: Import): boolean =>
  !lies(from, 'workflows') || lies(to, 'workflows') || isTypeOnly || bundled.has(to);

function isAllowed(one: Import): boolean {
  const room = roomOf(one.from);
  if (room === undefined) throw new Error(`${one.from} lies in no room`);
  if (isOutside(one) || lies(one.to, room)) return true;
  const places = mayImport[room];
  if (places === 'anything') return true;
  return places.some((place) => lies(one.to, place)) && isWorkflowsByType(one);
}

const told = ({ from, to, isTypeOnly }: Import): string => `${from} → ${to}${isTypeOnly ? ' (type)' : ''}`;
const violations = ({ imports }: ImportGraph): string[] => imports.filter((one) => !isAllowed(one)).map(told);
const unresolved = ({ imports }: ImportGraph): string[] => imports.filter(({ isResolved }) => !isResolved).map(told);

describe('the code', () => {
  let graph: ImportGraph;
  beforeAll(async () => {
    graph = await importGraph();
  });

  it('is read whole', () => {
    expect(graph.files.length).toBeGreaterThan(150);
    expect(graph.files).toEqual(expect.arrayContaining(['domain/change.ts', 'worker/main.ts', contract]));
    expect(unresolved(graph)).toEqual([]);
  });

  it('imports across rooms only as drawn', () => {
    expect(violations(graph)).toEqual([]);
  });

  it('has no cycles of imports, types included', () => {
    expect(graph.cycles).toEqual([]);
  });
});

/** The arrows in words, in the order of the table of docs/architecture.md. */
const inWords: Partial<Record<Allowed, string>> = {
  [contract]: 'the contract',
  'connectors/okta': "Okta's connector",
  'reader/client.ts': '`reader/client.ts`',
};

describe('the documents', () => {
  const text = (path: string): string => readFileSync(join(root, path), 'utf8');

  it('draw the arrows that hold', () => {
    const [, table = ''] = text('docs/architecture.md').split('| room | holds | may import |');
    const rows = [...table.slice(0, table.indexOf('\n\n')).matchAll(/^\| `([a-z]+)` \| .* \| (.*) \|$/gm)];
    const drawn = rows.map(([, room, arrows = '']) => [room, arrows.split(', ').sort()] as const);
    const held = (room: Room): readonly string[] => {
      const places = mayImport[room];
      if (places === 'anything') return ['anything'];
      return places.length === 0 ? ['nothing of ours'] : places.map((place) => inWords[place] ?? place).sort();
    };
    const expected = rooms.map((room) => [room, held(room)] as const);
    // Workflows take types, which the table says in words.
    const comparable = (all: readonly (readonly [string | undefined, readonly string[]])[]) =>
      new Map(all.filter(([room]) => room !== 'workflows'));
    expect(comparable(drawn)).toEqual(comparable(expected));
  });

  it('tell what each table of the store holds', () => {
    const [, database = ''] = text('store/schema.ts').split('export interface Database {');
    const tables = [...database.matchAll(/^ {2}([a-z_]+): \{/gm)].map(([, table]) => table);
    expect(tables.length).toBeGreaterThan(30);
    const [, told = ''] = text('docs/architecture.md').split('| tables | hold |');
    const named = [...told.slice(0, told.indexOf('\n\n')).matchAll(/`([a-z_]+)`/g)].map(([, table]) => table);
    expect(named.toSorted()).toEqual(tables.toSorted());
  });

  it('tell in the README what each folder is for', () => {
    const [, table = ''] = text('README.md').split('| folder | what |');
    const told = [...table.matchAll(/`([a-z]+)\/`/g)].map(([, folder]) => folder);
    expect([...rooms, 'examples', 'docs', 'test'].filter((folder) => !told.includes(folder))).toEqual([]);
  });
});

describe('these rules', () => {
  let dir: string;
  let graph: ImportGraph;
  const files: Record<string, string> = {
    'domain/person.ts': `import type { Row } from '../store/rows.ts';\nexport type Person = Row;`,
    'domain/failure.ts': `export const kinds = ['Rejected'];`,
    'domain/rules.ts': `export const rule = () => 1;`,
    'store/rows.ts': `export interface Row { id: string }`,
    'store/late.ts': `export const late = () => import('../worker/main.ts');`,
    'worker/main.ts': `import '../reader/client.ts';`,
    'reader/client.ts': `export type { Row } from '../activities/index.ts';`,
    'reader/in-type.ts': `export type Inline = import('../workflows/contract.ts').Id;`,
    'activities/index.ts': `import { type Id } from '../workflows/contract.ts';\nimport '../workflows/run.ts';\nexport type Row = Id;`,
    'workflows/contract.ts': `export type Id = string;`,
    'workflows/run.ts': [
      `import type { Row } from '../activities/index.ts';`,
      `import { kinds } from '../domain/failure.ts';`,
      `import { rule } from '../domain/rules.ts';`,
      `export const run = (row: Row) => [row, kinds, rule()];`,
    ].join('\n'),
    'sandbox/index.ts': `import '../domain/rules.ts';\nimport './missing.ts';`,
    'client/run.ts': `import '../store/rows.ts';\nimport '../reader/client.ts';`,
    'local/up.ts': `import '../sandbox/index.ts';`,
  };
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lockstep-rooms-'));
    for (const [path, text] of Object.entries({ ...files, 'package.json': '{}' })) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    graph = await importGraph(dir);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('see every kind of import that is not allowed, and allow what is', () => {
    expect(violations(graph).sort()).toEqual([
      'activities/index.ts → workflows/run.ts',
      'client/run.ts → store/rows.ts',
      'domain/person.ts → store/rows.ts (type)',
      'reader/client.ts → activities/index.ts (type)',
      'reader/in-type.ts → workflows/contract.ts',
      'sandbox/index.ts → domain/rules.ts',
      'store/late.ts → worker/main.ts',
      'worker/main.ts → reader/client.ts',
      'workflows/run.ts → domain/rules.ts',
    ]);
  });

  it('see a cycle that a type closes, and an import that leads nowhere', () => {
    expect(graph.cycles.join()).toContain('workflows/run.ts');
    expect(unresolved(graph)).toEqual(['sandbox/index.ts → ./missing.ts']);
  });
});
