/** Approvals: what waits as stored plans of their own, and what was decided about them. */
import { type NotNull, type Selectable, sql } from 'kysely';
import { memberKinds } from '../domain/change.ts';
import { notApprovable, type StopRule } from '../domain/guard.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';
import { hashOfFingerprints } from './plan-identity.ts';
import type { PlanRow } from './plans.ts';
import type { Database } from './schema.ts';

export type ApprovalRow = Selectable<Database['approval']>;
export type SignatureRow = Selectable<Database['approval_signature']>;

/** A stored plan that holds only what waits. */
export interface Revision {
  readonly planId: string;
  readonly revision: number;
  readonly hash: string;
  readonly changes: number;
  readonly expiresAt: Date;
  /** False when the same changes waited already. */
  readonly isNew: boolean;
}

/** What a person must approve. */
const isWaiting = sql<boolean>`(not stopped_by = any(${notApprovable}::text[]))`;

/**
 * Stores what waits in a plan as a plan of its own, the target's newest revision. When the same changes wait already
 * that one stays until it expires. Undefined when nothing waits.
 */
export async function reviseWaiting(store: Store, plan: PlanRow, revisionId: string): Promise<Revision | undefined> {
  return store.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`lockstep approval ${plan.target}`}, 0))`.execute(tx);
    const waiting = await countWaiting(tx, plan.id);
    if (waiting === 0) return undefined;
    const hash = await hashOfFingerprints(tx, plan, isWaiting);
    const same = await sameStillThere(tx, plan.target, hash);
    if (same) return { ...same, hash, changes: waiting, isNew: false };
    const made = await copyWaiting(tx, plan, revisionId, hash);
    await tx
      .updateTable('approval')
      .set({ state: 'superseded' })
      .where('target', '=', plan.target)
      .where('state', '=', 'open')
      .execute();
    await tx.insertInto('approval').values({ plan_id: revisionId, target: plan.target, hash, state: 'open' }).execute();
    return { ...made, hash, changes: waiting, isNew: true };
  });
}

async function countWaiting(store: Store, planId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from change where plan_id = ${planId} and ${isWaiting}`.execute(store);
  return rows[0]?.n ?? 0;
}

type StoredRevision = Pick<Revision, 'planId' | 'revision' | 'expiresAt'>;

