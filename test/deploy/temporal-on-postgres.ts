/** Temporal's server as production runs it, on PostgreSQL, and the tool that makes its schema, where they can be had. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cacheDir, isExecutable, whileFillingCache } from '../../local/cache.ts';
import { runTool } from '../../local/run-tool.ts';

/** As in docker-compose.yml, which a test compares. */
export const TEMPORAL_SERVER_VERSION = '1.31.2';

const programs = { 'temporal-server': 'server', 'temporal-sql-tool': 'sql' } as const;
const packages = {
  server: 'go.temporal.io/server/cmd/server',
  sql: 'go.temporal.io/server/cmd/tools/sql',
} as const;

export interface TemporalPrograms {
  /** A folder with `temporal-server` and `temporal-sql-tool`, as in Temporal's images. */
  readonly folder: string;
}

/**
 * From the cache, or built with Go: minutes, once.
 * @throws Error when Go is not installed, or cannot build it
 */
export async function ensureTemporalPrograms(env: NodeJS.ProcessEnv): Promise<TemporalPrograms> {
  const folder = join(cacheDir(env), `temporal-server-${TEMPORAL_SERVER_VERSION}`);
  const missing = () => Object.keys(programs).filter((name) => !isExecutable(join(folder, name)));
  if (missing().length === 0) return { folder };
  return whileFillingCache(folder, { report: console.error }, async () => {
    if (missing().length > 0) await build(folder, env);
    return { folder };
  });
}

/** Built beside and renamed, so that a build that is killed leaves nothing that looks whole. */
async function build(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const draft = join(folder, `building-${process.pid}`);
  mkdirSync(draft, { recursive: true });
  try {
    await runTool({
      command: 'go',
      args: [
        'install',
        '-trimpath',
        '-ldflags=-s -w',
        ...Object.values(packages).map((path) => `${path}@v${TEMPORAL_SERVER_VERSION}`),
      ],
      env: { ...env, GOBIN: draft, CGO_ENABLED: '0' },
      report: console.error,
      title: `Building Temporal's server ${TEMPORAL_SERVER_VERSION} with Go (once, about four minutes)`,
    });
    for (const [name, built] of Object.entries(programs)) renameSync(join(draft, built), join(folder, name));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const portNames = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'].flatMap((role) => [
  `${role}_GRPC_PORT`,
  `${role}_MEMBERSHIP_PORT`,
]);

/** Free ones for all that the server listens on; in its image each has its usual place, in a network of its own. */
export async function portsOfTemporal(): Promise<Readonly<Record<string, string>>> {
  const entries: [string, string][] = [];
  const taken = new Set<number>();
  for (const name of [...portNames, 'FRONTEND_HTTP_PORT', 'PROMETHEUS_ENDPOINT']) {
    const port = await lowFreePort(taken);
    taken.add(port);
    entries.push([name, name === 'PROMETHEUS_ENDPOINT' ? `127.0.0.1:${port}` : String(port)]);
  }
  return Object.fromEntries(entries);
}

/** The server keeps its ports in its database as `smallint`, so those that the kernel gives out are too high. */
async function lowFreePort(taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = 17_000 + Math.floor(Math.random() * 15_000);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
