import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../local/postgres.ts';
import { type PostgresHome, postgresHomeFor } from '../../local/postgres-home.ts';
import { identify } from '../../local/process-identity.ts';
import { endWithThisProcess, startThrowAwayPostgres } from '../../local/throw-away.ts';
import { scratchFolder } from './scratch.ts';

const program = fileURLToPath(new URL('programs/start-postgres.ts', import.meta.url));

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** A state folder below one that only its owner may enter, as root's home is. */
function stateFolder(): string {
  const folder = join(scratchFolder(), 'closed', 'state');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function start(stateDir: string): Promise<{ server: PostgresServer; home: PostgresHome; words: string[] }> {
  const words: string[] = [];
  const home = await postgresHomeFor(stateDir, process.env);
  onTestFinished(() => rmSync(home.dir, { recursive: true, force: true }));
  const logFile = join(stateDir, 'postgres.log');
  const server = await startPostgres({ home, logFile, env: process.env, report: (line) => words.push(line) });
  // Also when the test run itself is killed.
  const release = endWithThisProcess(server.pid, home.dir);
  onTestFinished(async () => {
    await server.stop();
    release();
  });
  return { server, home, words };
}

/** Starts it from another process and kills that hard. */
async function startFromParentThatIsKilled(stateDir: string): Promise<{ pid: number; url: string; dir: string }> {
  const parent = spawn(process.execPath, [program, stateDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout, 'data');
  const started = JSON.parse(String(line)) as { pid: number; url: string; dir: string };
  await query(started.url, 'create table kept as select 42 as answer');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  return started;
}

test('data survives a stop and a start, below a folder that only its owner may enter', async () => {
  const stateDir = stateFolder();
  const first = await start(stateDir);
  await query(await first.server.database('lockstep'), 'create table kept as select 42 as answer');
  await first.server.stop();
  const second = await start(stateDir);
  expect(await query(await second.server.database('lockstep'), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a server that a killed parent left running is found and ended, and nothing is lost', async () => {
  const stateDir = stateFolder();
  const left = await startFromParentThatIsKilled(stateDir);
  expect(identify(left.pid)).toBeDefined();
  const { server, words } = await start(stateDir);
  expect(words).toEqual([expect.stringContaining(`Ending PostgreSQL (pid ${left.pid})`)]);
  expect(identify(left.pid)).toBeUndefined();
  expect(await query(await server.database('lockstep'), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a new state folder does not come upon the data of an earlier one of the same path', async () => {
  const stateDir = stateFolder();
  const left = await startFromParentThatIsKilled(stateDir);
  // Without root its data went with the folder, and it ends by itself within a minute.
  onTestFinished(() => void (identify(left.pid) && process.kill(left.pid, 'SIGQUIT')));
  rmSync(stateDir, { recursive: true });
  const { server } = await start(stateDir);
  await expect(query(await server.database('lockstep'), 'select * from kept')).rejects.toThrow(/does not exist/);
});

test('a pid file whose pid belongs to some other program does not keep the server from starting', async () => {
  const stateDir = stateFolder();
  const first = await start(stateDir);
  await first.server.stop();
  writeFileSync(join(first.home.dir, 'data', 'postmaster.pid'), `${process.pid}\n`);
  const second = await start(stateDir);
  expect(await query(second.server.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('two state folders have servers of their own at the same time', async () => {
  const [one, other] = [await start(stateFolder()), await start(stateFolder())];
  expect(one.home.dir).not.toBe(other.home.dir);
  expect(one.server.port).not.toBe(other.server.port);
});

test('only this machine with the password gets in, and only the owner may read the password', async () => {
  const { server, home } = await start(stateFolder());
  const withoutPassword = new URL(server.adminUrl);
  withoutPassword.password = 'guess';
  await expect(query(withoutPassword.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  expect(await query(server.adminUrl, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  expect(statSync(join(home.dir, 'password')).mode & 0o777).toBe(0o600);
});

test('a port that somebody else holds is told with the server log', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  const stateDir = stateFolder();
  const home = await postgresHomeFor(stateDir, process.env);
  onTestFinished(() => rmSync(home.dir, { recursive: true, force: true }));
  const logFile = join(stateDir, 'postgres.log');
  const starting = startPostgres({ home, logFile, port, env: process.env, report: () => undefined });
  await expect(starting).rejects.toThrow(/ended at once[\s\S]*could not bind/);
});

test('a throw-away server takes its data with it', async () => {
  const server = await startThrowAwayPostgres({ env: process.env, report: () => undefined });
  const [row] = await query(server.adminUrl, 'show data_directory');
  const folder = String(row?.['data_directory']);
  expect(readFileSync(join(folder, 'PG_VERSION'), 'utf8')).toMatch(/^18/);
  await server.stop();
  expect(existsSync(folder)).toBe(false);
  expect(identify(server.pid)).toBeUndefined();
});
