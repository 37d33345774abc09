/** Asks targets for a run. Through the client, since only it can start a workflow or signal the one that runs, atomically. */
import { activityInfo, getClient } from '@temporalio/activity';
import type { SyncRequest, TargetSyncInput } from '../workflows/contract.ts';
import { searchAttributes, syncRequestedSignal, taskQueues, workflowIds } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { connectedTarget } from './observe-target.ts';

export interface StartTargetSyncsInput {
  readonly requestId: string;
  readonly targets?: readonly string[];
}

/** Returns the names of the targets asked. Asking twice for one request is harmless. */
export async function startTargetSyncs(deps: Dependencies, input: StartTargetSyncsInput): Promise<readonly string[]> {
  const names = input.targets ?? [...deps.targets.keys()];
  for (const name of names) connectedTarget(deps, name);
  for (const target of names) await askTarget(target, { requestId: input.requestId });
  return names;
}

/** Starts the target's workflow, or signals the one that runs. */
export async function askTarget(target: string, request: SyncRequest): Promise<void> {
  const start: TargetSyncInput = { target, pending: [] };
  await getClient().workflow.signalWithStart('targetSync', {
    workflowId: workflowIds.targetSync(target),
    taskQueue: taskQueues.workflows,
    args: [start],
    signal: syncRequestedSignal,
    signalArgs: [request],
    typedSearchAttributes: [{ key: searchAttributes.target, value: target }],
    staticSummary: `Keeps ${target} in step`,
    staticDetails: `Asked for by ${activityInfo().workflowExecution?.workflowId ?? 'an activity'}.`,
  });
}
