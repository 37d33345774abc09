/** Previews that list exactly what another plan lists: whoever decided about one has decided about what all of them say. */
import type { Store } from '../store/connect.ts';
import type { PlanRow } from '../store/plans.ts';
import { type ApprovalRow, decisionsUnder } from '../store/reading-approvals.ts';

/** By preview that was made before the decision, and has none of its own. */
export async function decidedAlike(
  store: Store,
  plans: readonly PlanRow[],
  own: ReadonlyMap<string, ApprovalRow>,
): Promise<Map<string, ApprovalRow>> {
  const undecided = plans.filter(
    ({ id, kind, hash }) => kind === 'preview' && hash !== null && (own.get(id)?.state ?? 'open') === 'open',
  );
  const found = new Map<string, ApprovalRow>();
  for (const [target, previews] of Map.groupBy(undecided, (plan) => plan.target)) {
    const decisions = await decisionsUnder(
      store,
      target,
      previews.flatMap(({ hash }) => hash ?? []),
    );
    for (const { id, hash, created_at } of previews) {
      const decision = decisions.find((one) => one.hash === hash && one.decided_at && one.decided_at > created_at);
      if (decision) found.set(id, decision);
    }
  }
  return found;
}
