/** The whole system of this checkout, as a newcomer starts it: nothing in it is a stand-in. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { isPortFree, portOffsets } from '../../local/ports.ts';
import { postgresHomeFor } from '../../local/postgres-home.ts';
import { scratchFolder } from '../local/scratch.ts';
import { freePortBase, recordedPids, running, startCommand } from '../local/started-command.ts';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What a busy machine may need; fifteen seconds are usual. */
const patienceMs = 120_000;
const children = ['postgres', 'temporal', 'sandbox', 'worker', 'reader', 'receiver'];

/** As root PostgreSQL's data lies elsewhere, see `postgresHomeFor`. */
async function stateFolder(): Promise<string> {
  const stateDir = join(scratchFolder(), 'state');
  const home = await postgresHomeFor(stateDir, process.env);
  onTestFinished(() => rmSync(home.dir, { recursive: true, force: true }));
  return stateDir;
}

interface Account {
  title?: string;
  active?: boolean;
}

/** The simulators as somebody outside sees them. */
function simulators(stateDir: string, portBase: number) {
  const { oktaApiToken } = JSON.parse(readFileSync(join(stateDir, 'secrets.json'), 'utf8')) as { oktaApiToken: string };
  const headers = { authorization: `SSWS ${oktaApiToken}`, 'content-type': 'application/json' };
  return {
    async okta(method: string, path: string, body: object = {}): Promise<unknown> {
      const init = { method, headers, ...(method !== 'GET' && { body: JSON.stringify(body) }) };
      const answer = await fetch(`http://127.0.0.1:${portBase + portOffsets.sandboxOkta}/api/v1${path}`, init);
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
      return answer.json();
    },
    async account(userName: string): Promise<Account | undefined> {
      const answer = await fetch(`http://127.0.0.1:${portBase}/atlassian-cloud/state`);
      const { users } = (await answer.json()) as { users: { document: Account & { userName: string } }[] };
      return users.find(({ document }) => document.userName === userName)?.document;
    },
  };
}

/** What docs/offboarding.md gives a newcomer to try, as it stands there, for this system. */
async function orderAsDocumented(stateDir: string, portBase: number): Promise<string> {
  const page = readFileSync(join(root, 'docs', 'offboarding.md'), 'utf8');
  const [, section = ''] = page.split('### Try it in the sandbox');
  const [, script = ''] = /```sh\n(.*?)\n```/s.exec(section) ?? [];
  const port = String(portBase + portOffsets.receiver);
  const own = script.replaceAll('./.lockstep', stateDir).replaceAll('14013', port);
  return (await promisify(execFile)('sh', ['-c', own])).stdout;
}

test('one command brings everybody in step, and Ctrl-C leaves nothing running', { timeout: 400_000 }, async () => {
  const stateDir = await stateFolder();
  const portBase = await freePortBase();
  const env = { LOCKSTEP_STATE_DIR: stateDir, LOCKSTEP_PORT_BASE: String(portBase) };
  const system = startCommand(root, ['up'], env);
  await system.says('Ctrl-C stops it', patienceMs);
  expect(system.words()).toMatch(/cloud: [1-9]\d* people in step/);
  expect(system.words()).not.toContain('failed');
  expect(system.words()).not.toContain('was not set up');
  const pids = recordedPids(stateDir);
  expect(running(pids)).toHaveLength(children.length);

  // The command finds the addresses in the run.json of that state folder.
  const plan = startCommand(root, ['plan', '--output', 'json'], { LOCKSTEP_STATE_DIR: stateDir });
  expect(await plan.exitCode, plan.words()).toBe(0);
  expect(plan.words()).toContain('"changes": 0');

  const ada = 'ada.abbott@example.com';
  const { okta, account } = simulators(stateDir, portBase);
  const isCalled = async (title: string) => (await account(ada))?.title === title;
  const subjects = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${portBase + portOffsets.receiver}/metrics`)).text();
    return Number(/^lockstep_receiver_okta_subjects_total\{subject="person"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  };
  await okta('POST', `/users/${ada}`, { profile: { title: 'Told by the hook' } });
  await until('the title arrives by the event hook', () => isCalled('Told by the hook'));
  const told = await subjects();
  expect(told).toBeGreaterThan(0);

  const [hook] = (await okta('GET', '/eventHooks')) as { id: string }[];
  await okta('POST', `/eventHooks/${hook?.id}/lifecycle/deactivate`);
  await okta('POST', `/users/${ada}`, { profile: { title: 'Told by the log' } });
  await until('the title arrives by the log', () => isCalled('Told by the log'));
  expect(await subjects()).toBe(told);

  expect(await orderAsDocumented(stateDir, portBase)).toContain('"accepted":true');
  await until('she has no access at the target', async () => (await account(ada))?.active === false);
  const suspended = async () => ((await okta('GET', `/users/${ada}`)) as { status: string }).status === 'SUSPENDED';
  await until('she is suspended at Okta', suspended);

  const { pid } = JSON.parse(readFileSync(join(stateDir, 'run.json'), 'utf8')) as { pid: number };
  system.process.kill('SIGINT');
  expect(await system.exitCode, system.words()).toBe(0);
  expect(system.words()).toContain('Stopped; nothing is left running');
  expect(running([pid, ...pids])).toEqual([]);
  expect(existsSync(join(stateDir, 'run.json'))).toBe(false);
  const ports = Object.values(portOffsets).map((offset) => portBase + offset);
  expect(await Promise.all(ports.map(isPortFree))).toEqual(ports.map(() => true));
});
