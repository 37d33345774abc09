import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FullSyncResult, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ seed: { people: 30, groups: 5, seed: 1 }, reader: false });
}, 120_000);
afterAll(() => system?.stop());

it('walks', async () => {
  const requestId = randomUUID();
  const handle = await system.client.workflow.start('fullSync', {
    workflowId: workflowIds.fullSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
  const result = (await handle.result()) as FullSyncResult;
  console.log(result);
  const run = await system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
  console.log(run, system.worker.log().slice(-3000));
  console.log(system.sandbox.cloud.requests.counts?.());
  expect(result.targets).toEqual(['cloud']);
}, 120_000);
