/** Asks a system for work, as a schedule or the client would, and waits for what comes of it. */
import { randomUUID } from 'node:crypto';
import {
  type CheckReport,
  type FullSyncResult,
  type PreviewResult,
  type TargetRun,
  taskQueues,
  workflowIds,
} from '../../workflows/contract.ts';
import type { System } from './system.ts';

export interface Synced {
  readonly full: FullSyncResult;
  /** By target, as far as it was the last: one for whoever changed meanwhile may have followed. */
  readonly runs: ReadonlyMap<string, TargetRun>;
}

/** A full sync and the targets' runs that cover it. */
export async function fullSync({ client }: Pick<System, 'client'>): Promise<Synced> {
  const requestId = randomUUID();
  const workflowId = workflowIds.fullSync(requestId);
  const full: FullSyncResult = await client.workflow.execute('fullSync', {
    workflowId,
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
  const runs = new Map<string, TargetRun>();
  for (const target of full.targets) {
    const last: TargetRun = await client.workflow.getHandle(workflowIds.targetSync(target)).result();
    if (last.covers.includes(requestId)) runs.set(target, last);
  }
  return { full, runs };
}

export function preview({ client }: Pick<System, 'client'>): Promise<PreviewResult> {
  const requestId = randomUUID();
  return client.workflow.execute('previewSync', {
    workflowId: workflowIds.previewSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
}

export const check = ({ client }: Pick<System, 'client'>): Promise<CheckReport> =>
  client.workflow.execute('check', {
    workflowId: workflowIds.check(randomUUID()),
    taskQueue: taskQueues.workflows,
    args: [{}],
  });
