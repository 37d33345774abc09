/** Which changes of a plan wait, and for what. */
import { type RawBuilder, sql } from 'kysely';
import { inferredReasons, orderedReason } from '../domain/change.ts';
import { type Dependency, dependencies } from '../domain/dependents.ts';
import type { Guard, StopRule } from '../domain/guard.ts';
import type { Store } from './connect.ts';

/**
 * Releases changes that a valid approval lists, but for what an earlier run did on the strength of it: that is told to
 * the approval at the end of a run, to which a run that was ended by force never came.
 */
export async function releaseApproved(store: Store, target: string, planId: string, configuration: string) {
  await sql`
    update change c set approved_by = a.plan_id
    from approval a join plan p on p.id = a.plan_id join change listed on listed.plan_id = a.plan_id, plan made
    where c.plan_id = ${planId} and c.outcome is null and listed.fingerprint = c.fingerprint
      and listed.outcome is null and a.target = ${target} and a.state = 'approved' and a.valid_until > now()
      and p.configuration = ${configuration} and made.id = c.plan_id and not exists (
        select from plan earlier join change did on did.plan_id = earlier.id
        where earlier.target = ${target} and earlier.created_at >= a.opened_at and earlier.run_id <> made.run_id
          and did.fingerprint = listed.fingerprint and did.approved_by = a.plan_id and did.outcome is not null)`.execute(
    store,
  );
}

/** What HR or an operator ordered of one person by name is neither counted nor stopped. */
export const isOrdered = sql<boolean>`c.reason = ${orderedReason}`;

/** Stops what is free and not released by an approval. */
export async function stop(
  store: Store,
  planId: string,
  by: Guard | StopRule,
  which: RawBuilder<boolean>,
): Promise<void> {
  await sql`
    update change c set stopped_by = ${by}
    where c.plan_id = ${planId} and c.outcome is null and c.stopped_by is null and c.approved_by is null
      and not ${isOrdered} and ${which}`.execute(store);
}

/** Everybody's out-of-scope removals, as far as Okta itself does not say that the person has left. */
export const inferred = sql<boolean>`c.reason = any(${inferredReasons}::text[])`;

/** Removals from groups that existed before and from which none was approved yet, those that this plan links included. */
export const fromNewlyAdopted = (target: string): RawBuilder<boolean> => sql`
  c.kind = 'remove-member' and (
    exists (select from group_link l where l.target = ${target} and l.group_id = c.group_id
      and l.origin = 'adopted' and l.removals_approved_at is null)
    or exists (select from change l where l.plan_id = c.plan_id and l.kind = 'link-group' and l.group_id = c.group_id))`;

const isOf = ({ bases, same, dependents }: Dependency): RawBuilder<boolean> => sql`(
  base.kind = any(${bases}::text[]) and c.kind = any(${dependents}::text[])
  and ${same === 'person' ? sql`c.person_id = base.person_id` : sql`c.group_id = base.group_id`})`;

/** Whether a change `c` builds on a change `base` of the same plan. */
export const buildsOn = sql<boolean>`(c.plan_id = base.plan_id and (${sql.join(dependencies.map(isOf), sql` or `)}))`;

/** What builds on a change that waits, or was parked, waits with it, approved or not. */
export async function stopDependents(store: Store, planId: string): Promise<void> {
  await sql`
    update change c set stopped_by = 'dependsOnWaiting', approved_by = null
    from change base
    where base.plan_id = ${planId} and base.stopped_by is not null and ${buildsOn}
      and c.stopped_by is null and c.outcome is null and not ${isOrdered}`.execute(store);
}

/** How many changes each guard or rule keeps waiting. */
export async function stoppedCounts(store: Store, planId: string): Promise<Partial<Record<Guard | StopRule, number>>> {
  const rows = await store
    .selectFrom('change')
    .select(({ fn }) => ['stopped_by', fn.countAll<string>().as('count')])
    .where('plan_id', '=', planId)
    .where('stopped_by', 'is not', null)
    .groupBy('stopped_by')
    .execute();
  return Object.fromEntries(rows.map(({ stopped_by, count }) => [stopped_by, Number(count)]));
}

/** In a run that is carried out: what is stopped has its outcome. That is no event, so the audit log has nothing of it. */
export async function markWaiting(store: Store, planId: string): Promise<void> {
  await sql`
    update change set outcome = 'waiting', detail = stopped_by, finished_at = now()
    where plan_id = ${planId} and stopped_by is not null and outcome is null`.execute(store);
}

/** What somebody looked at and did not want stays where it is, and nobody is asked again: see `endRejections`. */
export async function stopRejected(store: Store, target: string, planId: string): Promise<void> {
  await stop(store, planId, 'rejected', listedIn(target, 'rejected'));
}

/** In a plan of a part: what waits for approval as a whole is not let go in portions. */
export async function stopWaitingAlready(store: Store, target: string, planId: string): Promise<void> {
  await stop(store, planId, 'waitsAlready', listedIn(target, 'open'));
}

const listedIn = (target: string, state: 'open' | 'rejected'): RawBuilder<boolean> => sql`
  exists (select from approval a join plan p on p.id = a.plan_id join change listed on listed.plan_id = p.id
    where a.target = ${target} and a.state = ${state} and p.expires_at > now() and listed.fingerprint = c.fingerprint
      and listed.outcome is null)`;
