/** Judges a whole plan before its first write: what goes, what waits, and for what. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { createTargetGroupFilter } from '../domain/filters.ts';
import { judge, type Verdict } from '../domain/guard.ts';
import type { OktaGroupId } from '../domain/ids.ts';
import type { TargetSettings } from '../domain/settings.ts';
import { type Revision, reviseWaiting, withdrawWaiting } from '../store/approvals.ts';
import type { Store } from '../store/connect.ts';
import { holdNotDue } from '../store/due.ts';
import { hasFirstPlan } from '../store/first-plan.ts';
import { belongsTo, type GuardedGroups, groupsEmptied, guardCounts, reserve } from '../store/guard-counts.ts';
import {
  fromNewlyAdopted,
  heldCounts,
  hold,
  holdDependents,
  inferred,
  markWaiting,
  releaseAll,
  releaseApproved,
} from '../store/holding.ts';
import { groupLinks } from '../store/links.ts';
import { queueNotice } from '../store/notices.ts';
import { changesIn, type PlanRow, planById, saveVerdict } from '../store/plans.ts';
import { targetGroups } from '../store/target-mirror.ts';
import type { GuardResult, SyncScope } from '../workflows/contract.ts';
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

async function judgePlan(deps: Dependencies, input: GuardPlanInput): Promise<GuardResult> {
  const { store } = deps;
  const { planId, target, scope, isPreview = false } = input;
  const { settings, configuration } = connectedTarget(deps, target);
  const plan = await planById(store, planId);
  if (!plan) throw new Failure('Misconfigured', `there is no plan ${planId}`, { system: 'store' });
  const isFirst = !(await hasFirstPlan(store, target));
  await releaseAll(store, planId);
  await releaseApproved(store, target, planId, configuration);
  await holdNotDue(store, planId);
  if (isFirst && !deps.isSandbox) await hold(store, planId, 'firstPlan', sql`true`);
  else await applyRules(store, settings, plan, scope);
  const verdict = await judged(store, settings, planId, { mayCreateAll: isFirst, books: !isPreview });
  await saveVerdict(store, planId, verdict);
  await holdDependents(store, planId);
  const heldBy = await heldCounts(store, planId);
  const held = Object.values(heldBy).reduce((sum, count) => sum + count, 0);
  const result = { free: changesIn(plan.counts) - held, held, heldBy };
  if (isPreview) return result;
  // A part of what waits is listed with all the rest by the next run of everybody.
  const isPart = scope !== undefined;
  const revision = isPart ? undefined : await reviseWaiting(store, { ...plan, verdict }, randomUUID());
  await markWaiting(store, planId);
  const waiting = revision && !revision.isRejected ? await tell(deps, target, revision) : undefined;
  // What waits is known only to a run that looked at everything.
  if (!revision && scope === undefined && (await withdrawWaiting(store, target))) await tellApproval(target, undefined);
  return { ...result, ...(waiting ? { waiting } : {}) };
}

async function applyRules(
  store: Store,
  settings: TargetSettings,
  plan: PlanRow,
  scope: SyncScope | undefined,
): Promise<void> {
  // A plan for those who changed counts only them.
  const isEmpty = scope?.only !== 'changed' && (plan.counts['people'] ?? 0) === 0;
  if (isEmpty) await hold(store, plan.id, 'emptyScope', inferred);
  await hold(store, plan.id, 'adoptedGroup', fromNewlyAdopted(settings.name));
}

/** Judges, books and holds while nobody else books for this target. */
async function judged(
  store: Store,
  settings: TargetSettings,
  planId: string,
  { mayCreateAll, books }: { readonly mayCreateAll: boolean; readonly books: boolean },
): Promise<readonly Verdict[]> {
  const target = settings.name;
  const groups: GuardedGroups = {
    emptied: await groupsEmptied(store, target, planId),
    privileged: await privilegedGroups(store, settings, planId),
  };
  return store.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`lockstep guards ${target}`}, 0))`.execute(tx);
    const counts = await guardCounts(tx, target, planId, groups);
    // A first load creates everybody; who may let it is asked by the rule of the first plan.
    if (mayCreateAll) counts.creations = { ...counts.creations, count: 0 };
    const verdict = judge(counts, settings.guards);
    const isTripped = ({ trippedBy }: Verdict): boolean => trippedBy !== undefined;
    for (const { guard } of verdict.filter(isTripped)) await hold(tx, planId, guard, belongsTo(guard, groups));
    if (books)
      await reserve(
        tx,
        target,
        planId,
        verdict.filter((one) => !isTripped(one)),
      );
    return verdict;
  });
}

/** Okta groups kept on a group that gives power, or about to be. */
async function privilegedGroups(store: Store, settings: TargetSettings, planId: string): Promise<OktaGroupId[]> {
  const isPrivileged = createTargetGroupFilter(settings.privilegedGroups);
  const byId = new Map((await targetGroups(store, settings.name)).map((group) => [group.id, group]));
  const linked = [...(await groupLinks(store, settings.name))].flatMap(([group, id]) => {
    const found = byId.get(id);
    return found && isPrivileged(found) ? [group] : [];
  });
  const planned = await store
    .selectFrom('change')
    .select(['group_id', 'target_group_id', 'after'])
    .where('plan_id', '=', planId)
    .where('kind', 'in', ['create-group', 'link-group', 'rename-group'])
    .execute();
  const coming = planned.flatMap(({ group_id, target_group_id, after }) =>
    group_id && isPrivileged({ id: target_group_id ?? ('' as never), name: after?.['name'] ?? '' }) ? [group_id] : [],
  );
  return [...new Set([...linked, ...coming])];
}

async function tell(deps: Dependencies, target: string, { plan, changes, isNew }: Revision) {
  const { id, revision, hash, expires_at } = plan;
  const waiting = {
    planId: id,
    revision: revision ?? 0,
    hash: hash ?? '',
    changes,
    expiresAt: (expires_at ?? new Date()).toISOString(),
  };
  if (isNew) deps.log.warn({ target, plan: id, hash, changes }, 'changes wait for approval');
  await tellApproval(target, waiting);
  const { planId, changes: count, expiresAt } = waiting;
  await queueNotice(deps.store, {
    kind: 'approval-waiting',
    target,
    planId,
    hash: waiting.hash,
    changes: count,
    expiresAt,
  });
  return waiting;
}
