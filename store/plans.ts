/** Plans, their changes and findings: written by planning, consumed by applying, read by the reader. */
import { type Selectable, sql } from 'kysely';
import {
  type Change,
  type ChangeKind,
  changeKinds,
  type Finding,
  type FindingCode,
  type Outcome,
} from '../domain/change.ts';
import type { Verdict } from '../domain/guard.ts';
import type { OktaUserId } from '../domain/ids.ts';
import type { PlannedLine } from '../domain/plan-text.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';
import type { Database, PlanKind } from './schema.ts';
import { manyRows, refreshStatistics } from './statistics.ts';

export type PlanRow = Selectable<Database['plan']>;
export type ChangeRow = Selectable<Database['change']>;
export type FindingRow = Selectable<Database['finding']>;

export interface NewPlan {
  readonly id: string;
  readonly target: string;
  readonly runId: string;
  /** Fingerprint of the configuration that it was made with. */
  readonly configuration: string;
  readonly sourceSnapshot: string;
  readonly targetSnapshot: string;
  readonly kind: PlanKind;
}

/** Begins a plan, from nothing if an earlier try left a part of it. */
export async function beginPlan(store: Store, plan: NewPlan): Promise<void> {
  await store.transaction().execute(async (tx) => {
    await tx.deleteFrom('plan').where('id', '=', plan.id).execute();
    await tx
      .insertInto('plan')
      .values({
        id: plan.id,
        target: plan.target,
        run_id: plan.runId,
        configuration: plan.configuration,
        source_snapshot: plan.sourceSnapshot,
        target_snapshot: plan.targetSnapshot,
        kind: plan.kind,
      })
      .execute();
  });
}

/** Appends changes, numbered from `firstSeq`, with the versions that their people have now. */
export async function appendChanges(
  store: Store,
  planId: string,
  firstSeq: number,
  lines: readonly PlannedLine[],
): Promise<void> {
  if (lines.length === 0) return;
  const rows = lines.map(({ change, fingerprint }, index) => ({
    ...changeToRow(change, firstSeq + index),
    fingerprint,
  }));
  await sql`
    insert into change (plan_id, seq, step, kind, person_id, group_id, account_id, target_group_id, before, after,
      reason, fingerprint, subject_version)
    select ${planId}, seq, step, kind, page.person_id, group_id, account_id, target_group_id, before, after, reason,
      fingerprint, coalesce((select version from subject where subject.person_id = page.person_id), 0)
    from jsonb_to_recordset(${jsonText(rows)}::jsonb) as page (seq integer, step smallint, kind text, person_id text,
      group_id text, account_id text, target_group_id text, before jsonb, after jsonb, reason text, fingerprint text)`.execute(
    store,
  );
}

/** The columns of a change; those that its kind has not are absent. */
export function changeToRow(change: Change, seq: number) {
  const base = { seq, step: changeKinds.indexOf(change.kind), kind: change.kind, reason: change.reason };
  switch (change.kind) {
    case 'create-account':
      return { ...base, person_id: change.person, after: change.after };
    case 'update-account':
      return {
        ...base,
        person_id: change.person,
        account_id: change.account,
        before: change.before,
        after: change.after,
      };
    case 'link-account':
    case 'reactivate-account':
    case 'deactivate-account':
      return { ...base, person_id: change.person, account_id: change.account };
    case 'add-member':
      return { ...base, person_id: change.person, group_id: change.group };
    case 'remove-member':
      return { ...base, person_id: change.person ?? null, group_id: change.group, account_id: change.account };
    case 'link-group':
      return { ...base, group_id: change.group, target_group_id: change.targetGroup, after: { name: change.name } };
    case 'delete-group':
      return { ...base, group_id: change.group, target_group_id: change.targetGroup, before: { name: change.name } };
    case 'create-group':
      return { ...base, group_id: change.group, after: { name: change.name } };
    case 'rename-group':
      return {
        ...base,
        group_id: change.group,
        target_group_id: change.targetGroup,
        before: { name: change.before },
        after: { name: change.after },
      };
    default:
      return change satisfies never;
  }
}

/** Enough to go on; a group may have thousands of members that nobody is linked to. */
const subjectsAtMost = 50;

