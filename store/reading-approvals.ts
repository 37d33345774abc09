/** What the reader shows of plans beside their rows: how much is held back, and what was decided about it. */
import { type Selectable, sql } from 'kysely';
import type { ChangeKind } from '../domain/change.ts';
import type { Guard, StopRule } from '../domain/guard.ts';
import type { Store } from './connect.ts';
import type { PlanRow } from './plans.ts';
import type { Database, PlanKind } from './schema.ts';

export interface PlanFilter {
  readonly target?: string;
  readonly kind?: PlanKind;
  /** Those too that were made for a single person and changed nothing: each event and each offboarding makes some. */
  readonly all?: boolean;
  /** Only plans older than this one. */
  readonly before?: string;
  readonly limit: number;
}

/** Newest first. */
export async function plansNewestFirst(store: Store, filter: PlanFilter): Promise<PlanRow[]> {
  const { target, kind, all = false, before, limit } = filter;
  let query = store.selectFrom('plan').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit);
  if (target !== undefined) query = query.where('target', '=', target);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (!all) query = query.where(({ not }) => not(isIdleNewsOfOne));
  if (before !== undefined)
    query = query.where(
      sql<boolean>`(plan.created_at, plan.id) < (select last.created_at, last.id from plan last where last.id = ${before})`,
    );
  return query.execute();
}

/** The run tells for whom a plan was made. */
const isIdleNewsOfOne = sql<boolean>`
  (exists (select from run where run.id = plan.run_id and run.kind in ('person', 'offboarding'))
    and not exists (select from change where change.plan_id = plan.id))`;

/** Changes of one kind that one guard or rule holds back. */
export interface StoppedCount {
  readonly planId: string;
  readonly kind: ChangeKind;
  readonly stoppedBy: Guard | StopRule;
  readonly count: number;
}

/** Without those that an approval released, or that have another outcome by now. */
export async function countStopped(store: Store, planIds: readonly string[]): Promise<StoppedCount[]> {
  if (planIds.length === 0) return [];
  const rows = await store
    .selectFrom('change')
    .select(({ fn }) => ['plan_id', 'kind', 'stopped_by', fn.countAll<string>().as('count')])
    .where('plan_id', 'in', planIds)
    .where('stopped_by', 'is not', null)
    .where('approved_by', 'is', null)
    .where(({ eb, or }) => or([eb('outcome', 'is', null), eb('outcome', '=', 'waiting')]))
    .groupBy(['plan_id', 'kind', 'stopped_by'])
    .execute();
  return rows.flatMap(({ plan_id, kind, stopped_by, count }) =>
    stopped_by === null ? [] : [{ planId: plan_id, kind, stoppedBy: stopped_by, count: Number(count) }],
  );
}

export interface Progress {
  /** Changes without an outcome. */
  readonly open: number;
  readonly hasRunEnded: boolean;
}

export async function progressOf(store: Store, planIds: readonly string[]): Promise<Map<string, Progress>> {
  if (planIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; open: string; has_ended: boolean }>`
    select plan.id, run.finished_at is not null as has_ended,
      (select count(*) from change where change.plan_id = plan.id and change.outcome is null) as open
    from plan left join run on run.id = plan.run_id
    where plan.id = any(${planIds}::text[])`.execute(store);
  return new Map(rows.map(({ id, open, has_ended }) => [id, { open: Number(open), hasRunEnded: has_ended }]));
}

export interface ApprovalRow extends Selectable<Database['approval']> {
  readonly expires_at: Date | null;
  /** Oldest first. */
  readonly signers: readonly string[];
}

/** What was approved or rejected at a target under one of these hashes, the latest first. */
export async function decisionsUnder(store: Store, target: string, hashes: readonly string[]): Promise<ApprovalRow[]> {
  const { rows } = await sql<ApprovalRow>`
    select approval.*, plan.expires_at, ${signersOf}
    from approval left join plan on plan.id = approval.plan_id
    where approval.target = ${target} and approval.state in ('approved', 'rejected')
      and approval.hash = any(${hashes}::text[])
    order by approval.decided_at desc`.execute(store);
  return rows;
}

const signersOf = sql`
  array(select signer from approval_signature signature where signature.plan_id = approval.plan_id
        order by signed_at, signer) as signers`;

/**
 * What was decided about each plan. Of a run's plan, about the revision taken from it; when that was replaced, about
 * what waits at its target now; when none was taken, since the same changes waited or were rejected already, about that.
 */
export async function approvalsOf(store: Store, plans: readonly PlanRow[]): Promise<Map<string, ApprovalRow>> {
  if (plans.length === 0) return new Map();
  const ids = plans.map(({ id }) => id);
  const { rows } = await sql<ApprovalRow & { about: string }>`
    select distinct on (shown.id) shown.id as about, approval.*, decided.expires_at,
      ${signersOf}
    from plan shown
      join approval on approval.target = shown.target
      left join plan decided on decided.id = approval.plan_id
    where shown.id = any(${ids}::text[])
      and (approval.plan_id = shown.id
        or shown.kind = 'run' and (decided.taken_from = shown.id or approval.state = 'open'
          or approval.state <> 'superseded' and decided.kind = 'revision' and approval.opened_at <= shown.finished_at))
    order by shown.id,
      case when approval.plan_id = shown.id then 0
           when decided.taken_from = shown.id and approval.state <> 'superseded' then 1
           when approval.state = 'open' then 2
           when decided.taken_from = shown.id then 3
           else 4 end,
      approval.opened_at desc`.execute(store);
  return new Map(rows.map(({ about, ...row }) => [about, row]));
}
