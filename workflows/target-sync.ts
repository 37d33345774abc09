import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { bulkWork, records } from './activity-options.ts';
import {
  noOutcomes,
  type OutcomeCounts,
  type Phase,
  type PlanCounts,
  type Problem,
  progressQuery,
  type SyncRequest,
  syncRequestedSignal,
  type TargetProgress,
  type TargetRun,
  type TargetSyncInput,
} from './contract.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

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
    const covers = pending.splice(0).map(({ requestId }) => requestId);
    try {
      last = await runOnce(input.target, covers, tell);
    } catch (error) {
      // A bug fails the execution, but not those who asked meanwhile: they get one of their own.
      if (isCancellation(error) || pending.length === 0) throw error;
      await continueAsNew<typeof targetSync>({ target: input.target, pending });
    }
    // Nothing is awaited between this check, the loop's and the return, so no request is lost.
    if (pending.length > 0 && workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof targetSync>({ target: input.target, pending });
  }
  return last;
}

async function runOnce(
  target: string,
  covers: readonly string[],
  tell: (progress: TargetProgress) => void,
): Promise<TargetRun> {
  const runId = uuid4();
  let plan: PlanCounts | undefined;
  const enter = async (phase: Phase, details: string): Promise<void> => {
    tell({ phase, runId, outcomes: noOutcomes, ...(plan ? { plan } : {}) });
    setCurrentDetails(`${details}\n\nRun \`${runId}\` of \`${target}\`.`);
    showPhase(phase);
    await records.enterPhase({ runId, phase, ...(plan ? { planId: plan.planId } : {}) });
  };

  await records.beginRun({ runId, kind: 'target-sync', target, covers });
  try {
    await enter('observing', `Reading the accounts and groups of **${target}**.`);
    await bulkWork.observeTarget.executeWithOptions({ summary: `read ${target}` }, [{ target }]);
    await enter('planning', 'Comparing what is with what should be.');
    plan = await bulkWork.planTarget.executeWithOptions({ summary: `plan ${target}` }, [
      { planId: uuid4(), runId, target },
    ]);
    if (plan.changes > 0) {
      await enter('applying', `Carrying out ${plan.changes} changes.`);
      await applyAll(target, plan);
    }
    return await report({ runId, target, covers, plan }, tell);
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    const run = { runId, target, covers, ...(plan ? { plan } : {}), problem };
    const ended = await CancellationScope.nonCancellable(() => report(run, tell));
    if (rethrow !== undefined) throw rethrow;
    return ended;
  }
}

/** Each call does what fits into its time and returns, so that a deployment never waits for a whole first load. */
async function applyAll(target: string, plan: PlanCounts): Promise<void> {
  let done = 0;
  for (let hasMore = true; hasMore; ) {
    const result = await bulkWork.applyPlan.executeWithOptions({ summary: `apply (${done} of ${plan.changes})` }, [
      { planId: plan.planId, target },
    ]);
    done += result.done;
    hasMore = result.hasMore;
    setCurrentDetails(`Carrying out changes of **${target}**: ${done} of ${plan.changes} done.`);
  }
}

async function report(run: Omit<TargetRun, 'outcomes'>, tell: (progress: TargetProgress) => void): Promise<TargetRun> {
  const { runId, plan, problem } = run;
  const outcomes = await records.endRun({
    runId,
    ...(plan ? { planId: plan.planId } : {}),
    ...(problem ? { problem } : {}),
  });
  const phase = problem ? 'failed' : 'done';
  const needsAttention = problem !== undefined || outcomes.parked > 0 || (plan?.attention ?? 0) > 0;
  tell({ phase, runId, outcomes, ...(plan ? { plan } : {}) });
  showPhase(phase, needsAttention);
  setCurrentDetails(summaryOf(run, outcomes, needsAttention));
  return { ...run, outcomes };
}

function summaryOf(
  { runId, target, plan, problem }: Omit<TargetRun, 'outcomes'>,
  outcomes: OutcomeCounts,
  needsAttention: boolean,
): string {
  const planned = plan?.changes ?? 0;
  const { applied, unchanged, stale, parked } = outcomes;
  const lines = [
    headline(target, problem, needsAttention),
    '',
    `${planned} planned: ${applied} applied, ${unchanged} unchanged, ${stale} stale, ${parked} parked.`,
    '',
    `Next: ${needsAttention ? `\`lockstep report ${runId}\` tells what needs attention.` : 'nothing to do.'}`,
  ];
  return lines.join('\n');
}

function headline(target: string, problem: Problem | undefined, needsAttention: boolean): string {
  if (problem) return `**${problem.kind}**: ${problem.message}`;
  return needsAttention ? `**${target}** is in step but for what needs attention.` : `**${target}** is in step.`;
}
