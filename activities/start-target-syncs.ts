/** Asks targets for a run. Through the client, since only it can start a workflow or signal the one that runs, atomically. */
import { activityInfo, getClient } from '@temporalio/activity';
import { askTargetSync } from '../temporal/ask.ts';
import type { SyncRequest, SyncScope } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { connectedTarget } from './observe-target.ts';

export interface StartTargetSyncsInput {
  readonly requestId: string;
  readonly targets?: readonly string[];
  /** Everything when absent. */
  readonly scope?: SyncScope;
}

/** Returns the names of the targets asked. Asking twice for one request is harmless. */
export async function startTargetSyncs(deps: Dependencies, input: StartTargetSyncsInput): Promise<readonly string[]> {
  const names = input.targets ?? [...deps.targets.keys()];
  for (const name of names) connectedTarget(deps, name);
  const { requestId, scope } = input;
  for (const target of names) await askTarget(target, { requestId, ...(scope ? { scope } : {}) });
  return names;
}

/** Starts the target's workflow, or signals the one that runs. */
export const askTarget = (target: string, request: SyncRequest): Promise<void> =>
  askTargetSync(getClient(), target, request, activityInfo().workflowExecution?.workflowId ?? 'an activity');
