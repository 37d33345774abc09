/** Plans one person at one target, has the plan judged, and carries it out: what a run does for everybody, in one call. */
import type { OktaUserId } from '../domain/ids.ts';
import { markStale } from '../store/changed-people.ts';
import { type ChangeRow, planById } from '../store/plans.ts';
import type { SyncScope } from '../workflows/contract.ts';
import { Application } from './apply-plan.ts';
import type { Dependencies } from './dependencies.ts';
import { judgePlan } from './guard-plan.ts';
import type { Alive } from './heartbeats.ts';
import { openPlan } from './open-to-apply.ts';
import { makePlan } from './plan-target.ts';
import { settlePlan } from './settle-run.ts';

export interface ForPerson {
  readonly runId: string;
  /** The same in each try, so that one that was cut off is gone on with. */
  readonly planId: string;
  readonly target: string;
  readonly person: OktaUserId;
}

export interface CarriedOut {
  readonly changes: readonly ChangeRow[];
  readonly approvable: number;
}

/**
 * Without the locks of bulk work, for which nobody waits here: claims keep two writers of one person apart.
 * @returns the plan's changes with what became of them, and how many of them somebody has to approve
 * @throws Failure while the target is away; called again with the same plan, it goes on
 */
export async function carryOutForPerson(
  deps: Dependencies,
  { runId, planId, target, person }: ForPerson,
  alive: Alive,
): Promise<CarriedOut> {
  const { store } = deps;
  const scope: SyncScope = { only: 'people', people: [person] };
  if ((await planById(store, planId))?.verdict == null)
    await makePlan(deps, { planId, runId, target, kind: 'run', scope }, alive);
  const { approvable = 0 } = await judgePlan(deps, { planId, target, scope });
  const { plan, connected } = await openPlan(deps, { planId, target });
  await new Application(deps, connected, plan, alive).run();
  await settlePlan(store, plan, scope, undefined);
  // Things are not as they were planned from: the next look at what is due has them planned again.
  await markStale(store, planId);
  const changes = await store.selectFrom('change').selectAll().where('plan_id', '=', planId).orderBy('seq').execute();
  return { changes, approvable };
}
