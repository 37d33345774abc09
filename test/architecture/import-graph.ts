/** Who imports whom, resolved as Node resolves it, imports of types alone included. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';

export const root = join(import.meta.dirname, '../..');

/** The folders of the code, see docs/architecture.md; those that do not exist yet are passed over. */
export const rooms = [
  'domain',
  'config',
  'connectors',
  'store',
  'activities',
  'workflows',
  'worker',
  'temporal',
  'process',
  'codec',
  'reader',
  'receiver',
  'client',
  'sandbox',
  'deploy',
  'local',
  'bench',
] as const;
export type Room = (typeof rooms)[number];

export interface Import {
  /** Paths from the root of the checkout; a package or Node module by what it resolves to. */
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
  readonly isResolved: boolean;
}

export interface ImportGraph {
  readonly files: readonly string[];
  readonly imports: readonly Import[];
  /** Each as a path of files that comes back to its beginning. */
  readonly cycles: readonly string[];
}

export async function importGraph(baseDir: string = root, folders: readonly string[] = rooms): Promise<ImportGraph> {
  const existing = folders.filter((folder) => existsSync(join(baseDir, folder)));
  // swc tells imports of types, acorn sees `import('…')` within types: what either of them finds counts.
  const [typed, plain] = [await cruiseWith('swc', baseDir, existing), await cruiseWith('acorn', baseDir, existing)];
  const imports = new Map([...importsOf(plain), ...importsOf(typed)].map((one) => [`${one.from} ${one.to}`, one]));
  return {
    files: typed.modules.map(({ source }) => source).filter(isOurs),
    imports: [...imports.values()],
    cycles: typed.summary.violations.map(({ from, cycle }) =>
      [from, ...(cycle ?? []).map(({ name }) => name)].join(' → '),
    ),
  };
}

const isOurs = (path: string): boolean => /^[^./][^:]*\.(ts|mjs)$/.test(path) && !path.includes('node_modules');

const importsOf = ({ modules }: ICruiseResult): Import[] =>
  modules
    .filter(({ source }) => isOurs(source))
    .flatMap(({ source, dependencies }) =>
      dependencies.map(({ resolved, dependencyTypes, couldNotResolve }) => ({
        from: source,
        to: resolved,
        isTypeOnly: dependencyTypes.includes('type-only'),
        isResolved: !couldNotResolve,
      })),
    );

async function cruiseWith(
  parser: NonNullable<ICruiseOptions['parser']>,
  baseDir: string,
  folders: string[],
): Promise<ICruiseResult> {
  const { output } = await cruise(
    folders,
    {
      baseDir,
      parser,
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      validate: true,
      ruleSet: { forbidden: [{ name: 'cycle', severity: 'error', from: {}, to: { circular: true } }] },
    },
    { extensions: ['.ts', '.mjs', '.js'], exportsFields: ['exports'], conditionNames: ['node', 'import', 'default'] },
  );
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text: ${output}`);
  return output;
}
