/**
 * Records what test/workflows/replay.test.ts replays: `npm run record-histories`. Histories of what is in production
 * must go on to replay, so a changed workflow gets new files beside the old ones: `npm run record-histories -- --suffix v2
 * full-sync`. Without names all are recorded.
 */
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Failure } from '../../domain/failure.ts';
import {
  type ApprovalInput,
  approveUpdate,
  type CommandInput,
  changedSignal,
  manyChangedSignal,
  noOutcomes,
  type OffboardingOrder,
  requestSignal,
  taskQueues,
  type WaitingPlan,
  waitingSignal,
  workflowIds,
} from '../../workflows/contract.ts';
import {
  approval,
  catchUp,
  check,
  command,
  deltaSync,
  dueWork,
  fullSync,
  groupSync,
  offboarding,
  personLifecycle,
  previewSync,
} from '../../workflows/index.ts';
import { until } from '../support/until.ts';
import { createGate, fakeActivities } from './fake-activities.ts';
import { startOwnServer } from './own-server.ts';
import { type Stage, startStage } from './stage.ts';

const taskQueue = taskQueues.workflows;
const fakes = fakeActivities();
const { values, positionals: only } = parseArgs({ options: { suffix: { type: 'string' } }, allowPositionals: true });
const { suffix } = values;

const refused = async (): Promise<never> => {
  throw new Failure('AccessDenied', 'cloud: list users failed: 401', { system: 'cloud', status: 401 });
};

/** Two requests while the first run is going: one more run, or, where the server asks for it, a new execution. */
async function coalesced(stage: Stage): Promise<WorkflowHandle> {
  const gate = createGate();
  fakes.become({
    observeTarget: async () => {
      if (fakes.inputsOf('observeTarget').length === 1) await gate.pass();
      return { snapshot: 'target-1', accounts: 3, groups: 1 };
    },
  });
  const run = await stage.request('cloud', 'r1');
  await gate.reached;
  for (const requestId of ['r2', 'r3']) await stage.request('cloud', requestId);
  gate.open();
  await run.result();
  return stage.client.workflow.getHandle(run.workflowId, run.signaledRunId);
}

const commandOf = (requestId: string) => ({
  workflowId: workflowIds.command(requestId),
  taskQueue,
  args: [{ requestId, command: { kind: 'pause', target: 'cloud', reason: 'CHG-1' } }] as [CommandInput],
});

const waiting: WaitingPlan = {
  planId: '0b5f0c1e-6a63-4f8e-9d07-2f6f5c1d7d31',
  revision: 1,
  hash: '3f2a9c1b3f2a9c1b',
  changes: 1,
  expiresAt: '2100-01-01T00:00:00.000Z',
};

const approvalOf = (plan: WaitingPlan) => ({
  workflowId: workflowIds.approval('cloud'),
  taskQueue,
  args: [{ target: 'cloud', waiting: plan }] as [ApprovalInput],
});

const person = '00u00000000000000001';

const inEffect: OffboardingOrder = { state: 'in-effect', id: 'o-1', okta: 'suspend', targets: ['cloud', 'jira'] };

const offboard = (client: Client) =>
  client.workflow.signalWithStart(offboarding, {
    workflowId: workflowIds.offboarding(person),
    taskQueue: taskQueues.urgent,
    args: [{ person }],
    signal: requestSignal,
    signalArgs: [{ id: 'c-1', kind: 'request', reason: 'HR-1', receivedAt: '2026-11-26T00:00:00.000Z' }],
  });

type Scenario = (stage: Stage) => Promise<WorkflowHandle>;

const finished = async (starting: Promise<WorkflowHandle>): Promise<WorkflowHandle> => {
  const handle = await starting;
  await handle.result();
  return handle;
};

