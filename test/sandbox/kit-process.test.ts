import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/index.ts';

const MAIN = new URL('../../sandbox/main.ts', import.meta.url).pathname;
const ENVIRONMENT = {
  LOCKSTEP_SANDBOX_SECRET: 'shared',
  OKTA_API_TOKEN: 'okta-token',
  ATLASSIAN_SCIM_API_KEY: 'scim-key',
};
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(environment: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let words = '';
  child.stderr.on('data', (chunk) => {
    words += chunk;
  });
  const ended = new Promise<{ code: number | null; words: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, words }));
  });
  const ready = new Promise<{ okta: string; cloud: string; control: string }>((resolve) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
  });
  return { child, ready, ended };
}

test('the process says where it listens, seeds an empty org once, and keeps its state through a restart', async () => {
  const seeded = {
    ...ENVIRONMENT,
    SANDBOX_STATE_DIR: mkdtempSync(join(tmpdir(), 'sandbox-')),
    SANDBOX_SEED: '{"people":12,"groups":3}',
  };
  const headers = { authorization: 'SSWS okta-token', 'content-type': 'application/json' };
  const first = run(seeded);
  const { okta, cloud, control } = await first.ready;
  for (const origin of [okta, cloud]) {
    const proof = createHmac('sha256', 'shared')
      .update(`n\n${new URL(origin).host}`)
      .digest('hex');
    expect(await (await fetch(`${origin}/_sandbox/proof?nonce=n`)).json()).toEqual({ proof });
  }
  expect(await (await fetch(control)).text()).toContain(okta);
  const body = JSON.stringify({ profile: { name: 'Kept' } });
  const made = (await (await fetch(`${okta}/api/v1/groups`, { method: 'POST', headers, body })).json()) as {
    id: string;
  };
  first.child.kill('SIGTERM');
  expect(await first.ended).toEqual({ code: 0, words: '' });

  const second = run(seeded);
  const again = await second.ready;
  expect((await fetch(`${again.okta}/api/v1/groups/${made.id}`, { headers })).status).toBe(200);
  second.child.kill('SIGINT');
  expect((await second.ended).code).toBe(0);
});

test.each([
  [{ OKTA_API_TOKEN: '' }, 'OKTA_API_TOKEN: has to be set'],
  [{ SANDBOX_OKTA_PORT: 'x' }, 'SANDBOX_OKTA_PORT: is not a port'],
  [{ SANDBOX_SEED: '{' }, 'SANDBOX_SEED: is not JSON'],
  [{ SANDBOX_SEED: '{"people":"x"}' }, 'people: a whole number'],
])('a wrong environment %j ends it with a reason', async (wrong, reason) => {
  const { code, words } = await run({ ...ENVIRONMENT, ...wrong }).ended;
  expect(code).toBe(1);
  expect(words).toContain(reason);
});

test('in one process, both simulators and their control server start and end together', async () => {
  const sandbox = await startSandbox({
    secret: 's',
    oktaApiToken: 't',
    atlassianScimApiKey: 'k',
    seed: { people: 3, groups: 1 },
  });
  const { okta, cloud, control } = sandbox;
  const state = (await (await fetch(`${control.origin}/okta/state`)).json()) as { users: unknown[] };
  expect(state.users).toHaveLength(3);
  await sandbox.close();
  for (const origin of [okta.origin, cloud.origin, control.origin])
    await expect(fetch(origin)).rejects.toThrow('fetch failed');
});

test('a port that is taken stops what was started before', async () => {
  const options = { secret: 's', oktaApiToken: 't', atlassianScimApiKey: 'k' };
  const sandbox = await startSandbox(options);
  const taken = Number(new URL(sandbox.control.origin).port);
  await expect(startSandbox({ ...options, ports: { control: taken } })).rejects.toThrow('EADDRINUSE');
  await sandbox.close();
});
