/** What the command line asks for is encrypted as what the worker does is. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { workflowIds } from '../../workflows/contract.ts';
import { runCommand } from '../client/fake-lockstep.ts';
import { aFile } from '../config/a-config.ts';
import { registerNamespace } from '../support/namespace.ts';
import { temporalAddress } from '../support/servers.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-requests-'));
const path = join(dir, 'lockstep.yaml');
writeFileSync(path, stringify(aFile({ encryption: { keys: [{ id: 'one', key: { env: 'KEY_ONE' } }] } })));

let connection: Connection;
let env: NodeJS.ProcessEnv;
let namespace: string;
beforeAll(async () => {
  connection = await Connection.connect({ address: temporalAddress() });
  namespace = await registerNamespace(connection);
  env = { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: namespace };
});
afterAll(async () => {
  await connection?.close();
  rmSync(dir, { recursive: true });
});

/** The encoding of the first input of a sync that was asked for. */
async function encodingOfSync(more: NodeJS.ProcessEnv): Promise<string> {
  const { code, json } = await runCommand(['sync', '--no-wait', '--output', 'json'], { env: { ...env, ...more } });
  expect(code).toBe(0);
  const { requestId } = json() as { requestId: string };
  const handle = new Client({ connection, namespace }).workflow.getHandle(workflowIds.fullSync(requestId));
  const { events } = await handle.fetchHistory();
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return Buffer.from(input?.metadata?.encoding ?? []).toString();
}

it('a request is encrypted where lockstep.yaml names keys, and in clear where it does not', async () => {
  const key = randomBytes(32).toString('base64');
  expect(await encodingOfSync({ LOCKSTEP_CONFIG: path, KEY_ONE: key })).toBe('binary/encrypted');
  expect(await encodingOfSync({ LOCKSTEP_CONFIG: '/nowhere/lockstep.yaml' })).toBe('json/plain');
});

it('is refused, with the name of what is missing, where the key is not there', async () => {
  const { code, stderr } = await runCommand(['sync', '--no-wait'], { env: { ...env, LOCKSTEP_CONFIG: path } });
  expect(code).toBe(2);
  expect(stderr).toContain('KEY_ONE: is not set');
});
