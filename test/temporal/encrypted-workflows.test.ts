/** Whole workflows on a real Temporal server, which is to see nothing of what they say. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporalAccess } from '../../client/temporal-access.ts';
import type { EncryptionKey } from '../../config/encryption-keys.ts';
import { Failure } from '../../domain/failure.ts';
import { dataConverter, failureConverterPath } from '../../temporal/data-converter.ts';
import { createWorkers } from '../../worker/create-workers.ts';
import { taskQueues } from '../../workflows/contract.ts';
import { registerNamespace } from '../support/namespace.ts';
import { temporalAddress } from '../support/servers.ts';
import { fakeActivities } from '../workflows/fake-activities.ts';
import { quietRuntime } from '../workflows/quiet-runtime.ts';
import { aKey } from './a-key.ts';
import type { check, failing, listening } from './workflows/index.ts';

const word = 'marigold';
const [old, current] = [aKey('2026-01'), aKey('2026-11')];
const workflowsPath = new URL('./workflows/index.ts', import.meta.url).pathname;
const taskQueue = taskQueues.workflows;

let dir: string;
let connection: Connection;
let workerConnection: NativeConnection;
beforeAll(async () => {
  quietRuntime();
  dir = mkdtempSync(join(tmpdir(), 'lockstep-encrypted-'));
  connection = await Connection.connect({ address: temporalAddress() });
  workerConnection = await NativeConnection.connect({ address: temporalAddress() });
});
afterAll(async () => {
  await workerConnection?.close();
  await connection?.close();
  rmSync(dir, { recursive: true });
});

const bundles = new Map<boolean, Promise<string>>();

/** With the failure converter or without, as there are keys or none. */
function bundleFor(isEncrypting: boolean): Promise<string> {
  const make = async (): Promise<string> => {
    const logger = new DefaultLogger('WARN');
    const options = { workflowsPath, logger, ...(isEncrypting ? { failureConverterPath } : {}) };
    const path = join(dir, `${isEncrypting}.js`);
    writeFileSync(path, (await bundleWorkflowCode(options)).code);
    return path;
  };
  const found = bundles.get(isEncrypting) ?? make();
  bundles.set(isEncrypting, found);
  return found;
}

const fakes = fakeActivities();

/** Has workers with these keys for as long as the work takes. */
async function withWorkers<T>(namespace: string, keys: readonly EncryptionKey[], work: () => Promise<T>): Promise<T> {
  const workers = await createWorkers({
    connection: workerConnection,
    namespace,
    activities: fakes.activities,
    bundlePath: await bundleFor(keys.length > 0),
    dataConverter: dataConverter(keys),
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    return await work();
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
  }
}

const clientOf = (namespace: string, keys: readonly EncryptionKey[]) =>
  new Client({ connection, namespace, dataConverter: dataConverter(keys) });

/** Every text in a history as the server has it, bytes included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('latin1')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const historyOf = (client: Client, workflowId: string) => client.workflow.getHandle(workflowId).fetchHistory();
const saying = async (client: Client, workflowId: string): Promise<string[]> =>
  textsIn(await historyOf(client, workflowId)).filter((text) => text.includes(word));

/** A run in which input, signal, result, memo and summary have the word, and one in which all failures have it. */
async function say(namespace: string, keys: readonly EncryptionKey[]) {
  const client = clientOf(namespace, keys);
  fakes.become({
    checkSystems: async () => {
      throw new Failure('Rejected', `activity failed: ${word}`, { system: 'cloud' });
    },
  });
  return withWorkers(namespace, keys, async () => {
    const heard = await client.workflow.start<typeof listening>('listening', {
      workflowId: `listening/${randomUUID()}`,
      taskQueue,
      args: [`${word} as input`],
      memo: { said: `${word} as memo` },
      staticSummary: `${word} as summary`,
    });
    await heard.signal('word', `${word} as signal`);
    expect(await heard.result()).toEqual([`${word} as input`, `${word} as signal`]);
    const failed = await client.workflow.start<typeof failing>('failing', {
      workflowId: `failing/${randomUUID()}`,
      taskQueue,
      args: [word],
    });
    const error = await failed.result().catch((reason: unknown) => reason);
    return { client, heard: heard.workflowId, failed: failed.workflowId, error };
  });
}

describe('with keys', () => {
  let run: Awaited<ReturnType<typeof say>>;
  let namespace: string;
  beforeAll(async () => {
    namespace = await registerNamespace(connection);
    run = await say(namespace, [current]);
  });

  it('Temporal gets no word of inputs, signals, results, memos and summaries', async () => {
    expect(await saying(run.client, run.heard)).toEqual([]);
    expect(textsIn(await historyOf(run.client, run.heard))).toContain('2026-11');
  });

  it('nor of failures: neither their messages nor where in the code they come from', async () => {
    expect(await saying(run.client, run.failed)).toEqual([]);
    const texts = textsIn(await historyOf(run.client, run.failed));
    expect(texts).toContain('Encoded failure');
    expect(texts.filter((text) => /\.ts:\d+/.test(text))).toEqual([]);
    // Their kind stays readable: workflows and operators decide by it.
    expect(texts).toContain('Rejected');
  });

  it('whoever has the keys reads the failures as they were, causes included', () => {
    expect(run.error).toBeInstanceOf(WorkflowFailedError);
    const causes: string[] = [];
    for (let error: unknown = run.error; error instanceof Error; error = error.cause) causes.push(error.message);
    expect(causes).toContain(`workflow failed: ${word}`);
    expect(causes).toContain(`activity failed: ${word}`);
  });

  it('an encrypted history replays, and only with its keys', async () => {
    const history = await historyOf(run.client, run.failed);
    const replay = async (keys: readonly EncryptionKey[]): Promise<void> => {
      const workflowBundle = { codePath: await bundleFor(true) };
      await Worker.runReplayHistory({ workflowBundle, dataConverter: dataConverter(keys) }, history);
    };
    await replay([current]);
    await replay([old, current]);
    await expect(replay([old])).rejects.toThrow(/Workflow activation completion failed/);
    const scheduled = history.events?.find((event) => event.activityTaskScheduledEventAttributes);
    scheduled!.activityTaskScheduledEventAttributes!.activityType!.name = 'renamed';
    await expect(replay([current])).rejects.toThrow(/[Nn]ondeterminism/);
  });

  it('a client without them is told what is missing, and where', async () => {
    const address = temporalAddress();
    const resultBy = async (keys?: () => readonly EncryptionKey[]): Promise<unknown> => {
      const access = new TemporalAccess({ address, namespace, options: { address } }, keys);
      try {
        return await access.use((client) => client.workflow.getHandle(run.heard).result());
      } finally {
        await access.close();
      }
    };
    await expect(resultBy()).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('encrypted with the key 2026-11'),
      hint: expect.stringContaining('lockstep.yaml'),
    });
    expect(await resultBy(() => [current])).toEqual([`${word} as input`, `${word} as signal`]);
  });
});

