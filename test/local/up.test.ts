import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isPortFree } from '../../local/ports.ts';
import { postgresHomeFor } from '../../local/postgres-home.ts';
import { identify } from '../../local/process-identity.ts';
import { endWithThisProcess } from '../../local/throw-away.ts';
import { scratchFolder } from './scratch.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rooms = [
  'bin',
  'local',
  'config',
  'domain',
  'store',
  'workflows',
  'package.json',
  'package-lock.json',
  'lockstep.yaml',
];
const rest = { timeout: 180_000 };

interface Start {
  readonly process: ChildProcess;
  /** Everything said so far. */
  words(): string;
  /** Waits for words. */
  says(words: string | RegExp): Promise<void>;
  readonly exitCode: Promise<number | null>;
}

interface Checkout {
  readonly stateDir: string;
  readonly portBase: number;
  up(): Start;
  recordedPids(): number[];
}

/** A copy of the checkout below a folder that only its owner may enter, with stand-ins for the rooms that are started. */
async function checkout(): Promise<Checkout> {
  const folder = join(scratchFolder(), 'closed', 'checkout');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const room of rooms) cpSync(join(root, room), join(folder, room), { recursive: true });
  cpSync(fileURLToPath(new URL('stub-rooms', import.meta.url)), folder, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const portBase = await freePortBase();
  const stateDir = join(folder, '.lockstep');
  onTestFinished(async () =>
    rmSync((await postgresHomeFor(stateDir, process.env)).dir, { recursive: true, force: true }),
  );
  const up = () => startUp(join(folder, 'bin', 'lockstep.mjs'), portBase);
  const records = () => JSON.parse(readFileSync(join(stateDir, 'children.json'), 'utf8')) as { pid: number }[];
  return {
    stateDir,
    portBase,
    up,
    recordedPids: () => records().map(({ pid }) => pid),
  };
}

function startUp(command: string, portBase: number): Start {
  const child = spawn(process.execPath, [command, 'up'], {
    cwd: '/',
    env: { ...process.env, LOCKSTEP_PORT_BASE: String(portBase) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  const exitCode = once(child, 'close').then(([code]) => code as number | null);
  // Also when the test run itself is killed.
  const release = endWithThisProcess(child.pid ?? 0);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exitCode;
    release();
  });
  const says = (words: string | RegExp) => expect.poll(() => text, { timeout: 60_000 }).toMatch(words);
  return { process: child, words: () => text, says, exitCode };
}

async function freePortBase(): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const offsets = [0, 1, 2, 10, 11, 233, 234, 432];
    const areFree = await Promise.all(offsets.map((offset) => isPortFree(base + offset)));
    if (areFree.every(Boolean)) return base;
  }
}

const running = (pids: readonly number[]) => pids.filter((pid) => identify(pid) !== undefined);

test('everything runs until Ctrl-C, a second start leaves it alone, and no process is left', rest, async () => {
  const { stateDir, portBase, up, recordedPids } = await checkout();
  const first = up();
  await first.says('Ctrl-C stops it');
  expect(first.words()).toContain(
    `cli schedule apply temporal=127.0.0.1:${portBase + 233} reader=http://127.0.0.1:${portBase + 10}`,
  );
  expect(first.words()).toMatch(/Temporal UI +http/);
  const pids = recordedPids();
  expect(running(pids)).toHaveLength(5);
  expect(statSync(join(stateDir, 'secrets.json')).mode & 0o777).toBe(0o600);

  const second = up();
  expect(await second.exitCode).toBe(1);
  expect(second.words()).toMatch(/Lockstep already runs here \(pid \d+\); it was left alone/);
  expect(running(pids)).toEqual(pids);

  first.process.kill('SIGINT');
  expect(await first.exitCode).toBe(0);
  expect(first.words()).toMatch(
    /Stopping reader\nStopping worker\nStopping sandbox\nStopping temporal\nStopping postgres/,
  );
  expect(running(pids)).toEqual([]);
  expect(readFileSync(join(stateDir, 'logs', 'worker.log'), 'utf8')).toContain('finished its work');
  expect(['run.json', 'lock'].filter((file) => existsSync(join(stateDir, file)))).toEqual([]);
});

test('after a hard kill the next start ends what was left running and goes on', rest, async () => {
  const { stateDir, up, recordedPids } = await checkout();
  const first = up();
  await first.says('Ctrl-C stops it');
  const pids = recordedPids();
  const { pid } = JSON.parse(readFileSync(join(stateDir, 'lock'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await first.exitCode;
  expect(running(pids)).toEqual(pids);

  const second = up();
  await second.says('Ctrl-C stops it');
  expect(second.words()).toMatch(/Ending postgres \(pid \d+\), which an earlier start left running/);
  expect(running(pids)).toEqual([]);
});

test(
  'it stops by itself when the command that started it is killed, and the next start waits for that',
  rest,
  async () => {
    const { up, recordedPids } = await checkout();
    const first = up();
    await first.says('Ctrl-C stops it');
    const pids = recordedPids();
    first.process.kill('SIGKILL');
    const second = up();
    await second.says('Ctrl-C stops it');
    expect(first.words()).toContain('Stopped; nothing is left running');
    expect(running(pids)).toEqual([]);
  },
);

test('a start that is interrupted before all is up leaves nothing behind', rest, async () => {
  const { up, recordedPids } = await checkout();
  const start = up();
  await start.says('Starting Temporal');
  start.process.kill('SIGTERM');
  expect(await start.exitCode).toBe(0);
  expect(running(recordedPids())).toEqual([]);
});

test('a port that somebody else holds is named, with what to do', rest, async () => {
  const { portBase, up } = await checkout();
  const other = createServer().listen(portBase + 1, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const start = up();
  expect(await start.exitCode).toBe(1);
  expect(start.words()).toContain(`port ${portBase + 1}, wanted for the Okta simulator`);
  expect(start.words()).toContain('LOCKSTEP_PORT_BASE=');
});
