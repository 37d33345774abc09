/** Asks a stage for work and waits for it, whatever is away meanwhile. */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import {
  type Command,
  type CommandResult,
  type FullSyncResult,
  type TargetRun,
  taskQueues,
  workflowIds,
} from '../../workflows/contract.ts';
import { until } from '../support/until.ts';
import type { Stage } from './stage.ts';

const longestRunMs = 420_000;
/** Asked again after this, since waiting for a result that never comes would not end with the time that a run may take. */
const longestWaitMs = 30_000;

/** The result of an execution; raised is only what the execution itself ended with. */
async function resultOf<T>({ lab }: Stage, workflowId: string): Promise<T> {
  const { client } = lab.system;
  const found = await until(
    `${workflowId} has ended`,
    async () => {
      try {
        const result = () => client.workflow.getHandle(workflowId).result();
        return { value: (await client.withDeadline(Date.now() + longestWaitMs, result)) as T };
      } catch (error) {
        // Temporal may be away, or the execution not at its end: asked again.
        if (error instanceof WorkflowFailedError) return { error };
        throw error;
      }
    },
    longestRunMs,
  );
  if ('error' in found) throw new Error(`${workflowId} failed: ${String(found.error.cause ?? found.error)}`);
  return found.value;
}

async function start(stage: Stage, type: string, workflowId: string, input: unknown): Promise<void> {
  await until(
    `${workflowId} is started`,
    async () => {
      try {
        await stage.lab.system.client.workflow.start(type, {
          workflowId,
          taskQueue: taskQueues.workflows,
          args: [input],
        });
      } catch (error) {
        if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
      }
      return true;
    },
    120_000,
  );
}

/** One full sync, and the target's runs until there is none under way. */
export async function sync(stage: Stage): Promise<{ problem?: string; run?: TargetRun }> {
  const requestId = randomUUID();
  const workflowId = workflowIds.fullSync(requestId);
  await start(stage, 'fullSync', workflowId, { requestId });
  const { problem, targets } = await resultOf<FullSyncResult>(stage, workflowId);
  if (problem || targets.length === 0) return { problem: `${problem?.kind}: ${problem?.message}` };
  const run = await targetRests(stage);
  return { ...(run && { run }), ...(run?.problem && { problem: `${run.problem.kind}: ${run.problem.message}` }) };
}

/** The last run of the target, once none is under way. */
export async function targetRests(stage: Stage): Promise<TargetRun | undefined> {
  const id = workflowIds.targetSync('cloud');
  for (;;) {
    const run = await resultOf<TargetRun | undefined>(stage, id);
    const { status } = await until(`${id} is described`, () =>
      stage.lab.system.client.workflow.getHandle(id).describe(),
    );
    if (status.name !== 'RUNNING') return run;
  }
}

export async function command(stage: Stage, asked: Command): Promise<CommandResult> {
  const requestId = randomUUID();
  const workflowId = workflowIds.command(requestId);
  await start(stage, 'command', workflowId, { requestId, command: asked });
  const result = await resultOf<CommandResult>(stage, workflowId);
  if (result.targets.length > 0) await targetRests(stage);
  return result;
}

/** What the schedule asks for every minute. */
export async function dueWork(stage: Stage): Promise<void> {
  const workflowId = workflowIds.dueWork(randomUUID());
  await start(stage, 'dueWork', workflowId, undefined);
  const { targets } = await resultOf<{ targets: readonly string[] }>(stage, workflowId);
  if (targets.length > 0) await targetRests(stage);
}

export async function preview(stage: Stage): Promise<{ planId: string; hash: string; changes: number } | undefined> {
  const requestId = randomUUID();
  const workflowId = workflowIds.previewSync(requestId);
  await start(stage, 'previewSync', workflowId, { requestId });
  const { plans } = await resultOf<{ plans: { plan?: { planId: string; hash: string; changes: number } }[] }>(
    stage,
    workflowId,
  );
  return plans[0]?.plan;
}
