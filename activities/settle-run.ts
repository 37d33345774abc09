/**
 * What a run leaves behind for later ones: what guards booked, what became of approved changes, when parked ones are
 * tried again, who need not be planned again, and whether the target pauses itself.
 */
import type { OktaUserId } from '../domain/ids.ts';
import { type Covered, closeCarriedOut, settleApproved } from '../store/approvals.ts';
import { clearMarksBefore, markedBefore } from '../store/changed-people.ts';
import type { Store } from '../store/connect.ts';
import { settleDrift } from '../store/drift.ts';
import { countRepaired } from '../store/drift-in-plans.ts';
import { type SettleOptions, settleParked } from '../store/due.ts';
import { markFirstPlan } from '../store/first-plan.ts';
import { settleReservations } from '../store/guard-counts.ts';
import { inTransaction } from '../store/in-transaction.ts';
import { type PlanRow, plansToCarryOut } from '../store/plans.ts';
import { endRejections } from '../store/rejections.ts';
import { noteRun } from '../store/run-notes.ts';
import type { Problem, SyncScope } from '../workflows/contract.ts';
import { tellApproval } from './approvals.ts';
import type { Dependencies } from './dependencies.ts';
import { pauseIfFailing } from './pause.ts';

export interface EndedTargetRun {
  readonly runId: string;
  readonly target: string;
  readonly scope?: SyncScope;
  readonly problem?: Problem;
}

/** Of which approvals the plan held all that still follows: one made for an approval says nothing of the others. */
function covering(madeFor: SyncScope | undefined): Covered {
  if (madeFor === undefined) return 'all';
  return madeFor.only === 'approved' ? { planId: madeFor.planId } : 'none';
}

/** For whom the plan was made: what it does not list of them is not wanted any more. */
async function planned(store: Store, plan: PlanRow, madeFor: SyncScope | undefined): Promise<SettleOptions> {
  switch (madeFor?.only) {
    case 'changed':
      return { isWhole: false, people: await markedBefore(store, plan.id) };
    case 'people':
      return { isWhole: false, people: madeFor.people as readonly OktaUserId[] };
    default:
      return { isWhole: madeFor === undefined };
  }
}

/** @returns the plans that the run carried out, the one for everything first */
export async function settleRun(deps: Dependencies, ended: EndedTargetRun): Promise<readonly PlanRow[]> {
  const { store, isSandbox } = deps;
  const { runId, target, scope, problem } = ended;
  const plans = await plansToCarryOut(store, runId);
  // A second plan is for those who changed while the first was carried out.
  for (const [index, plan] of plans.entries())
    await settlePlan(store, plan, index === 0 ? scope : { only: 'changed' }, problem);
  if (plans.length > 0) await closeWaiting(store, target);
  await settleRepaired(
    store,
    ended,
    plans.map(({ id }) => id),
  );
  const [first] = plans;
  // In the sandbox nobody is asked: once a whole plan went through, later ones are judged like any other.
  if (isSandbox && first && scope === undefined && problem === undefined) await markFirstPlan(store, target);
  await pauseIfFailing(deps, {
    runId,
    target,
    ...(first ? { planId: first.id } : {}),
    ...(problem ? { problem } : {}),
  });
  return plans;
}

/** @param problem that kept it from being made or carried out in full */
export async function settlePlan(
  store: Store,
  plan: PlanRow,
  madeFor: SyncScope | undefined,
  problem: Problem | undefined,
): Promise<void> {
  const isWhole = problem === undefined;
  await settleReservations(store, plan.id);
  await settleApproved(store, plan.target, plan.id, isWhole ? covering(madeFor) : 'none');
  await endRejections(store, plan.target, plan.id, isWhole && madeFor === undefined);
  await settleParked(store, plan.id, isWhole ? await planned(store, plan, madeFor) : { isWhole: false });
  if (isWhole && madeFor?.only !== 'approved') await clearMarksBefore(store, plan.id, peopleOf(madeFor));
}

const peopleOf = (scope: SyncScope | undefined): readonly OktaUserId[] | undefined =>
  scope?.only === 'people' ? (scope.people as readonly OktaUserId[]) : undefined;

/** Told before it is on record, so that a try that fails in between is made up for by the next. */
const closeWaiting = (store: Store, target: string): Promise<void> =>
  inTransaction(store, async (tx) => {
    if (await closeCarriedOut(tx, target)) await tellApproval(target, undefined);
  });

/** What was put right is counted before it is settled; a repeated call counts nothing any more, and says nothing. */
async function settleRepaired(
  store: Store,
  { runId, target }: EndedTargetRun,
  planIds: readonly string[],
): Promise<void> {
  const drift = await countRepaired(store, planIds);
  if (drift > 0) await noteRun(store, runId, { drift });
  await settleDrift(store, target);
}
