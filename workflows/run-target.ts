/** One run of a target: observe, plan, guard, apply what is free, report. What waits is asked of a human meanwhile. */
import { CancellationScope, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import { bulkWork, endings, records } from './activity-options.ts';
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
  try {
    await records.beginRun({ runId: run.id, kind: 'target-sync', target, covers });
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
  #again: PlanCounts | undefined;
  #shortfalls: readonly string[] | undefined;

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
    await this.#observe();
    await this.#enter('planning', 'Comparing what is with what should be.');
    this.#plan = await this.#makePlan(this.#scope);
    if (this.#plan.shortfalls) this.#shortfalls = [...this.#plan.shortfalls, ...(this.#shortfalls ?? [])];
    this.#guard = await this.#guardPlan(this.#plan, this.#scope);
    await this.#apply(this.#plan, this.#guard);
    if (this.#scope === undefined && this.#guard.free > 0) await this.#planAgain(this.#plan);
  }

  /** Those who changed are known by a delta of Okta; what the target holds of them is in the mirror. */
  async #observe(): Promise<void> {
    const target = this.#target;
    if (this.#scope?.only === 'changed') {
      await this.#enter('observing', 'Reading what changed at Okta.');
      await bulkWork.observeChanges.executeWithOptions({ summary: 'read changes' }, [
        { since: 'lastReading', targets: [target] },
      ]);
      return;
    }
    await this.#enter('observing', `Reading the accounts and groups of **${target}**.`);
    const read = await bulkWork.observeTarget.executeWithOptions({ summary: `read ${target}` }, [{ target }]);
    this.#shortfalls = read.shortfalls;
  }

  #makePlan(scope: SyncScope | undefined): Promise<PlanCounts> {
    const input = { planId: uuid4(), runId: this.id, target: this.#target, kind: 'run' as const };
    return bulkWork.planTarget.executeWithOptions({ summary: `plan ${this.#target}` }, [
      { ...input, ...(scope ? { scope } : {}) },
    ]);
  }

  #guardPlan({ planId }: PlanCounts, scope: SyncScope | undefined): Promise<GuardResult> {
    return bulkWork.guardPlan.executeWithOptions({ summary: `guard ${this.#target}` }, [
      { planId, target: this.#target, ...(scope ? { scope } : {}) },
    ]);
  }

  async #apply(plan: PlanCounts, { free }: GuardResult): Promise<void> {
    if (free === 0) return;
    await this.#enter('applying', `Carrying out ${free} changes.`);
    await this.#applyAll(plan, free);
    await this.#enter('verifying', 'Reading back the groups that were written.');
    await this.#verify(plan);
  }

  async #verify({ planId }: PlanCounts): Promise<void> {
    const [target, runId] = [this.#target, this.id];
    for (let after: string | undefined, isDone = false; !isDone; ) {
      const result = await bulkWork.verifyGroups.executeWithOptions({ summary: `verify ${target}` }, [
        { planId, target, runId, ...(after === undefined ? {} : { after }) },
      ]);
      after = result.next;
      isDone = after === undefined;
    }
  }

  /** People who changed while the plan was carried out, and those of whom a change turned out stale. */
  async #planAgain(first: PlanCounts): Promise<void> {
    const target = this.#target;
    const { marked } = await bulkWork.observeChanges.executeWithOptions({ summary: 'read changes' }, [
      { since: 'lastReading', targets: [target], staleOf: first.planId },
    ]);
    if (!marked[target]) return;
    const scope: SyncScope = { only: 'changed' };
    this.#again = await this.#makePlan(scope);
    await this.#apply(this.#again, await this.#guardPlan(this.#again, scope));
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
    const [plan, guard, again, runId, target] = [this.#plan, this.#guard, this.#again, this.id, this.#target];
    const { audit, ...outcomes } = await endings.endRun({
      runId,
      target,
      ...(this.#scope ? { scope: this.#scope } : {}),
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
      ...(again ? { again } : {}),
      ...(this.#shortfalls ? { shortfalls: this.#shortfalls } : {}),
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
