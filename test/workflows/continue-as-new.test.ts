import { afterAll, beforeAll, expect, it } from 'vitest';
import { tellManyChanged } from '../../temporal/ask.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { workflowBundlePath } from '../support/workflow-bundle.ts';
import { createGate, fakeActivities } from './fake-activities.ts';
import { type OwnServer, startOwnServer } from './own-server.ts';
import { type Stage, startStage } from './stage.ts';
import { attributesOf } from './what-operators-see.ts';

const fakes = fakeActivities();
let server: OwnServer;
let stage: Stage;
beforeAll(async () => {
  server = await startOwnServer({ suggestContinueAsNewAfter: 10 });
  const { address, namespace } = server;
  stage = await startStage({
    address,
    namespace,
    activities: fakes.activities,
    bundlePath: await workflowBundlePath(),
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await server?.stop();
});

it('a target that is asked again and again starts over with what is still to do, and loses no request', async () => {
  const gates = [createGate(), createGate()];
  fakes.become({
    observeTarget: async () => {
      await gates[fakes.inputsOf('observeTarget').length - 1]?.pass();
      return { snapshot: 's', accounts: 0, groups: 0 };
    },
  });
  const run = await stage.request('cloud', 'r1');
  await gates[0]?.reached;
  for (const requestId of ['r2', 'r3']) await stage.request('cloud', requestId);
  gates[0]?.open();
  await gates[1]?.reached;
  await stage.request('cloud', 'r4');
  gates[1]?.open();

  expect((await run.result())?.covers).toEqual(['r4']);
  expect(fakes.inputsOf('beginRun').map(({ covers }) => covers)).toEqual([['r1'], ['r2', 'r3'], ['r4']]);
  expect(await attributesOf(run)).toEqual({ target: 'cloud', phase: 'done', needsAttention: false });
  const first = stage.client.workflow.getHandle(run.workflowId, run.signaledRunId);
  expect((await first.describe()).status.name).toBe('CONTINUED_AS_NEW');
});

it('an offboarding that a system goes on refusing starts over with how often it did, and ends when it is done', async () => {
  const person = '00u00000000000000001';
  let tries = 0;
  fakes.become({
    advanceOffboarding: async () => ({ state: 'in-effect', id: 'o-1', okta: 'suspend', targets: ['cloud'] }),
    offboardAtOkta: async () => {
      tries += 1;
      if (tries > 2) return { state: 'done' };
      return { state: 'failed', problem: { kind: 'AccessDenied', message: 'okta: 403' } };
    },
  });
  const run = await stage.client.workflow.start('offboarding', {
    workflowId: workflowIds.offboarding(person),
    taskQueue: taskQueues.urgent,
    args: [{ person }],
  });
  const startedAt = Date.now();
  expect(await run.result()).toEqual({ person, ended: 'complete' });
  // Five seconds after the first, ten after the second: the wait is not lost with the history.
  expect(Date.now() - startedAt).toBeGreaterThan(14_000);
  expect(tries).toBe(3);
  const first = stage.client.workflow.getHandle(run.workflowId, run.firstExecutionRunId);
  expect((await first.describe()).status.name).toBe('CONTINUED_AS_NEW');
}, 60_000);

it('a reading of changes that is asked for again and again starts over with an empty hand, and loses no request', async () => {
  const gates = [createGate(), createGate(), createGate()];
  fakes.become({
    observeChanges: async () => {
      await gates[fakes.inputsOf('observeChanges').length - 1]?.pass();
      return { people: 0, groups: 0, groupsRead: 0, changed: 0, marked: {} };
    },
  });
  const tell = (...people: string[]) => tellManyChanged(stage.client, { people });
  await tell('00u1');
  const first = await stage.client.workflow.getHandle(workflowIds.deltaSync()).describe();
  for (const gate of gates.slice(0, 2)) {
    await gate.reached;
    // Whatever changed: there is no id to tell that something is still to do.
    await tell();
    gate.open();
  }
  await gates[2]?.reached;
  gates[2]?.open();
  await stage.client.workflow.getHandle(workflowIds.deltaSync()).result();
  const chain = stage.client.workflow.getHandle(workflowIds.deltaSync(), first.runId);
  expect((await chain.describe()).status.name).toBe('CONTINUED_AS_NEW');
  expect(fakes.inputsOf('observeChanges')).toHaveLength(3);
}, 60_000);