async function sameStillThere(store: Store, target: string, hash: string): Promise<StoredRevision | undefined> {
  return store
    .selectFrom('plan as p')
    .innerJoin('approval as a', 'a.plan_id', 'p.id')
    .select(['p.id as planId', 'p.revision', 'p.expires_at as expiresAt'])
    .$narrowType<{ revision: NotNull; expiresAt: NotNull }>()
    .where('p.kind', '=', 'revision')
    .where('a.target', '=', target)
    .where('a.hash', '=', hash)
    .where('a.state', '=', 'open')
    .where('p.expires_at', '>', sql<Date>`now()`)
    .orderBy('a.opened_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function copyWaiting(store: Store, plan: PlanRow, id: string, hash: string): Promise<StoredRevision> {
  const { rows } = await sql<{ next: number }>`
    select coalesce(max(revision), 0) + 1 as next from plan where target = ${plan.target}`.execute(store);
  const lifetime = sql<Date>`now() + (${plan.expires_at}::timestamptz - ${plan.finished_at}::timestamptz)`;
  const made = await store
    .insertInto('plan')
    .values({
      id,
      target: plan.target,
      run_id: plan.run_id,
      configuration: plan.configuration,
      source_snapshot: plan.source_snapshot,
      target_snapshot: plan.target_snapshot,
      kind: 'revision',
      taken_from: plan.id,
      revision: rows[0]?.next ?? 1,
      hash,
      finished_at: sql`now()`,
      expires_at: lifetime,
      verdict: plan.verdict === null ? null : jsonText(plan.verdict),
    })
    .returning(['id as planId', 'revision', 'expires_at as expiresAt'])
    .$narrowType<{ revision: NotNull; expiresAt: NotNull }>()
    .executeTakeFirstOrThrow();
  await sql`
    insert into change (plan_id, seq, step, kind, person_id, group_id, account_id, target_group_id, before, after,
      reason, fingerprint, stopped_by, subject_version)
    select ${id}, row_number() over (order by seq) - 1, step, kind, person_id, group_id, account_id, target_group_id,
      before, after, reason, fingerprint, stopped_by, subject_version
    from change where plan_id = ${plan.id} and ${isWaiting}`.execute(store);
  await sql`
    update plan set counts = (
      select coalesce(jsonb_object_agg(kind, n), '{}') from (
        select kind, count(*) as n from change where plan_id = ${id} group by kind) by_kind)
    where id = ${id}`.execute(store);
  return made;
}

/** Nothing waits at this target any more. Returns whether something did. */
export async function withdrawWaiting(store: Store, target: string): Promise<boolean> {
  const result = await store
    .updateTable('approval')
    .set({ state: 'superseded' })
    .where('target', '=', target)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/**
 * Closes what waits although all of it has been carried out under another approval since; what became of the same
 * changes before is no answer to who asks again. Returns whether something did.
 */
export async function closeCarriedOut(store: Store, target: string): Promise<boolean> {
  const { rows } = await sql`
    update approval open set state = 'superseded'
    where open.target = ${target} and open.state = 'open' and not exists (
      select from change l where l.plan_id = open.plan_id and not exists (
        select from change done join approval a on a.plan_id = done.plan_id
        where a.target = ${target} and a.state = 'approved' and done.fingerprint = l.fingerprint
          and done.finished_at >= open.opened_at and done.detail is distinct from 'approval-over'))
    returning open.plan_id`.execute(store);
  return rows.length > 0;
}

/** @returns with `isValid` by the database's clock, as everything else that expires */
export const approvalOf = (
  store: Store,
  planId: string,
): Promise<(ApprovalRow & { readonly isValid: boolean | null }) | undefined> =>
  store
    .selectFrom('approval')
    .selectAll()
    .select(sql<boolean | null>`valid_until > now()`.as('isValid'))
    .where('plan_id', '=', planId)
    .executeTakeFirst();

/** Whether a plan may still be decided about. */
export async function hasExpired(store: Store, planId: string): Promise<boolean> {
  const row = await store
    .selectFrom('plan')
    .select(sql<boolean>`expires_at <= now()`.as('isOver'))
    .where('id', '=', planId)
    .executeTakeFirst();
  return row?.isOver ?? true;
}

export const signaturesOf = (store: Store, planId: string): Promise<SignatureRow[]> =>
  store.selectFrom('approval_signature').selectAll().where('plan_id', '=', planId).orderBy('signed_at').execute();

/** A previewed plan is approved without having waited as a revision. */
export async function openApproval(store: Store, plan: PlanRow): Promise<void> {
  await store
    .insertInto('approval')
    .values({ plan_id: plan.id, target: plan.target, hash: plan.hash ?? '', state: 'open' })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export interface Signed {
  readonly signer: string;
  readonly signature: string;
  readonly reason: string;
  readonly ticket?: string;
}

/** One signature per signer; the latest counts. */
export async function sign(store: Store, planId: string, { ticket, ...signed }: Signed): Promise<void> {
  const values = { ...signed, ticket: ticket ?? null };
  await store
    .insertInto('approval_signature')
    .values({ plan_id: planId, ...values })
    .onConflict((conflict) => conflict.columns(['plan_id', 'signer']).doUpdateSet(values))
    .execute();
}

export interface Decided {
  readonly state: 'approved' | 'rejected' | 'expired';
  readonly reason?: string;
  readonly ticket?: string;
  /** For how long changes may be carried out on the strength of it. */
  readonly validMs?: number;
}

/** Records a decision; the first one stands. Returns whether this one did. */
export async function decide(store: Store, planId: string, decided: Decided): Promise<boolean> {
  const { state, reason, ticket, validMs } = decided;
  const result = await store
    .updateTable('approval')
    .set({
      state,
      decided_at: sql`now()`,
      reason: reason ?? null,
      ticket: ticket ?? null,
      valid_until: validMs === undefined ? null : sql<Date>`now() + make_interval(secs => ${validMs / 1_000})`,
    })
    .where('plan_id', '=', planId)
    .where('state', 'in', ['open', 'superseded'])
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The approvals that changes of a plan rely on: those not carried out yet, and members that may be written again. */
export async function approvalsUsed(store: Store, planId: string): Promise<string[]> {
  const rows = await store
    .selectFrom('change')
    .select('approved_by')
    .distinct()
    .where('plan_id', '=', planId)
    .where(({ or, eb }) => or([eb('outcome', 'is', null), eb('kind', 'in', [...memberKinds])]))
    .where('approved_by', 'is not', null)
    .execute();
  return rows.flatMap(({ approved_by }) => approved_by ?? []);
}

/** How many open changes of a plan say that an approval released them although it does not list them. */
export async function notListed(store: Store, planId: string, approvalPlanId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from change c
    where c.plan_id = ${planId} and c.approved_by = ${approvalPlanId} and c.outcome is null
      and not exists (select from change listed where listed.plan_id = ${approvalPlanId}
        and listed.fingerprint = c.fingerprint)`.execute(store);
  return rows[0]?.n ?? 0;
}

/** Whether the approval's plan still lists exactly what was approved. */
export async function isAsApproved(store: Store, plan: PlanRow, approval: ApprovalRow): Promise<boolean> {
  return approval.hash === plan.hash && approval.hash === (await hashOfFingerprints(store, plan));
}

/** Of which approvals a plan holds all that still follows. */
export type Covered = 'all' | 'none' | { readonly planId: string };

/**
 * At the end of a run: what became of approved changes, in earlier runs that were ended by force too, is written to the
 * plans that listed them. What an approved plan lists and this one, which covers it, does not hold any more is stale,
 * and so is what an approval listed that is over by now: if it is still wanted, a newer revision asks for it.
 */
export async function settleApproved(store: Store, target: string, planId: string, covers: Covered): Promise<void> {
  const unsettled = await unsettledApprovals(store, target);
  if (unsettled.length > 0) await settleListed(store, target, unsettled, planId, covers);
  await sql`
    update group_link l set removals_approved_at = now()
    where l.target = ${target} and l.removals_approved_at is null and exists (
      select from change c where c.plan_id = ${planId} and c.group_id = l.group_id and c.kind = 'remove-member'
        and c.approved_by is not null and c.outcome = 'applied')`.execute(store);
}

/** Whether a plan holds changes that this rule kept waiting. */
export async function isStoppedBy(store: Store, planId: string, rule: StopRule): Promise<boolean> {
  const row = await store
    .selectFrom('change')
    .select('seq')
    .where('plan_id', '=', planId)
    .where('stopped_by', '=', rule)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Approved, and something that they list has no outcome yet: none, most often, and this is asked after each single person too. */
async function unsettledApprovals(store: Store, target: string): Promise<string[]> {
  const rows = await store
    .selectFrom('approval as a')
    .select('a.plan_id')
    .where('a.target', '=', target)
    .where('a.state', '=', 'approved')
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('change as c').whereRef('c.plan_id', '=', 'a.plan_id').where('c.outcome', 'is', null)),
    )
    .execute();
  return rows.map(({ plan_id }) => plan_id);
}

async function settleListed(
  store: Store,
  target: string,
  approvals: readonly string[],
  planId: string,
  covers: Covered,
): Promise<void> {
  const isListed = sql<boolean>`listed.plan_id = any(${approvals}::text[]) and listed.outcome is null`;
  await sql`
    update change listed set outcome = c.outcome, detail = c.detail, vendor_request_id = c.vendor_request_id,
      finished_at = c.finished_at
    from change c join plan p on p.id = c.plan_id join approval a on a.plan_id = c.approved_by
    where c.approved_by = any(${approvals}::text[]) and c.outcome is not null and p.target = ${target}
      and p.created_at >= a.opened_at and listed.plan_id = a.plan_id and listed.fingerprint = c.fingerprint
      and ${isListed}`.execute(store);
  if (covers !== 'none')
    await sql`
      update change listed set outcome = 'stale', finished_at = now()
      from approval a, plan made
      where ${isListed} and a.plan_id = listed.plan_id and made.id = ${planId} and a.decided_at < made.created_at
        and (${covers === 'all'} or a.plan_id = ${covers === 'all' ? '' : covers.planId})
        and not exists (select from change c where c.plan_id = ${planId} and c.fingerprint = listed.fingerprint)`.execute(
      store,
    );
  await sql`
    update change listed set outcome = 'stale', detail = 'approval-over', finished_at = now()
    from approval a
    where ${isListed} and a.plan_id = listed.plan_id and a.valid_until <= now()`.execute(store);
}