export async function appendFindings(
  store: Store,
  planId: string,
  firstSeq: number,
  findings: readonly Finding[],
): Promise<void> {
  if (findings.length === 0) return;
  await store
    .insertInto('finding')
    .values(
      findings.map((finding, index) => ({
        plan_id: planId,
        seq: firstSeq + index,
        code: finding.code,
        person_id: finding.person ?? null,
        group_id: finding.group ?? null,
        subjects: jsonText((finding.subjects ?? []).slice(0, subjectsAtMost)),
      })),
    )
    .execute();
}

export interface PlanEnd {
  readonly counts: Readonly<Record<string, number>>;
  readonly hash: string;
  readonly expiresAfterMs: number;
}

export async function finishPlan(store: Store, planId: string, end: PlanEnd): Promise<void> {
  const { counts, hash, expiresAfterMs } = end;
  await store
    .updateTable('plan')
    .set({
      finished_at: sql`now()`,
      counts: jsonText(counts),
      hash,
      expires_at: sql`now() + make_interval(secs => ${expiresAfterMs / 1_000})`,
    })
    .where('id', '=', planId)
    .execute();
  if (changesIn(counts) > manyRows) await refreshStatistics(store, ['change']);
}

export async function saveVerdict(store: Store, planId: string, verdict: readonly Verdict[]): Promise<void> {
  await store
    .updateTable('plan')
    .set({ verdict: jsonText(verdict) })
    .where('id', '=', planId)
    .execute();
}

/** How many changes a plan holds, by its counts. */
export const changesIn = (counts: Readonly<Record<string, number>>): number =>
  changeKinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);

export async function planById(store: Store, id: string): Promise<PlanRow | undefined> {
  return store.selectFrom('plan').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Changes by kind and outcome; the outcome of those not yet carried out is null. */
export async function countChanges(
  store: Store,
  planId: string,
): Promise<{ kind: ChangeKind; outcome: Outcome | null; count: number }[]> {
  const rows = await store
    .selectFrom('change')
    .select(['kind', 'outcome', ({ fn }) => fn.countAll<string>().as('count')])
    .where('plan_id', '=', planId)
    .groupBy(['kind', 'outcome'])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Open changes in the order of work, which is the index's: by step, members of one group together. */
export async function openChanges(store: Store, planId: string, limit: number): Promise<ChangeRow[]> {
  return store
    .selectFrom('change')
    .selectAll()
    .where('plan_id', '=', planId)
    .where('outcome', 'is', null)
    .orderBy('step')
    .orderBy('group_id')
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** The plans that a run carries out: the one that it was made for, then the one for those who changed meanwhile. */
export async function plansToCarryOut(store: Store, runId: string): Promise<PlanRow[]> {
  return store
    .selectFrom('plan')
    .selectAll()
    .where('run_id', '=', runId)
    .where('kind', '=', 'run')
    .orderBy('created_at')
    .execute();
}

/** Fingerprints of the changes of a plan that have no outcome yet. */
export async function openLinesOf(store: Store, planId: string): Promise<Set<string>> {
  const rows = await store
    .selectFrom('change')
    .select('fingerprint')
    .where('plan_id', '=', planId)
    .where('outcome', 'is', null)
    .execute();
  return new Set(rows.flatMap(({ fingerprint }) => fingerprint ?? []));
}

/** Counts a try before the first request, so that a later one knows that an earlier may have had an effect. */
export async function countAttempt(store: Store, planId: string, seqs: readonly number[]): Promise<void> {
  await sql`
    update change set attempts = attempts + 1
    where plan_id = ${planId} and seq = any(${seqs}::integer[])`.execute(store);
}

/** Takes the count back where nothing was begun after all: nothing can be at the target that would have to be looked up. */
export async function takeBackAttempt(store: Store, planId: string, seqs: readonly number[]): Promise<void> {
  if (seqs.length === 0) return;
  await sql`
    update change set attempts = attempts - 1
    where plan_id = ${planId} and seq = any(${seqs}::integer[])`.execute(store);
}

/** Which of these findings a plan has about a person. */
export async function findingsAbout(
  store: Store,
  planId: string,
  person: OktaUserId,
  codes: readonly FindingCode[],
): Promise<FindingCode[]> {
  const rows = await store
    .selectFrom('finding')
    .select('code')
    .where('plan_id', '=', planId)
    .where('person_id', '=', person)
    .where('code', 'in', codes)
    .orderBy('seq')
    .execute();
  return rows.map(({ code }) => code);
}
