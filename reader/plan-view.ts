import type { Store } from '../store/connect.ts';
import { countChanges, type PlanRow } from '../store/plans.ts';
import type { PlanView } from './api.ts';
import { planSummary } from './views.ts';

/** A plan with what became of its changes, by kind. */
export async function planView(store: Store, plan: PlanRow): Promise<PlanView> {
  const counts = await countChanges(store, plan.id);
  return {
    ...planSummary(plan),
    outcomes: counts.map(({ kind, outcome, count }) => ({ kind, ...(outcome ? { outcome } : {}), count })),
  };
}
