/** What a platform asks a worker: whether it lives, whether it works, and its figures. */
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../local/ports.ts';
import { registerNamespace } from '../support/namespace.ts';
import { type FreshDatabase, freshDatabase, temporalAddress } from '../support/servers.ts';
import { relayTo, type TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';
import { completeEnvironment, startWorker, type WorkerProcess } from './a-worker.ts';

let database: FreshDatabase;
let toTemporal: TcpRelay;
let toDatabase: TcpRelay;
let worker: WorkerProcess;
let url: string;

beforeAll(async () => {
  database = await freshDatabase();
  const connection = await Connection.connect({ address: temporalAddress() });
  const namespace = await registerNamespace(connection);
  await connection.close();
  const [host = '', port] = temporalAddress().split(':');
  toTemporal = await relayTo(host, Number(port));
  const databaseUrl = new URL(database.url);
  toDatabase = await relayTo(databaseUrl.hostname, Number(databaseUrl.port));
  databaseUrl.host = `127.0.0.1:${toDatabase.port}`;
  const httpPort = await freePort();
  url = `http://127.0.0.1:${httpPort}`;
  worker = startWorker({
    ...completeEnvironment,
    DATABASE_URL: databaseUrl.href,
    TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}`,
    TEMPORAL_NAMESPACE: namespace,
    LOCKSTEP_WORKER_HTTP_PORT: String(httpPort),
  });
  await until('the worker is ready', async () => (await ask('/readyz')).status === 200);
}, 120_000);

afterAll(async () => {
  worker?.kill('SIGTERM');
  await worker?.ended;
  await Promise.all([toTemporal?.cut(), toDatabase?.cut()]);
  await database?.drop();
});

async function ask(path: string): Promise<{ status: number; body: { status?: string; problems?: string[] } }> {
  const response = await fetch(url + path);
  return { status: response.status, body: (await response.json()) as { status?: string; problems?: string[] } };
}

const readiness = (problems: string[]) =>
  until(`it says ${problems.join() || 'that it is ready'}`, async () => {
    const { status, body } = await ask('/readyz');
    return status === (problems.length ? 503 : 200) && String(body.problems) === String(problems);
  });

it('is ready while Temporal and the database answer', async () => {
  expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ready', problems: [] } });
  expect(await ask('/healthz')).toEqual({ status: 200, body: { status: 'alive' } });
});

it.each([
  ['the database', 'the database does not answer', () => toDatabase],
  ['Temporal', 'Temporal does not answer', () => toTemporal],
])('says that %s is away, lives on, and is ready again when it is back', async (_who, words, line) => {
  await line().cut();
  await readiness([words]);
  expect((await ask('/healthz')).status).toBe(200);
  await line().mend();
  await readiness([]);
});

it('ends by SIGTERM with exit code 0, and its log tells no secret', async () => {
  worker.kill('SIGTERM');
  const { code, output } = await worker.ended;
  expect(code).toBe(0);
  expect(output).toContain('"msg":"worker stopped"');
  for (const line of output.trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow();
  for (const secret of ['okta-token-of-the-test', 'key-one-of-the-test', new URL(database.url).password])
    expect(output).not.toContain(secret);
});
