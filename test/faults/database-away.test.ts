/** The database breaks its connections, or is away for a while, in the middle of a run: the run goes on and ends right. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FullSyncResult, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { relayTo, type TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let line: TcpRelay;
beforeAll(async () => {
  lab = await startLab();
  const url = new URL(String(lab.system.env['DATABASE_URL']));
  line = await relayTo(url.hostname, Number(url.port));
  url.port = String(line.port);
  url.hostname = '127.0.0.1';
  await lab.restart({ env: { DATABASE_URL: url.href } });
}, 120_000);
afterAll(async () => {
  await lab?.stop();
  await line?.cut();
});

let worker: number | undefined;
beforeEach(async () => {
  await lab.reset({ okta: { people: 120, groups: 8, seed: 81 } });
  worker = lab.system.worker.pid;
});

const ask = (requestId: string) =>
  lab.system.client.workflow.start('fullSync', {
    workflowId: workflowIds.fullSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });

const isReady = async (): Promise<boolean> => (await fetch(`${lab.system.worker.url}/readyz`)).ok;

async function expectRightEnd(): Promise<void> {
  const run = await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
  for (const side of ['okta', 'cloud'] as const) lab.system.sandbox[side].transport.latencyMs = 0;
  expect(run).toMatchObject({ outcomes: { parked: 0, stale: 0 } });
  expect(run).not.toHaveProperty('problem');
  expect(await lab.differences()).toEqual([]);
  expect(lab.createdTwice()).toEqual([]);
  // What was done while the database was away is recorded afterwards, and what got no claim was not sent.
  const lookUps = lab.system.sandbox.cloud.requests.since().filter(({ query }) => query.includes('filter='));
  expect(lookUps).toEqual([]);
  expect(lab.system.worker.pid).toBe(worker);
  expect(lab.system.worker.log()).not.toContain('worker failed');
  await until('the worker is ready', isReady);
}

describe('the database', () => {
  it('breaks all connections while accounts are created', async () => {
    lab.system.sandbox.cloud.transport.latencyMs = 60;
    await ask('broken-while-applying');
    await until('some accounts are there', () => lab.directory().users.length > 20);
    await line.cut();
    await line.mend();
    await expectRightEnd();
  }, 180_000);

  it('breaks all connections while Okta is read', async () => {
    lab.system.sandbox.okta.transport.latencyMs = 500;
    const full = await ask('broken-while-reading');
    await until('Okta is asked', () => lab.system.sandbox.okta.requests.since().length > 0);
    await line.cut();
    await line.mend();
    expect((await full.result()) as FullSyncResult).toMatchObject({ targets: ['cloud'] });
    await expectRightEnd();
  }, 180_000);

  it('is away for eight seconds, of which the worker tells', async () => {
    lab.system.sandbox.cloud.transport.latencyMs = 60;
    await ask('away');
    await until('some accounts are there', () => lab.directory().users.length > 20);
    const cutAt = performance.now();
    await line.cut();
    await until('the worker is not ready', async () => !(await isReady()));
    await until('it has been away for eight seconds', () => performance.now() - cutAt > 8_000);
    await line.mend();
    await expectRightEnd();
  }, 180_000);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});
