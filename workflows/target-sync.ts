import { condition, continueAsNew, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  noOutcomes,
  progressQuery,
  type SyncRequest,
  syncRequestedSignal,
  type TargetProgress,
  type TargetRun,
  type TargetSyncInput,
} from './contract.ts';
import { runTarget } from './run-target.ts';
import { takeNext } from './sync-requests.ts';

/**
 * The only bulk applier of a target: its id is the mutex. Requests that come in while it runs are answered together
 * by one more run. It ends as soon as nothing is asked any more and returns its last run.
 */
export async function targetSync(input: TargetSyncInput): Promise<TargetRun | undefined> {
  const pending: SyncRequest[] = [...input.pending];
  let progress: TargetProgress = { phase: 'done', outcomes: noOutcomes };
  setHandler(syncRequestedSignal, (request) => {
    pending.push(request);
  });
  setHandler(progressQuery, () => progress);
  const tell = (next: TargetProgress): void => {
    progress = next;
  };

  // A start is always accompanied by a signal; it may only just not be here yet.
  await condition(() => pending.length > 0);
  let last: TargetRun | undefined;
  while (pending.length > 0) {
    const next = takeNext(pending);
    try {
      last = await runTarget(input.target, next, tell);
    } catch (error) {
      // A bug fails the execution, but not those who asked meanwhile: they get one of their own.
      if (isCancellation(error) || pending.length === 0) throw error;
      await continueAsNew<typeof targetSync>({ target: input.target, pending });
    }
    // Only a run for everybody asks for approval, so that what waits is listed together.
    if (next.scope?.only === 'changed' && last?.guard?.approvable) pending.push({ requestId: last.runId });
    // Nothing is awaited between this check, the loop's and the return, so no request is lost.
    if (pending.length > 0 && workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof targetSync>({ target: input.target, pending });
  }
  return last;
}
