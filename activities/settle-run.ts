/** What a run leaves behind for later ones: what guards booked, what became of approved changes, the first plan. */
import { settleApproved } from '../store/approvals.ts';
import { markFirstPlan } from '../store/first-plan.ts';
import { settleReservations } from '../store/guard-counts.ts';
import type { Dependencies } from './dependencies.ts';

export interface EndedPlan {
  readonly planId: string;
  readonly target: string;
  /** Whether its plan was made from everything rather than from people who changed. */
  readonly isFromEverything: boolean;
  readonly hasProblem: boolean;
}

export async function settleRun({ store, isSandbox }: Dependencies, ended: EndedPlan): Promise<void> {
  const { planId, target, isFromEverything, hasProblem } = ended;
  await settleReservations(store, planId);
  await settleApproved(store, target, planId, { isFromEverything: isFromEverything && !hasProblem });
  // In the sandbox nobody is asked: once a whole plan went through, later ones are judged like any other.
  if (isSandbox && isFromEverything && !hasProblem) await markFirstPlan(store, target);
}
