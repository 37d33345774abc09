/** A worker that cannot work says why in words, and ends. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildBundle } from '../../worker/build-bundle.ts';
import { temporalAddress } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { aWorkerFile, completeEnvironment, startWorker } from './a-worker.ts';

/** Takes connections, keeps what is said to it, and never answers. */
const heard: Buffer[] = [];
const sockets = new Set<Socket>();
const silent = createServer((socket) => {
  sockets.add(socket);
  socket.on('data', (bytes) => heard.push(bytes)).on('error', () => {});
});
let silentAddress: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  silentAddress = typeof address === 'object' ? `127.0.0.1:${address?.port}` : '';
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

/** It connects to nobody, so it must have ended long before it could have given up. */
async function refusal(env: NodeJS.ProcessEnv, config?: string): Promise<string> {
  const connectionsBefore = sockets.size;
  const silentOnes = { TEMPORAL_ADDRESS: silentAddress, DATABASE_URL: `postgres://u:p@${silentAddress}/d` };
  const { code, output } = await startWorker({ ...completeEnvironment, ...silentOnes, ...env }, config).ended;
  expect(code).toBe(2);
  expect(output).not.toMatch(/^\s+at /m);
  expect(sockets.size).toBe(connectionsBefore);
  return output;
}

describe('wrong settings end a worker with exit code 2 before it connects to anything', () => {
  it('with all that is wrong in the environment and in the file at once', async () => {
    const output = await refusal(
      { DATABASE_URL: '', LOCKSTEP_LOG_LEVEL: 'loud', TEMPORAL_ADDRESS: 'http://temporal' },
      'version: 1\nsource: {}\ntargets: {}\n',
    );
    for (const words of [
      'environment: 3 problems',
      'DATABASE_URL',
      'LOCKSTEP_LOG_LEVEL',
      'TEMPORAL_ADDRESS',
      'source.okta',
    ])
      expect(output).toContain(words);
  });

  it("with every secret that is missing, Okta's and all targets'", async () => {
    const output = await refusal({ OKTA_API_TOKEN: '', KEY_ONE: '', KEY_TWO: '', LOCKSTEP_WORKER_HTTP_PORT: 'x' });
    for (const words of ['secrets: 3 problems', 'OKTA_API_TOKEN', 'KEY_ONE', 'KEY_TWO', 'LOCKSTEP_WORKER_HTTP_PORT'])
      expect(output).toContain(words);
  });

  it('with an API key for Temporal that would travel in the clear', async () => {
    const output = await refusal({ TEMPORAL_API_KEY: 'the-key-of-temporal', TEMPORAL_TLS: 'false' });
    expect(output).toContain('TEMPORAL_TLS');
    expect(output).not.toContain('the-key-of-temporal');
  });

  it('with a bundle that is not there, or was made for other choices', async () => {
    expect(await refusal({ LOCKSTEP_WORKFLOW_BUNDLE: '/nowhere/bundle.js' })).toMatch(
      /LOCKSTEP_WORKFLOW_BUNDLE: cannot be read \(ENOENT\)\n +make it anew: node worker\/build-bundle\.ts <file>/,
    );
    const bundle = join(inject('servers').runDir, 'untraced.js');
    writeFileSync(bundle, 'exports.nothing = 1;');
    const traced = { LOCKSTEP_WORKFLOW_BUNDLE: bundle, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    expect(await refusal(traced)).toContain('build-bundle.ts --traces <file>');
  });

  it('with a bundle that would leave failures in clear although there are keys, or the other way round', async () => {
    const [readable, hiding] = [false, true].map((encrypts) =>
      join(inject('servers').runDir, `encrypts-${encrypts}.js`),
    );
    writeFileSync(readable!, 'exports.nothing = 1;');
    writeFileSync(hiding!, await buildBundle({ encrypts: true }));
    const keys = '\nencryption: { keys: [{ id: one, key: { env: KEY_OF_PAYLOADS } }] }\n';
    const key = { KEY_OF_PAYLOADS: randomBytes(32).toString('base64') };
    const inClear = await refusal({ LOCKSTEP_WORKFLOW_BUNDLE: readable!, ...key }, aWorkerFile + keys);
    expect(inClear).toMatch(/leaves failures in clear[\s\S]*build-bundle\.ts --encrypts <file>/);
    expect(await refusal({ LOCKSTEP_WORKFLOW_BUNDLE: hiding! })).toContain('hides failures');
  });

  it('with a key of payloads that is missing or none', async () => {
    const keys = '\nencryption: { keys: [{ id: one, key: { env: KEY_OF_PAYLOADS } }] }\n';
    expect(await refusal({}, aWorkerFile + keys)).toContain('KEY_OF_PAYLOADS: is not set');
    const short = await refusal({ KEY_OF_PAYLOADS: 'c2hvcnQ=' }, aWorkerFile + keys);
    expect(short).toContain('encryption.keys one: is not 32 bytes as base64');
    expect(short).not.toContain('c2hvcnQ=');
  });

  it('with a private key that cannot sign', async () => {
    const config = `version: 1
source: { okta: { orgUrl: https://okta.invalid, credentials: { clientId: 0oa1, privateKey: { env: OKTA_API_TOKEN } } } }
targets: { one: { kind: atlassian-cloud, baseUrl: https://scim.invalid/scim/directory/one, credentials: { apiKey: { env: KEY_ONE } }, scope: { groups: [a] } } }
`;
    const output = await refusal({}, config);
    expect(output).toMatch(/private key/i);
    expect(output).not.toContain(completeEnvironment.OKTA_API_TOKEN);
  });
});

describe('a Temporal that cannot be used ends a worker with exit code 1, in words', () => {
  const failure = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const { code, output } = await startWorker({ ...completeEnvironment, ...env }).ended;
    expect(code).toBe(1);
    expect(output).toContain('TEMPORAL_ADDRESS');
    expect(output).not.toMatch(/^\s+at |"level"/m);
    return output;
  };

  it('when nobody listens', async () => {
    expect(await failure({})).toContain('Temporal at 127.0.0.1:9 cannot be reached: Connection refused');
  });

  it('when the name is unknown', async () => {
    expect(await failure({ TEMPORAL_ADDRESS: 'temporal.invalid:7233' })).toContain('temporal.invalid:7233');
  });

  it('when it never answers, and an API key is not told before the line is encrypted', async () => {
    heard.length = 0;
    const key = 'the-key-of-temporal';
    expect(await failure({ TEMPORAL_ADDRESS: silentAddress, TEMPORAL_API_KEY: key })).not.toContain(key);
    const said = Buffer.concat(heard);
    expect(said.subarray(0, 2), "TLS's record of a handshake").toEqual(Buffer.from([0x16, 0x03]));
    expect(said.includes(key)).toBe(false);
  });

  it('when it has no such namespace, which is a setting: exit code 2', async () => {
    const env = { ...completeEnvironment, TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: 'nowhere' };
    const { code, output } = await startWorker(env).ended;
    expect(output).toContain('TEMPORAL_NAMESPACE');
    expect(output).toContain('nowhere');
    expect(code).toBe(2);
  });
});

it('a worker that is told to stop while it starts does not begin', async () => {
  const worker = startWorker({ ...completeEnvironment, TEMPORAL_ADDRESS: silentAddress });
  const before = sockets.size;
  await until('it connects', () => sockets.size > before);
  worker.kill('SIGTERM');
  // Had it gone on until it gave up, it would end with 1.
  const { code, output } = await worker.ended;
  expect(code).toBe(0);
  expect(output).not.toContain('worker started');
});
