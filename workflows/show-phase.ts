import { upsertSearchAttributes } from '@temporalio/workflow';
import { type Phase, searchAttributes } from './contract.ts';

/** What operators filter lists of runs by. Each call is an action of its own: only on change. */
export function showPhase(phase: Phase, needsAttention?: boolean): void {
  upsertSearchAttributes([
    { key: searchAttributes.phase, value: phase },
    ...(needsAttention === undefined ? [] : [{ key: searchAttributes.needsAttention, value: needsAttention }]),
  ]);
}
