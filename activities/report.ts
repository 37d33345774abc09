/** Keeps the record of runs that reader, CLI and reports show. */
import { activityInfo } from '@temporalio/activity';
import { countChanges } from '../store/plans.ts';
import { finishRun, setRunPhase, startRun } from '../store/runs.ts';
import type { RunKind } from '../store/schema.ts';
import { type AuditHead, noOutcomes, type OutcomeCounts, type Phase, type Problem } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { settleRun } from './settle-run.ts';

export interface BeginRunInput {
  readonly runId: string;
  readonly kind: RunKind;
  readonly target?: string;
  readonly covers: readonly string[];
}

export async function beginRun({ store }: Dependencies, input: BeginRunInput): Promise<void> {
  const { workflowExecution } = activityInfo();
  await startRun(store, {
    id: input.runId,
    kind: input.kind,
    ...(input.target === undefined ? {} : { target: input.target }),
    workflowId: workflowExecution?.workflowId ?? '',
    workflowRunId: workflowExecution?.runId ?? '',
    covers: input.covers,
  });
}

export interface SetPhaseInput {
  readonly runId: string;
  readonly phase: Phase;
  readonly planId?: string;
}

export async function enterPhase({ store }: Dependencies, { runId, phase, planId }: SetPhaseInput): Promise<void> {
  await setRunPhase(store, runId, phase, planId);
}

export interface EndRunInput {
  readonly runId: string;
  readonly planId?: string;
  readonly problem?: Problem;
  /** Of a target's run. */
  readonly target?: string;
  /** Whether it looked at everything rather than at people who changed. */
  readonly isFromEverything?: boolean;
}

/** Flat, as the histories of earlier versions have it. */
export interface EndedRun extends OutcomeCounts {
  /** Head of the run's chain in the audit log; absent when it changed nothing. */
  readonly audit?: AuditHead;
}

/**
 * Closes the run and tells what became of its changes; those not carried out count as nothing. The head of its audit
 * chain goes into Temporal's history and the log as well, where whoever can write to the database cannot change it.
 */
export async function endRun(deps: Dependencies, input: EndRunInput): Promise<EndedRun> {
  const { store, log } = deps;
  const { runId, planId, problem, isFromEverything = true } = input;
  if (planId !== undefined && input.target !== undefined)
    await settleRun(deps, { planId, target: input.target, isFromEverything, hasProblem: problem !== undefined });
  const outcomes = { ...noOutcomes };
  if (planId !== undefined)
    for (const { outcome, count } of await countChanges(store, planId)) if (outcome) outcomes[outcome] += count;
  const { target, audit } = await finishRun(store, runId, {
    outcomes,
    ...(planId === undefined ? {} : { planId }),
    ...(problem ? { problem } : {}),
  });
  if (audit) log.info({ runId, target, head: audit.hash, length: audit.length }, 'audit chain closed');
  return { ...outcomes, ...(audit ? { audit } : {}) };
}
