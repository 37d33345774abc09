/** Keeps the record of runs that reader, CLI and reports show. */
import { activityInfo } from '@temporalio/activity';
import { countChanges } from '../store/plans.ts';
import { finishRun, setRunPhase, startRun } from '../store/runs.ts';
import type { RunKind } from '../store/schema.ts';
import { noOutcomes, type OutcomeCounts, type Phase, type Problem } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';

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
}

/** Closes the run and tells what became of its changes; those not carried out count as nothing. */
export async function endRun({ store }: Dependencies, { runId, planId, problem }: EndRunInput): Promise<OutcomeCounts> {
  const outcomes = { ...noOutcomes };
  if (planId !== undefined)
    for (const { outcome, count } of await countChanges(store, planId)) if (outcome) outcomes[outcome] += count;
  await finishRun(store, runId, {
    outcomes,
    ...(planId === undefined ? {} : { planId }),
    ...(problem ? { problem } : {}),
  });
  return outcomes;
}
