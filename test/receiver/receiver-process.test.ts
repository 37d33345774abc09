/** The receiver as a process: what it needs to start, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../../local/ports.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { aFile } from '../config/a-config.ts';
import { temporalAddress } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { newKey, oktaSecret, receiverUnderTest, signed, somebody } from './receiver-under-test.ts';

const main = new URL('../../receiver/main.ts', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'lockstep-receiver-'));
const file = (name: string, content: string): string => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};
const configured = (name: string, receiver?: object): string =>
  file(`${name}.yaml`, stringify(aFile(receiver ? { receiver } : {})));

const running: ChildProcess[] = [];
function start(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env } });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended, output: () => output };
}
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

it('starts before Temporal is there, serves the hooks that have secrets, and stops when it is asked', async () => {
  // For its namespace, and a line to Temporal that is cut at first.
  const beside = await receiverUnderTest();
  await beside.line.cut();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const hr = { secrets: [{ file: file('hr-key', `${newKey}\n`) }] };
  const receiver = start({
    LOCKSTEP_CONFIG: configured('hr-only', { hr }),
    LOCKSTEP_RECEIVER_PORT: String(port),
    TEMPORAL_ADDRESS: `127.0.0.1:${beside.line.port}`,
    TEMPORAL_NAMESPACE: beside.namespace,
  });
  await until('the receiver answers', async () => (await fetch(`${url}/healthz`)).ok);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  await beside.line.mend();
  await until('Temporal is reached', async () => (await fetch(`${url}/readyz`)).ok);

  const person = somebody();
  const body = JSON.stringify({ kind: 'offboard', person: { oktaId: person }, reason: 'last-day' });
  const headers = { 'content-type': 'application/json', ...signed(body) };
  const answer = await fetch(`${url}/hooks/hr`, { method: 'POST', body, headers });
  expect(answer.status).toBe(202);
  expect(await beside.signalsOf(workflowIds.offboarding(person))).toHaveLength(1);
  expect((await fetch(`${url}/hooks/okta`, { method: 'POST' })).status).toBe(404);

  receiver.child.kill('SIGTERM');
  expect(await receiver.ended).toBe(0);
  expect(receiver.output()).toContain('"msg":"order accepted"');
  expect(receiver.output()).not.toContain(newKey);
  await beside.close();
});

it('answers what is under way before it ends, also while Temporal is away', async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const receiver = start({
    LOCKSTEP_CONFIG: configured('okta-only', { okta: { secrets: [{ env: 'OKTA_HOOK' }] } }),
    LOCKSTEP_RECEIVER_PORT: String(port),
    OKTA_HOOK: oktaSecret,
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
  });
  await until('the receiver answers', async () => (await fetch(`${url}/healthz`)).ok);
  const events = Array.from({ length: 200 }, () => ({
    eventType: 'user.lifecycle.deactivate',
    target: [{ id: somebody() }],
  }));
  const headers = { 'content-type': 'application/json', authorization: oktaSecret };
  const answer = fetch(`${url}/hooks/okta`, { method: 'POST', body: JSON.stringify({ data: { events } }), headers });
  await until('it is under way', async () => /okta_subjects_total\{subject="person"\} 200/.test(await metrics(url)));
  receiver.child.kill('SIGTERM');
  expect((await answer).status).toBe(503);
  expect(await receiver.ended).toBe(0);
});

const metrics = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

const secret = (name: string) => ({ secrets: [{ env: name }] });
it.each([
  ['without a hook', undefined, 'receiver: has no hook to serve'],
  ['without a secret that is named', { okta: secret('NONE') }, 'NONE: is not set'],
  ['with a secret that can be guessed', { login: secret('SHORT') }, 'receiver.login.secrets[0]: is too short'],
  ['with a key that is none', { hr: secret('PROSE') }, 'receiver.hr.secrets[0]: is not a key in Base64'],
  ['with a proxy that is none', { okta: secret('PROSE'), trustedProxies: ['lb-1'] }, 'receiver.trustedProxies'],
])('does not start %s, and says so', async (title, receiver, problem) => {
  const { ended, output } = start({
    LOCKSTEP_CONFIG: configured(title, receiver),
    LOCKSTEP_RECEIVER_PORT: '0',
    TEMPORAL_ADDRESS: temporalAddress(),
    SHORT: 'short-secret',
    PROSE: 'this is long, and not base64 at all',
  });
  expect(await ended).toBe(2);
  expect(output()).toContain(problem);
  expect(output()).not.toMatch(/short-secret|not base64 at all/);
});
