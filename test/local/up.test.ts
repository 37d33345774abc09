import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isPortFree, portOffsets } from '../../local/ports.ts';
import { postgresHomeFor } from '../../local/postgres-home.ts';
import { temporalAddress } from '../support/servers.ts';
import { scratchFolder } from './scratch.ts';
import { freePortBase, recordedPids, running, type Started, startCommand } from './started-command.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rooms = [
  'bin',
  'local',
  'config',
  'domain',
  'store',
  'temporal',
  'workflows',
  'package.json',
  'package-lock.json',
  'lockstep.yaml',
];
const rest = { timeout: 180_000 };

interface Checkout {
  readonly stateDir: string;
  readonly portBase: number;
  up(env?: NodeJS.ProcessEnv): Started;
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
  const up = (env: NodeJS.ProcessEnv = {}) =>
    startCommand(folder, ['up'], { LOCKSTEP_PORT_BASE: String(portBase), ...env });
  return {
    stateDir,
    portBase,
    up,
    recordedPids: () => recordedPids(stateDir),
  };
}

test('everything runs until Ctrl-C, a second start leaves it alone, and no process is left', rest, async () => {
  const { stateDir, portBase, up, recordedPids } = await checkout();
  const first = up();
  await first.says('Ctrl-C stops it');
  expect(first.words()).toContain(
    `cli schedule apply temporal=127.0.0.1:${portBase + 233} reader=http://127.0.0.1:${portBase + 10}`,
  );
  expect(first.words()).toMatch(/Temporal UI +http/);
  const pids = recordedPids();
  expect(first.words()).toMatch(new RegExp(`Receiver +http://127.0.0.1:${portBase + 13}\n`));
  expect(first.words()).not.toMatch(/event hook .* was not set up|none is started/);
  expect(running(pids)).toHaveLength(6);
  expect(statSync(join(stateDir, 'secrets.json')).mode & 0o777).toBe(0o600);

  const second = up();
  expect(await second.exitCode).toBe(1);
  expect(second.words()).toMatch(/Lockstep already runs here \(pid \d+\); it was left alone/);
  expect(running(pids)).toEqual(pids);

  first.process.kill('SIGINT');
  expect(await first.exitCode).toBe(0);
  expect(first.words()).toMatch(
    /Stopping receiver\nStopping reader\nStopping worker\nStopping sandbox\nStopping temporal\nStopping postgres/,
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

test('a Temporal server that the user names is made ready and used, and none is started', rest, async () => {
  const { portBase, up, recordedPids } = await checkout();
  const namespace = `test-${randomUUID()}`;
  const start = up({ TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: namespace });
  await start.says('Ctrl-C stops it');
  expect(start.words()).toContain(`registered the namespace ${namespace}`);
  expect(start.words()).toMatch(/added the search attributes LockstepTarget, /);
  expect(start.words()).toContain(`cli schedule apply temporal=${temporalAddress()} `);
  expect(running(recordedPids())).toHaveLength(5);
  expect(await isPortFree(portBase + portOffsets.temporal)).toBe(true);
});

test('without hooks in the configuration no receiver is started, which is said once', rest, async () => {
  const { stateDir, portBase, up, recordedPids } = await checkout();
  const config = join(stateDir, '..', 'no-receiver.yaml');
  const shipped = readFileSync(join(root, 'lockstep.yaml'), 'utf8');
  writeFileSync(config, shipped.slice(0, shipped.indexOf('\nreceiver:')));
  const start = up({ LOCKSTEP_CONFIG: config });
  await start.says('Ctrl-C stops it');
  expect(start.words().match(/has no `receiver`, so none is started/g)).toHaveLength(1);
  expect(start.words()).not.toMatch(/Receiver +http|Starting the receiver/);
  expect(running(recordedPids())).toHaveLength(5);
  expect(await isPortFree(portBase + portOffsets.receiver)).toBe(true);
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
