/** Asks targets for a run. Through the client, since only it can start a workflow or signal the one that runs, atomically. */
import { activityInfo, getClient } from '@temporalio/activity';
import type { TargetSyncInput } from '../workflows/contract.ts';
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
  const client = getClient();
  for (const target of names) {
    const start: TargetSyncInput = { target, pending: [] };
    await client.workflow.signalWithStart('targetSync', {
      workflowId: workflowIds.targetSync(target),
      taskQueue: taskQueues.workflows,
      args: [start],
      signal: syncRequestedSignal,
      signalArgs: [{ requestId: input.requestId }],
      typedSearchAttributes: [{ key: searchAttributes.target, value: target }],
      staticSummary: `Keeps ${target} in step`,
      staticDetails: `Asked for by ${activityInfo().workflowExecution?.workflowId ?? 'an activity'}.`,
    });
  }
  return names;
}
