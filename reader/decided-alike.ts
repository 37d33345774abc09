/** Previews that list exactly what another plan lists: whoever decided about one has decided about what all of them say. */
import type { Store } from '../store/connect.ts';
import type { PlanRow } from '../store/plans.ts';
import { type ApprovalRow, approvalsOf, plansNewestFirst } from '../store/reading-approvals.ts';

/** Plans expire within days, so a decision about the same is among the latest of its target. */
const lookedAt = 200;

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
    const decisions = await decisionsOf(store, target, new Set(previews.map(({ hash }) => hash)));
    for (const { id, hash, created_at } of previews) {
      const decision = decisions.find((one) => one.hash === hash && one.decided_at && one.decided_at > created_at);
      if (decision) found.set(id, decision);
    }
  }
  return found;
}

/** Newest first. */
async function decisionsOf(store: Store, target: string, hashes: ReadonlySet<string | null>): Promise<ApprovalRow[]> {
  const kinds = ['preview', 'revision'] as const;
  const latest = await Promise.all(kinds.map((kind) => plansNewestFirst(store, { target, kind, limit: lookedAt })));
  const alike = latest.flat().filter(({ hash }) => hashes.has(hash));
  const approvals = [...(await approvalsOf(store, alike)).values()];
  return approvals
    .filter(({ state }) => state === 'approved' || state === 'rejected')
    .sort((a, b) => Number(b.decided_at) - Number(a.decided_at));
}