it('without keys the same look finds the word in each of these places', async () => {
  const run = await say(await registerNamespace(connection), []);
  const heard = (await saying(run.client, run.heard)).join('\n');
  for (const place of ['input', 'signal', 'memo', 'summary']) expect(heard).toContain(`${word} as ${place}`);
  const failed = (await saying(run.client, run.failed)).join('\n');
  for (const place of ['activity', 'workflow']) expect(failed).toContain(`${place} failed: ${word}`);
});

describe('what is open', () => {
  const open = async (client: Client) =>
    client.workflow.start<typeof listening>('listening', {
      workflowId: `listening/${randomUUID()}`,
      taskQueue,
      args: ['early'],
    });

  it('goes on when encryption is switched on', async () => {
    const namespace = await registerNamespace(connection);
    const [before, after] = [clientOf(namespace, []), clientOf(namespace, [current])];
    const { workflowId } = await withWorkers(namespace, [], () => open(before));
    await after.workflow.getHandle(workflowId).signal('word', 'late');
    const result = await withWorkers(namespace, [current], () => after.workflow.getHandle(workflowId).result());
    expect(result).toEqual(['early', 'late']);
  });

  it('goes on when the key is changed, and what is said after that has the new one', async () => {
    const namespace = await registerNamespace(connection);
    const [before, after] = [clientOf(namespace, [old]), clientOf(namespace, [current, old])];
    const { workflowId } = await withWorkers(namespace, [old], () => open(before));
    await after.workflow.getHandle(workflowId).signal('word', 'late');
    const result = await withWorkers(namespace, [current, old], () => after.workflow.getHandle(workflowId).result());
    expect(result).toEqual(['early', 'late']);
    const texts = textsIn(await historyOf(after, workflowId));
    expect(texts).toContain('2026-01');
    expect(texts).toContain('2026-11');
  });
});

it("Lockstep's own workflows run encrypted", async () => {
  const namespace = await registerNamespace(connection);
  const report = { results: [{ system: 'okta', check: 'credentials', status: 'ok', message: word }] } as const;
  fakes.become({ checkSystems: async () => ({ results: [...report.results] }) });
  const client = clientOf(namespace, [current]);
  await withWorkers(namespace, [current], async () => {
    const run = await client.workflow.start<typeof check>('check', { workflowId: 'check/1', taskQueue, args: [{}] });
    expect(await run.result()).toEqual(report);
    expect(await saying(client, 'check/1')).toEqual([]);
  });
});
