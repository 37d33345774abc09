/** Asks targets for a run. Through the client, since only it can start a workflow or signal the one that runs, atomically. */
import { activityInfo, getClient } from '@temporalio/activity';
import { pausedTargets } from '../store/target-state.ts';
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

/**
 * Returns the names of the targets asked. Asking twice for one request is harmless. A target that is paused is asked for
 * everything, so that its run says why nothing happens, but not for news of the day.
 */
export async function startTargetSyncs(deps: Dependencies, input: StartTargetSyncsInput): Promise<readonly string[]> {
  const wanted = input.targets ?? [...deps.targets.keys()];
  for (const name of wanted) connectedTarget(deps, name);
  const { requestId, scope } = input;
  const paused = scope ? new Set((await pausedTargets(deps.store)).map(({ target }) => target)) : new Set();
  const names = wanted.filter((name) => !paused.has(name));
  for (const target of names) await askTarget(target, { requestId, ...(scope ? { scope } : {}) });
  return names;
}

/** Starts the target's workflow, or signals the one that runs. */
export const askTarget = (target: string, request: SyncRequest): Promise<void> =>
  askTargetSync(getClient(), target, request, activityInfo().workflowExecution?.workflowId ?? 'an activity');
