/** Keeps the record of runs that reader, CLI and reports show. */
import { activityInfo } from '@temporalio/activity';
import { countChanges, plansToCarryOut } from '../store/plans.ts';
import { finishRun, setRunPhase, startRun } from '../store/runs.ts';
import type { RunKind } from '../store/schema.ts';
import {
  type AuditHead,
  noOutcomes,
  type OutcomeCounts,
  type Phase,
  type Problem,
  type SyncScope,
} from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { refusePaused } from './refuse-paused.ts';
import { settleRun } from './settle-run.ts';

export interface BeginRunInput {
  readonly runId: string;
  readonly kind: RunKind;
  readonly target?: string;
  readonly covers: readonly string[];
}

/** @throws Failure `GuardTripped` when the target is paused; the run is on record all the same */
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
  if (input.target !== undefined) await refusePaused(store, input.target);
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
  readonly scope?: SyncScope;
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
  const { runId, planId, problem, scope } = input;
  const outcomes = { ...noOutcomes };
  const plans =
    input.target === undefined
      ? await plansToCarryOut(store, runId)
      : await settleRun(deps, {
          runId,
          target: input.target,
          ...(scope ? { scope } : {}),
          ...(problem ? { problem } : {}),
        });
  for (const plan of plans)
    for (const { outcome, count } of await countChanges(store, plan.id)) if (outcome) outcomes[outcome] += count;
  const { target, audit } = await finishRun(store, runId, {
    outcomes,
    ...(planId === undefined ? {} : { planId }),
    ...(problem ? { problem } : {}),
  });
  if (audit) log.info({ runId, target, head: audit.hash, length: audit.length }, 'audit chain closed');
  return { ...outcomes, ...(audit ? { audit } : {}) };
}
