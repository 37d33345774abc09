/** The whole system of this checkout, as a newcomer starts it: nothing in it is a stand-in. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isPortFree, portOffsets } from '../../local/ports.ts';
import { postgresHomeFor } from '../../local/postgres-home.ts';
import { scratchFolder } from '../local/scratch.ts';
import { freePortBase, recordedPids, running, startCommand } from '../local/started-command.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What a busy machine may need; fifteen seconds are usual. */
const patienceMs = 120_000;
const children = ['postgres', 'temporal', 'sandbox', 'worker', 'reader'];

/** As root PostgreSQL's data lies elsewhere, see `postgresHomeFor`. */
async function stateFolder(): Promise<string> {
  const stateDir = join(scratchFolder(), 'state');
  const home = await postgresHomeFor(stateDir, process.env);
  onTestFinished(() => rmSync(home.dir, { recursive: true, force: true }));
  return stateDir;
}

test('one command brings everybody in step, and Ctrl-C leaves nothing running', { timeout: 400_000 }, async () => {
  const stateDir = await stateFolder();
  const portBase = await freePortBase();
  const env = { LOCKSTEP_STATE_DIR: stateDir, LOCKSTEP_PORT_BASE: String(portBase) };
  const system = startCommand(root, ['up'], env);
  await system.says('Ctrl-C stops it', patienceMs);
  expect(system.words()).toMatch(/cloud: [1-9]\d* people in step/);
  expect(system.words()).not.toContain('failed');
  const pids = recordedPids(stateDir);
  expect(running(pids)).toHaveLength(children.length);

  // The command finds the addresses in the run.json of that state folder.
  const plan = startCommand(root, ['plan', '--output', 'json'], { LOCKSTEP_STATE_DIR: stateDir });
  expect(await plan.exitCode, plan.words()).toBe(0);
  expect(plan.words()).toContain('"changes": 0');

  const { pid } = JSON.parse(readFileSync(join(stateDir, 'run.json'), 'utf8')) as { pid: number };
  system.process.kill('SIGINT');
  expect(await system.exitCode, system.words()).toBe(0);
  expect(system.words()).toContain('Stopped; nothing is left running');
  expect(running([pid, ...pids])).toEqual([]);
  expect(existsSync(join(stateDir, 'run.json'))).toBe(false);
  const ports = Object.values(portOffsets).map((offset) => portBase + offset);
  expect(await Promise.all(ports.map(isPortFree))).toEqual(ports.map(() => true));
});
