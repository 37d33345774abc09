/** What one run did and what it leaves for somebody to look at. */
import type { Store } from '../store/connect.ts';
import type { PlanRow } from '../store/plans.ts';
import { namesOf } from '../store/reading-people.ts';
import { findingsThatNeedAttention, plansOfRun, unsettledChanges } from '../store/reading-plans.ts';
import { type RunRow, runsCovering } from '../store/runs.ts';
import type { ReportPart, ReportView } from './api.ts';
import { planView } from './plan-view.ts';
import { findingView, idsOfChanges, idsOfFindings, personOfRun, plannedChange, runView, withPerson } from './views.ts';

const mostShown = 200;

/** A full sync's report has a part for each target that answered it. */
export async function reportOf(store: Store, run: RunRow): Promise<ReportView> {
  const runs = run.kind === 'full-sync' ? (await runsCovering(store, run.id)).filter(({ id }) => id !== run.id) : [run];
  const parts = (await Promise.all(runs.map((one) => partsOf(store, one)))).flat();
  const names = await namesOf(store, '', { people: [personOfRun(run)] });
  return {
    run: withPerson(runView(run), run, names),
    parts,
    needsAttention: run.problem !== null || parts.some(needsAttention),
  };
}

const needsAttention = ({ run, plan, unsettled, attention }: ReportPart): boolean =>
  run.problem !== undefined ||
  plan?.shortfalls !== undefined ||
  attention.length > 0 ||
  unsettled.some(({ outcome, stoppedBy }) => outcome !== 'stale' && stoppedBy !== 'rejected');

async function partsOf(store: Store, run: RunRow): Promise<ReportPart[]> {
  // A revision only holds again what waits in the plan of the run.
  const plans = (await plansOfRun(store, run.id)).filter(({ kind }) => kind !== 'revision');
  if (plans.length === 0) return [{ run: runView(run), unsettled: [], attention: [] }];
  return Promise.all(plans.map((plan) => partOf(store, run, plan)));
}

async function partOf(store: Store, run: RunRow, plan: PlanRow): Promise<ReportPart> {
  const changes = await unsettledChanges(store, plan.id, mostShown);
  const findings = await findingsThatNeedAttention(store, plan.id, mostShown);
  const [namesOfChanges, namesOfFindings] = [
    await namesOf(store, plan.target, idsOfChanges(changes)),
    await namesOf(store, plan.target, idsOfFindings(findings)),
  ];
  return {
    run: runView(run),
    plan: await planView(store, plan),
    unsettled: changes.map((change) => plannedChange(change, namesOfChanges)),
    attention: findings.map((finding) => findingView(finding, namesOfFindings)),
  };
}
