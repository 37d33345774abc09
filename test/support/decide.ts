/** Approves what waits at a target, as an administrator would, and waits for the run that carries it out. */
import { randomUUID } from 'node:crypto';
import { sendDecision } from '../../client/decide.ts';
import { type TargetRun, type WaitingPlan, workflowIds } from '../../workflows/contract.ts';
import type { System } from './system.ts';

export function waitingOf({ guard }: TargetRun): WaitingPlan {
  if (!guard?.waiting) throw new Error('nothing waits');
  return guard.waiting;
}

export async function approveWaiting(
  { client }: Pick<System, 'client'>,
  { planId, hash }: Pick<WaitingPlan, 'planId' | 'hash'>,
  target = 'cloud',
): Promise<TargetRun> {
  const decision = { requestId: randomUUID(), planId, hash, reason: 'test' };
  const { state } = await sendDecision(client, target, decision, true);
  if (state !== 'approved') throw new Error(`the decision is: ${state}`);
  return client.workflow.getHandle(workflowIds.targetSync(target)).result();
}