const scenarios: Record<string, Scenario> = {
  async 'full-sync'({ client }) {
    fakes.become();
    return finished(
      client.workflow.start(fullSync, {
        workflowId: workflowIds.fullSync('r1'),
        taskQueue,
        args: [{ requestId: 'r1' }],
      }),
    );
  },
  async 'full-sync-problem'({ client }) {
    fakes.become({ observeSource: refused });
    return finished(client.workflow.start(fullSync, { workflowId: workflowIds.fullSync('r2'), taskQueue, args: [{}] }));
  },
  async 'target-sync-changes'(stage) {
    const parts = [
      { done: 5_000, hasMore: true },
      { done: 2, hasMore: false },
    ];
    fakes.become({
      planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 5_002, attention: 1 }),
      guardPlan: async () => ({ free: 5_002, stopped: 0, stoppedBy: {} }),
      applyPlan: async () => parts.shift() ?? { done: 0, hasMore: false },
      endRun: async () => ({ ...noOutcomes, applied: 5_001, parked: 1 }),
    });
    return finished(stage.request('cloud', 'r1'));
  },
  async 'target-sync-again'(stage) {
    fakes.become({
      planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 3, attention: 0 }),
      guardPlan: async () => ({ free: 2, stopped: 1, stoppedBy: { deactivations: 1 }, waiting }),
      observeChanges: async () => ({ people: 1, groups: 0, groupsRead: 0, changed: 1, marked: { cloud: 1 } }),
      endRun: async () => ({ ...noOutcomes, applied: 4, waiting: 1 }),
    });
    return finished(stage.request('cloud', 'r1'));
  },
  async 'target-sync-problem'(stage) {
    fakes.become({ observeTarget: refused });
    return finished(stage.request('cloud', 'r1'));
  },
  'target-sync-coalesced': coalesced,
  async 'preview-sync'({ client }) {
    fakes.become();
    return finished(
      client.workflow.start(previewSync, {
        workflowId: workflowIds.previewSync('r1'),
        taskQueue,
        args: [{ requestId: 'r1' }],
      }),
    );
  },
  async approval({ client }) {
    fakes.become();
    const handle = await client.workflow.start(approval, approvalOf(waiting));
    await handle.executeUpdate(approveUpdate, {
      args: [{ requestId: 'r1', planId: waiting.planId, hash: waiting.hash, reason: 'CHG-1' }],
    });
    return finished(Promise.resolve(handle));
  },
  async 'approval-expired'({ client }) {
    fakes.become();
    const handle = await client.workflow.start(approval, approvalOf(waiting));
    await handle.signal(waitingSignal, {
      ...waiting,
      revision: 2,
      expiresAt: new Date(Date.now() + 500).toISOString(),
    });
    return finished(Promise.resolve(handle));
  },
  async 'person-lifecycle'({ client }) {
    fakes.become();
    const input = { workflowId: workflowIds.personLifecycle(person), taskQueue: taskQueues.event };
    return finished(
      client.workflow.signalWithStart(personLifecycle, {
        ...input,
        args: [{ person }],
        signal: changedSignal,
        signalArgs: [],
      }),
    );
  },
  async 'person-lifecycle-problem'({ client }) {
    fakes.become({ observePerson: refused });
    return finished(
      client.workflow.signalWithStart(personLifecycle, {
        workflowId: workflowIds.personLifecycle(person),
        taskQueue: taskQueues.event,
        args: [{ person }],
        signal: changedSignal,
        signalArgs: [],
      }),
    );
  },
  async offboarding({ client }) {
    fakes.become({ advanceOffboarding: async () => inEffect });
    return finished(offboard(client));
  },
  async 'offboarding-continued'({ client }) {
    const effectiveAt = new Date(Date.now() + 3_600_000).toISOString();
    fakes.become({ advanceOffboarding: async () => ({ ...inEffect, state: 'scheduled', effectiveAt }) });
    const first = await offboard(client);
    const later = client.workflow.getHandle(first.workflowId);
    await until('it waits with a fresh history', async () => (await later.describe()).runId !== first.signaledRunId);
    await later.terminate();
    return client.workflow.getHandle(first.workflowId, first.signaledRunId);
  },
  async 'group-sync'({ client }) {
    fakes.become();
    const group = '00g1emaKYZTWRYYRRTSK';
    return finished(
      client.workflow.signalWithStart(groupSync, {
        workflowId: workflowIds.groupSync(group),
        taskQueue: taskQueues.event,
        args: [{ group }],
        signal: changedSignal,
        signalArgs: [],
      }),
    );
  },
  async 'group-sync-problem'({ client }) {
    fakes.become({ observeGroup: refused });
    const group = '00g1emaKYZTWRYYRRTSK';
    return finished(
      client.workflow.signalWithStart(groupSync, {
        workflowId: workflowIds.groupSync(group),
        taskQueue: taskQueues.event,
        args: [{ group }],
        signal: changedSignal,
        signalArgs: [],
      }),
    );
  },
  async 'delta-sync'({ client }) {
    fakes.become({
      observeChanges: async () => ({
        people: 2,
        groups: 1,
        groupsRead: 0,
        changed: 2,
        marked: { cloud: 2, jira: 1 },
        regrouped: { targets: ['jira'], asOf: '2026-11-26T10:00:00.000Z' },
      }),
    });
    return finished(
      client.workflow.signalWithStart(deltaSync, {
        workflowId: workflowIds.deltaSync(),
        taskQueue: taskQueues.event,
        args: [{ people: [] }],
        signal: manyChangedSignal,
        signalArgs: [[person], ['00g1emaKYZTWRYYRRTSK']],
      }),
    );
  },
  async 'catch-up'({ client }) {
    let round = 0;
    fakes.become({
      followEvents: async () => {
        round += 1;
        const state = round < 3 ? 'followed' : 'switched-off';
        return { state, readUntil: '2026-11-26T10:00:00.000Z', people: 1, groups: 0, together: 0 };
      },
    });
    return finished(
      client.workflow.start(catchUp, { workflowId: workflowIds.catchUp(), taskQueue: taskQueues.event, args: [{}] }),
    );
  },
  async check({ client }) {
    fakes.become();
    return finished(client.workflow.start(check, { workflowId: workflowIds.check('r1'), taskQueue, args: [] }));
  },
  async 'due-work'({ client }) {
    fakes.become({ askForDueWork: async () => ({ targets: ['cloud'] }) });
    return finished(client.workflow.start(dueWork, { workflowId: workflowIds.dueWork('r1'), taskQueue, args: [] }));
  },
  async command({ client }) {
    fakes.become();
    return finished(client.workflow.start(command, commandOf('r1')));
  },
  async 'command-refused'({ client }) {
    fakes.become({ runCommand: refused });
    return finished(client.workflow.start(command, commandOf('r2')));
  },
};

async function record(all: Record<string, Scenario>, suggestContinueAsNewAfter?: number): Promise<void> {
  const wanted = Object.entries(all).filter(([name]) => only.length === 0 || only.includes(name));
  if (wanted.length === 0) return;
  const server = await startOwnServer(suggestContinueAsNewAfter === undefined ? {} : { suggestContinueAsNewAfter });
  const { address, namespace } = server;
  const stage = await startStage({ address, namespace, activities: fakes.activities });
  try {
    for (const [name, play] of wanted) {
      const history = await (await play(stage)).fetchHistory();
      // Who recorded it, and on which machine, is nobody's business.
      const text = historyToJSON(history)
        .replaceAll(`${process.pid}@${hostname()}`, 'worker')
        .replaceAll(join(import.meta.dirname, '../..'), '/app');
      const file = suffix === undefined ? `${name}.json` : `${name}.${suffix}.json`;
      await writeFile(join(import.meta.dirname, '../histories', file), `${text}\n`);
      console.error(`recorded ${file}: ${history.events?.length} events`);
    }
  } finally {
    await stage.stop();
    await server.stop();
  }
}

await record(scenarios);
await record({ 'target-sync-continued': coalesced }, 10);
