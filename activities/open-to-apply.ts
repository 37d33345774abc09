/** What must hold before anything is written for a plan, looked at again at each call; and the locks while it is. */
import { Failure } from '../domain/failure.ts';
import { isUnaltered } from '../store/plan-identity.ts';
import { type PlanRow, planById } from '../store/plans.ts';
import { withSides } from '../store/side-lock.ts';
import { verifyApprovals } from './approvals.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';
import { connectedTarget } from './observe-target.ts';

export interface OpenPlan {
  readonly plan: PlanRow;
  readonly connected: ConnectedTarget;
  readonly alive: Alive;
}

/**
 * Runs `work` while nobody reads the target anew and nobody else writes to it.
 * @throws Failure `Misconfigured` for another configuration than the plan's, `GuardTripped` when an address is no
 * simulator of the sandbox or an approval does not hold
 */
export async function whileOpen<T>(
  deps: Dependencies,
  { planId, target }: { readonly planId: string; readonly target: string },
  work: (open: OpenPlan) => Promise<T>,
): Promise<T> {
  const open = await openPlan(deps, { planId, target });
  return whileAlive((alive) =>
    withSides(deps.store, [target], 'plan', alive.signal, (unread) =>
      withSides(deps.store, [`apply ${target}`], 'observe', unread, (signal) =>
        work({ ...open, alive: { ...alive, signal } }),
      ),
    ),
  );
}

/** Without the locks, for one person: claims alone keep two writers apart. @throws Failure as `whileOpen` does */
export async function openPlan(
  deps: Dependencies,
  { planId, target }: { readonly planId: string; readonly target: string },
): Promise<Omit<OpenPlan, 'alive'>> {
  const connected = connectedTarget(deps, target);
  const plan = await currentPlan(deps, planId, connected.configuration);
  await deps.assertMayApply();
  await refuseUnjudged(deps, plan);
  await verifyApprovals(deps, plan);
  return { plan, connected };
}

/** Nothing of a plan goes before the guards have looked at all of it, nor after somebody altered it. */
async function refuseUnjudged({ store }: Dependencies, plan: PlanRow): Promise<void> {
  const problem =
    plan.verdict === null
      ? 'has not been judged by the guards'
      : (await isUnaltered(store, plan)) || 'was altered after it was made';
  if (problem !== true)
    throw new Failure('GuardTripped', `${plan.target}: plan ${plan.id} ${problem}`, {
      system: plan.target,
      operation: 'apply',
    });
}

async function currentPlan(deps: Dependencies, planId: string, configuration: string): Promise<PlanRow> {
  const plan = await planById(deps.store, planId);
  if (!plan) throw new Failure('Misconfigured', `there is no plan ${planId}`, { system: 'store' });
  if (plan.configuration === configuration) return plan;
  throw new Failure('Misconfigured', `plan ${planId} was made with another configuration: plan again`, {
    system: plan.target,
  });
}
