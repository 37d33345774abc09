/** Asks a system for a full sync, as a schedule or the client would, and waits for the runs that cover it. */
import { randomUUID } from 'node:crypto';
import { type FullSyncResult, type TargetRun, taskQueues, workflowIds } from '../../workflows/contract.ts';
import type { System } from './system.ts';

export interface Synced {
  readonly full: FullSyncResult;
  /** By target. */
  readonly runs: ReadonlyMap<string, TargetRun>;
}

export async function fullSync({ client }: Pick<System, 'client'>): Promise<Synced> {
  const requestId = randomUUID();
  const workflowId = workflowIds.fullSync(requestId);
  const full: FullSyncResult = await client.workflow.execute('fullSync', {
    workflowId,
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
  const runs = new Map<string, TargetRun>();
  for (const target of full.targets)
    runs.set(target, await client.workflow.getHandle(workflowIds.targetSync(target)).result());
  return { full, runs };
}
