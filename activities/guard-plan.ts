/** Judges a whole plan before its first write: what goes, what waits, and for what. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { type Guard, type GuardedGroups, guards, isApprovable, judge, type Verdict } from '../domain/guard.ts';
import type { OktaGroupId } from '../domain/ids.ts';
import type { TargetSettings } from '../domain/settings.ts';
import { type Revision, reviseWaiting, withdrawWaiting } from '../store/approvals.ts';
import type { Store } from '../store/connect.ts';
import { settleDesired, stopReported } from '../store/drift-in-plans.ts';
import { stopNotDue } from '../store/due.ts';
import { hasFirstPlan } from '../store/first-plan.ts';
import { belongsTo, groupsEmptied, guardCounts, reserve } from '../store/guard-counts.ts';
import { inTransaction } from '../store/in-transaction.ts';
import { queueNotice } from '../store/notices.ts';
import { changesIn, type PlanRow, planById, saveVerdict } from '../store/plans.ts';
import { privilegedGroups } from '../store/privileged-groups.ts';
import {
  fromNewlyAdopted,
  inferred,
  markWaiting,
  releaseApproved,
  stop,
  stopDependents,
  stoppedCounts,
  stopRejected,
  stopWaitingAlready,
} from '../store/stopping.ts';
import type { GuardResult, SyncScope, WaitingPlan } from '../workflows/contract.ts';
import { tellApproval } from './approvals.ts';
import type { Dependencies } from './dependencies.ts';
import { whileAlive } from './heartbeats.ts';
import { connectedTarget } from './observe-target.ts';

export interface GuardPlanInput {
  readonly planId: string;
  readonly target: string;
  /** Of the run; a preview is judged as a whole sync would be, books nothing and asks nobody. */
  readonly scope?: SyncScope;
  readonly isPreview?: boolean;
}

/** A plan of a million changes takes a while, so it beats. */
export const guardPlan = (deps: Dependencies, input: GuardPlanInput): Promise<GuardResult> =>
  whileAlive(() => judgePlan(deps, input));

export async function judgePlan(deps: Dependencies, input: GuardPlanInput): Promise<GuardResult> {
  const { store } = deps;
  const { planId, target, scope, isPreview = false } = input;
  const { settings, configuration } = connectedTarget(deps, target);
  const plan = await inTransaction(store, async (tx) => {
    // One judges at a time. Whoever comes late, a try that was frozen perhaps, finds the verdict and frees nothing.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`lockstep guards ${target}`}, 0))`.execute(tx);
    const found = await planById(tx, planId);
    if (!found) throw new Failure('Misconfigured', `there is no plan ${planId}`, { system: 'store' });
    if (found.verdict !== null) return found;
    await releaseApproved(tx, target, planId, configuration);
    await stopNotDue(tx, planId);
    if (scope === undefined) await settleDesired(tx, planId, settings.membershipAuthority);
    const privileged = await privilegedGroups(tx, settings, planId);
    if (settings.drift === 'report') await stopReported(tx, planId, privileged);
    const verdict = await stopWhatTrips(deps, tx, found, input, privileged);
    if (!isPreview) await markWaiting(tx, planId);
    await saveVerdict(tx, planId, verdict);
    return { ...found, verdict };
  });
  const stoppedBy = await stoppedCounts(store, planId);
  const stopped = sumOf(stoppedBy, () => true);
  const approvable = sumOf(stoppedBy, isApprovable);
  const free = changesIn(plan.counts) - stopped;
  const result = { free, stopped, stoppedBy, ...(approvable > 0 ? { approvable } : {}) };
  // A part of what waits is listed with all the rest by the next run of everybody.
  if (isPreview || scope !== undefined) return result;
  const revision = await reviseWaiting(store, plan, randomUUID());
  const waiting = revision && (await tell(deps, target, revision));
  if (!revision) await withdraw(store, target);
  return { ...result, ...(waiting ? { waiting } : {}) };
}

type StoppedBy = GuardResult['stoppedBy'];

const sumOf = (stoppedBy: StoppedBy, isCounted: (rule: keyof StoppedBy) => boolean): number =>
  Object.entries(stoppedBy).reduce((sum, [rule, count]) => (isCounted(rule as keyof StoppedBy) ? sum + count : sum), 0);

/** Told before it is on record: if the telling fails, the next try finds it open and tells again. */
const withdraw = (store: Store, target: string): Promise<void> =>
  inTransaction(store, async (tx) => {
    if (await withdrawWaiting(tx, target)) await tellApproval(target, undefined);
  });

async function stopWhatTrips(
  deps: Dependencies,
  tx: Store,
  plan: PlanRow,
  { target, scope, isPreview = false }: GuardPlanInput,
  privileged: readonly OktaGroupId[],
): Promise<readonly Verdict[]> {
  const { settings } = connectedTarget(deps, target);
  const isFirst = !(await hasFirstPlan(tx, target));
  await stopRejected(tx, target, plan.id);
  if (scope !== undefined) await stopWaitingAlready(tx, target, plan.id);
  if (isFirst && !deps.isSandbox) await stop(tx, plan.id, 'firstPlan', sql`true`);
  // A plan for some people counts only them.
  const isOfEverybody = scope === undefined || scope.only === 'approved';
  const isEmpty = isOfEverybody && (plan.counts['people'] ?? 0) === 0;
  if (isEmpty) await stop(tx, plan.id, 'emptyScope', inferred);
  await stop(tx, plan.id, 'adoptedGroup', fromNewlyAdopted(target));
  await stopDependents(tx, plan.id);
  // What waits leaves less to be added, so that more groups may end up empty: until nothing more trips.
  const tripped = new Map<Guard, Verdict>();
  for (;;) {
    const groups = { emptied: await groupsEmptied(tx, target, plan.id), privileged };
    const verdict = await judged(tx, settings, plan.id, groups, isFirst);
    await stopDependents(tx, plan.id);
    const more = verdict.filter((one) => isTripped(one) && !tripped.has(one.guard));
    for (const one of more) tripped.set(one.guard, one);
    if (more.length > 0) continue;
    const free = verdict.filter((one) => !isTripped(one) && !tripped.has(one.guard));
    if (!isPreview) await reserve(tx, target, plan.id, free);
    return guards.flatMap((guard) => tripped.get(guard) ?? free.find((one) => one.guard === guard) ?? []);
  }
}

const isTripped = ({ trippedBy }: Verdict): boolean => trippedBy !== undefined;

async function judged(
  tx: Store,
  settings: TargetSettings,
  planId: string,
  groups: GuardedGroups,
  mayCreateAll: boolean,
): Promise<readonly Verdict[]> {
  const counts = await guardCounts(tx, settings.name, planId, groups);
  // A first load creates everybody; who may let it is asked by the rule of the first plan.
  if (mayCreateAll) counts.creations = { ...counts.creations, count: 0 };
  const verdict = judge(counts, settings.guards);
  for (const { guard } of verdict.filter(isTripped)) await stop(tx, planId, guard, belongsTo(guard, groups));
  return verdict;
}

async function tell(deps: Dependencies, target: string, revision: Revision): Promise<WaitingPlan> {
  const { isNew, expiresAt, ...listed } = revision;
  const waiting = { ...listed, expiresAt: expiresAt.toISOString() };
  const { planId, hash, changes } = waiting;
  if (isNew) deps.log.warn({ target, plan: planId, hash, changes }, 'changes wait for approval');
  await tellApproval(target, waiting);
  await queueNotice(deps.store, {
    kind: 'approval-waiting',
    target,
    planId,
    hash,
    changes,
    expiresAt: waiting.expiresAt,
  });
  return waiting;
}
