/** Plans one person at one target, has the plan judged, and carries it out: what a run does for everybody, in one call. */
import { Failure } from '../domain/failure.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { markStale } from '../store/changed-people.ts';
import type { Store } from '../store/connect.ts';
import { type ChangeRow, countChanges, planById } from '../store/plans.ts';
import type { SyncScope } from '../workflows/contract.ts';
import { Application } from './apply-plan.ts';
import type { Dependencies } from './dependencies.ts';
import { judgePlan } from './guard-plan.ts';
import type { Alive } from './heartbeats.ts';
import { readPerson } from './observe-person.ts';
import { openPlan } from './open-to-apply.ts';
import { nthPlanId, plansBegun } from './plan-chain.ts';
import { makePlan } from './plan-target.ts';
import { settlePlan } from './settle-run.ts';

export interface ForPerson {
  readonly runId: string;
  /** The same in each try, so that one that was cut off is gone on with. */
  readonly planId: string;
  readonly target: string;
  readonly person: OktaUserId;
  /** By HR: nothing is asked of Okta. */
  readonly isOrdered?: boolean;
}

export interface CarriedOut {
  /** The plan that was carried out last. */
  readonly planId: string;
  readonly changes: readonly ChangeRow[];
  readonly approvable: number;
}

/** In one try. Who changes still, each time that they are looked at, is left to the next one. */
const mostPlans = 5;

/**
 * Without the locks of bulk work, for which nobody waits here: claims keep two writers of one person apart. Who changed
 * between plan and change is read and planned again at once.
 *
 * @returns the changes of all plans with what became of them, and how many of them somebody has to approve
 * @throws Failure while the target is away, when the worker ends, or when the person changes all the time; called again with the
 * same plan, it goes on
 */
export async function carryOutForPerson(deps: Dependencies, of: ForPerson, alive: Alive): Promise<CarriedOut> {
  const { store } = deps;
  const plans = await plansBegun(store, of.planId);
  // The last one may have been cut off.
  plans.pop();
  for (let made = 0; made < mostPlans; made += 1) {
    const planId = nthPlanId(of.planId, plans.length);
    plans.push(planId);
    const { isStale, approvable } = await carryOutOnce(deps, { ...of, planId }, alive);
    if (!isStale) return { planId, changes: await whatBecame(store, plans), approvable };
    // The same plan would follow from a mirror that is behind, as after a list that lags.
    if (!of.isOrdered) await readPerson(deps, of.person, alive.signal);
  }
  throw new Failure('Unavailable', `${of.target}: ${of.person} changes all the time`, {
    system: of.target,
    subject: of.person,
  });
}

/** Of the last plan everything, of the others what was done. */
async function whatBecame(store: Store, plans: readonly string[]): Promise<ChangeRow[]> {
  const rows = await store.selectFrom('change').selectAll().where('plan_id', 'in', plans).orderBy('seq').execute();
  const isDone = ({ outcome }: ChangeRow): boolean => outcome === 'applied' || outcome === 'unchanged';
  const last = plans.at(-1);
  return plans.flatMap((id) => rows.filter((row) => row.plan_id === id && (id === last || isDone(row))));
}

async function carryOutOnce(
  deps: Dependencies,
  { runId, planId, target, person, isOrdered = false }: ForPerson,
  alive: Alive,
): Promise<{ readonly isStale: boolean; readonly approvable: number }> {
  const { store } = deps;
  const scope: SyncScope = { only: 'people', people: [person] };
  if ((await planById(store, planId))?.verdict == null)
    await makePlan(deps, { planId, runId, target, kind: 'run', scope, isOrdered }, alive);
  const { approvable = 0 } = await judgePlan(deps, { planId, target, scope });
  const { plan, connected } = await openPlan(deps, { planId, target });
  const { hasMore } = await new Application(deps, connected, plan, alive).run();
  // What is not carried out is not settled either: another worker goes on with it.
  if (hasMore)
    throw new Failure('Unavailable', `${target}: the worker ended before ${person} was done`, { system: target });
  await settlePlan(store, plan, scope, undefined);
  // Things are not as they were planned from: should nobody plan them again here, the next look at what is due has it done.
  await markStale(store, planId);
  const counts = await countChanges(store, planId);
  return { isStale: counts.some(({ outcome }) => outcome === 'stale'), approvable };
}
