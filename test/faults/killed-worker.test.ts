/** The worker dies, or is told to end, in the middle of a first load, and another one takes over. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { until } from '../support/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());

const created = (): number =>
  lab.system.sandbox.cloud.requests
    .since()
    .filter(({ method, route, status }) => method === 'POST' && route.endsWith('/Users') && status === 201).length;

/** A first load that is a third through its accounts. */
async function beginFirstLoad(requestId: string, people: number) {
  await lab.reset({ okta: { people, groups: 8, seed: 31 } });
  lab.system.sandbox.cloud.transport.latencyMs = 30;
  const full = await lab.system.client.workflow.start('fullSync', {
    workflowId: workflowIds.fullSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
  await until('a third of the accounts are there', () => created() > people / 3);
  return full;
}

async function endOfRun() {
  const run = await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
  lab.system.sandbox.cloud.transport.latencyMs = 0;
  return run;
}

async function expectOneCreationEach(people: number): Promise<void> {
  expect(await lab.differences()).toEqual([]);
  expect(lab.createdTwice()).toEqual([]);
  expect(created()).toBe(lab.directory().users.length);
  expect(created()).toBeGreaterThan(people / 2);
}

describe('a worker that ends in the middle of a first load', () => {
  it('by SIGKILL: its successor goes on, and creates nobody twice', async () => {
    await beginFirstLoad('killed', 300);
    await lab.system.worker.end('SIGKILL');
    const atDeath = created();
    await lab.system.worker.start();
    const run = await endOfRun();

    expect(atDeath).toBeLessThan(280);
    expect(run).toMatchObject({ outcomes: { parked: 0, stale: 0 } });
    expect(run).not.toHaveProperty('problem');
    await expectOneCreationEach(300);
    // What was under way is looked up, at most the portion that was begun.
    const lookUps = lab.system.sandbox.cloud.requests
      .since()
      .filter(({ query }) => query.includes('filter=externalId'));
    expect(lookUps.length).toBeGreaterThan(0);
  }, 120_000);

  it('by SIGTERM: it finishes what is under way and is gone within 20 s, and its successor goes on', async () => {
    await beginFirstLoad('ended', 300);
    const began = performance.now();
    await lab.system.worker.end('SIGTERM');
    expect(performance.now() - began).toBeLessThan(20_000);
    const recorded = await lab.system.store
      .selectFrom('person_link')
      .select(({ fn }) => fn.countAll<string>().as('n'))
      .executeTakeFirstOrThrow();
    expect(Number(recorded.n), 'every account that was made is recorded before the end').toBe(created());
    expect(lab.system.worker.log()).toContain('worker stopped');

    await lab.system.worker.start();
    const run = await endOfRun();
    expect(run).toMatchObject({ outcomes: { parked: 0, stale: 0 } });
    await expectOneCreationEach(300);
    // Nothing was lost, so nothing has to be looked up.
    expect(lab.system.sandbox.cloud.requests.since().filter(({ query }) => query.includes('filter='))).toEqual([]);
  }, 120_000);

  it('by SIGKILL while Okta is read: the next one reads again from the start', async () => {
    await lab.reset({ okta: { people: 300, groups: 8, seed: 32 } });
    lab.system.sandbox.okta.transport.latencyMs = 400;
    const requestId = 'killed-while-reading';
    const full = await lab.system.client.workflow.start('fullSync', {
      workflowId: workflowIds.fullSync(requestId),
      taskQueue: taskQueues.workflows,
      args: [{ requestId }],
    });
    await until(
      'Okta is being read',
      () => lab.system.sandbox.okta.requests.last > 0 && lab.system.sandbox.okta.requests.since().length >= 2,
    );
    await lab.system.worker.end('SIGKILL');
    lab.system.sandbox.okta.transport.latencyMs = 0;
    await lab.system.worker.start();
    expect(await full.result()).toMatchObject({ targets: ['cloud'] });
    await endOfRun();
    await expectOneCreationEach(300);
  }, 120_000);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});
