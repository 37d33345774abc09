/** One run of a target: observe, plan, guard, apply what is free, report. What waits is asked of a human meanwhile. */
import { CancellationScope, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import { bulkWork, records } from './activity-options.ts';
import {
  type GuardResult,
  noOutcomes,
  type Phase,
  type PlanCounts,
  type Problem,
  type SyncScope,
  type TargetProgress,
  type TargetRun,
} from './contract.ts';
import { endingOf } from './problem.ts';
import { isWorthAttention, runSummary } from './run-summary.ts';
import { showPhase } from './show-phase.ts';
import type { NextRun } from './sync-requests.ts';

export async function runTarget(
  target: string,
  { covers, scope }: NextRun,
  tell: (progress: TargetProgress) => void,
): Promise<TargetRun> {
  const run = new Run(target, covers, scope, tell);
  await records.beginRun({ runId: run.id, kind: 'target-sync', target, covers });
  try {
    await run.carryOut();
    return await run.report();
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    const ended = await CancellationScope.nonCancellable(() => run.report(problem));
    if (rethrow !== undefined) throw rethrow;
    return ended;
  }
}

class Run {
  readonly id = uuid4();
  readonly #target: string;
  readonly #covers: readonly string[];
  readonly #scope: SyncScope | undefined;
  readonly #tell: (progress: TargetProgress) => void;
  #plan: PlanCounts | undefined;
  #guard: GuardResult | undefined;

  constructor(
    target: string,
    covers: readonly string[],
    scope: SyncScope | undefined,
    tell: (progress: TargetProgress) => void,
  ) {
    this.#target = target;
    this.#covers = covers;
    this.#scope = scope;
    this.#tell = tell;
  }

  async carryOut(): Promise<void> {
    const target = this.#target;
    await this.#enter('observing', `Reading the accounts and groups of **${target}**.`);
    await bulkWork.observeTarget.executeWithOptions({ summary: `read ${target}` }, [{ target }]);
    await this.#enter('planning', 'Comparing what is with what should be.');
    this.#plan = await this.#makePlan();
    this.#guard = await this.#guardPlan(this.#plan);
    if (this.#guard.free === 0) return;
    await this.#enter('applying', `Carrying out ${this.#guard.free} changes.`);
    await this.#applyAll(this.#plan, this.#guard.free);
  }

  #makePlan(): Promise<PlanCounts> {
    const [runId, target, scope] = [this.id, this.#target, this.#scope];
    const input = { planId: uuid4(), runId, target, kind: 'run' as const, ...(scope ? { scope } : {}) };
    return bulkWork.planTarget.executeWithOptions({ summary: `plan ${target}` }, [input]);
  }

  #guardPlan({ planId }: PlanCounts): Promise<GuardResult> {
    const [target, scope] = [this.#target, this.#scope];
    return bulkWork.guardPlan.executeWithOptions({ summary: `guard ${target}` }, [
      { planId, target, ...(scope ? { scope } : {}) },
    ]);
  }

  /** Each call does what fits into its time and returns, so that a deployment never waits for a whole first load. */
  async #applyAll({ planId }: PlanCounts, all: number): Promise<void> {
    const target = this.#target;
    let done = 0;
    for (let hasMore = true; hasMore; ) {
      const result = await bulkWork.applyPlan.executeWithOptions({ summary: `apply (${done} of ${all})` }, [
        { planId, target },
      ]);
      done += result.done;
      hasMore = result.hasMore;
      setCurrentDetails(`Carrying out changes of **${target}**: ${done} of ${all} done.`);
    }
  }

  async #enter(phase: Phase, details: string): Promise<void> {
    this.#tell({ phase, runId: this.id, outcomes: noOutcomes, ...(this.#plan ? { plan: this.#plan } : {}) });
    setCurrentDetails(`${details}\n\nRun \`${this.id}\` of \`${this.#target}\`.`);
    showPhase(phase);
    await records.enterPhase({ runId: this.id, phase, ...(this.#plan ? { planId: this.#plan.planId } : {}) });
  }

  async report(problem?: Problem): Promise<TargetRun> {
    const [plan, guard, runId, target] = [this.#plan, this.#guard, this.id, this.#target];
    const { audit, ...outcomes } = await records.endRun({
      runId,
      target,
      isFromEverything: this.#scope?.only !== 'changed',
      ...(plan ? { planId: plan.planId } : {}),
      ...(problem ? { problem } : {}),
    });
    const run: TargetRun = {
      runId,
      target,
      covers: this.#covers,
      outcomes,
      ...(plan ? { plan } : {}),
      ...(guard ? { guard } : {}),
      ...(audit ? { audit } : {}),
      ...(problem ? { problem } : {}),
    };
    const phase = problem ? 'failed' : 'done';
    this.#tell({ phase, runId, outcomes, ...(plan ? { plan } : {}) });
    showPhase(phase, isWorthAttention(run));
    setCurrentDetails(runSummary(run));
    return run;
  }
}
