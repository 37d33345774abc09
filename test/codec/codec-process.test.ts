/** The codec server as a process, and Temporal's own command line asking it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { encryptionKeysIfConfigured } from '../../config/encryption-keys.ts';
import { freePort } from '../../local/ports.ts';
import { ensureTemporalCli } from '../../local/temporal-cli.ts';
import { dataConverter } from '../../temporal/data-converter.ts';
import { aFile } from '../config/a-config.ts';
import { registerNamespace } from '../support/namespace.ts';
import { temporalAddress } from '../support/servers.ts';
import { until } from '../support/until.ts';

const main = new URL('../../codec/main.ts', import.meta.url).pathname;
const token = randomBytes(32).toString('hex');
const dir = mkdtempSync(join(tmpdir(), 'lockstep-codec-'));
const file = (name: string, content: string): string => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};

const keys = [{ id: '2026-11', key: { file: file('key', randomBytes(32).toString('base64')) } }];
const configured = (name: string, codecServer?: object): string =>
  file(name, stringify(aFile({ encryption: { keys, ...(codecServer ? { codecServer } : {}) } })));

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

describe('the process', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await Connection.connect({ address: temporalAddress() });
  });
  afterAll(() => connection?.close());

  it("lets Temporal's command line show what it cannot read by itself, and stops when it is asked", async () => {
    const namespace = await registerNamespace(connection);
    const listen = `127.0.0.1:${await freePort()}`;
    const uiOrigin = 'http://127.0.0.1:8233';
    const env = { LOCKSTEP_CONFIG: configured('all.yaml', { listen, uiOrigin, token: { env: 'TOKEN' } }) };
    const server = start({ ...env, TEMPORAL_NAMESPACE: namespace, TOKEN: token });
    await until('the codec server answers', async () => (await fetch(`http://${listen}/healthz`)).ok);

    const client = new Client({ connection, namespace, dataConverter: dataConverter(encryptionKeysIfConfigured(env)) });
    const workflowId = 'codec/1';
    await client.workflow.start('check', { workflowId, taskQueue: 'nobody', args: [{ word: 'marigold' }] });
    const cli = await ensureTemporalCli({ env: process.env, report: console.error });
    const show = async (...more: string[]): Promise<string> => {
      const args = ['workflow', 'show', '-w', workflowId, '-o', 'json', '--address', temporalAddress()];
      const { stdout } = await promisify(execFile)(cli, [...args, '--namespace', namespace, ...more]);
      return stdout;
    };
    const endpoint = ['--codec-endpoint', `http://${listen}`];
    const asJson = Buffer.from(JSON.stringify({ word: 'marigold' })).toString('base64');
    expect(await show()).toContain(Buffer.from('binary/encrypted').toString('base64'));
    expect(await show()).not.toContain(asJson);
    expect(await show(...endpoint, '--codec-auth', `Bearer ${token}`)).toContain(asJson);

    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(server.output()).not.toMatch(/marigold/);
  });

  it.each([
    ['without a codec server in lockstep.yaml', undefined, 'encryption.codecServer: is not there'],
    ['without its token', { token: { env: 'NONE' } }, 'NONE: is not set'],
    ['with a token that can be guessed', { token: { env: 'SHORT' } }, 'encryption.codecServer.token: is too short'],
  ])('does not start %s, and says so', async (title, server, problem) => {
    const path = configured(`${title}.yaml`, server && { uiOrigin: 'http://127.0.0.1:8233', ...server });
    const { ended, output } = start({ LOCKSTEP_CONFIG: path, SHORT: 'short-secret' });
    expect(await ended).toBe(2);
    expect(output()).toContain(problem);
    expect(output()).not.toContain('short-secret');
  });
});
