import type { PlanSummary } from './plan-api.ts';

/** The state in a list of plans: of a run's plan nothing is approved, so that it leads to the plan which is. */
export const listedState = ({ id, kind, state, stateText, approval }: PlanSummary): string =>
  kind === 'run' && state === 'waiting' && approval && approval.planId !== id ? `see ${approval.planId}` : stateText;
