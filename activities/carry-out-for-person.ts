/** Plans one person at one target, has the plan judged, and carries it out: what a run does for everybody, in one call. */
import { createHash } from 'node:crypto';
import { Failure } from '../domain/failure.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { markStale } from '../store/changed-people.ts';
import { type ChangeRow, planById } from '../store/plans.ts';
import type { SyncScope } from '../workflows/contract.ts';
import { Application } from './apply-plan.ts';
import type { Dependencies } from './dependencies.ts';
import { judgePlan } from './guard-plan.ts';
import type { Alive } from './heartbeats.ts';
import { readPerson } from './observe-person.ts';
import { openPlan } from './open-to-apply.ts';
import { makePlan } from './plan-target.ts';
import { readAccount } from './read-account.ts';
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

/** Who changes still, each time that they are looked at, is left to another round. */
const mostPlans = 10;
/** Of plans one after the other that do not hold although nothing has changed: more of them would not either. */
const mostUnexplained = 2;

/**
 * Without the locks of bulk work, for which nobody waits here: claims keep two writers of one person apart. Who changed
 * between plan and change is read and planned again at once.
 *
 * @returns the changes of all plans with what became of them, and how many of them somebody has to approve
 * @throws Failure while the target is away, or when the worker ends: called again with the same plan, it goes on; `Conflict`
 * when no plan holds: other plans may
 */
export async function carryOutForPerson(deps: Dependencies, of: ForPerson, alive: Alive): Promise<CarriedOut> {
  const done: ChangeRow[] = [];
  let unexplained = 0;
  for (let nth = 0; nth < mostPlans && unexplained < mostUnexplained; nth += 1) {
    const planId = nthPlanId(of.planId, nth);
    const { changes, approvable } = await carryOutOnce(deps, { ...of, planId }, alive);
    const stale = changes.filter(({ outcome }) => outcome === 'stale');
    if (stale.length === 0) return { planId, changes: [...done, ...changes], approvable };
    done.push(...changes.filter(({ outcome }) => outcome === 'applied' || outcome === 'unchanged'));
    const isOtherwise = await readAgain(deps, of, alive);
    unexplained = isOtherwise || stale.some(({ detail }) => detail === 'person-changed') ? 0 : unexplained + 1;
  }
  const { target, person } = of;
  const why =
    unexplained > 0 ? 'what is planned for them does not follow from what is found' : 'they change all the time';
  throw new Failure('Conflict', `${target}: ${person}: ${why}`, { system: target, subject: person });
}

/**
 * The mirror may be behind, as after a list that lags, and the same plan would follow from it.
 *
 * @returns whether the person is otherwise at Okta, which is not asked where HR has ordered
 */
async function readAgain(deps: Dependencies, of: ForPerson, { signal }: Alive): Promise<boolean> {
  await readAccount(deps, of, signal);
  return !of.isOrdered && (await readPerson(deps, of.person, signal));
}

async function carryOutOnce(
  deps: Dependencies,
  { runId, planId, target, person, isOrdered = false }: ForPerson,
  alive: Alive,
): Promise<Omit<CarriedOut, 'planId'>> {
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
  const changes = await store.selectFrom('change').selectAll().where('plan_id', '=', planId).orderBy('seq').execute();
  return { changes, approvable };
}

/** The same in each try: the plan that was asked for, and those that follow from it. */
function nthPlanId(planId: string, nth: number): string {
  if (nth === 0) return planId;
  const hex = createHash('sha256').update(`${planId}/${nth}`).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}
