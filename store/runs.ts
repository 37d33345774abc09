/** Runs as operators see them: what was asked, how far it came, what became of it. */
import { type Selectable, sql, type Updateable } from 'kysely';
import type { Outcome } from '../domain/change.ts';
import { type ChainHead, chainHead, lockChain } from './audit.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { jsonText } from './json-text.ts';
import type { Database, RunKind } from './schema.ts';

export type RunRow = Selectable<Database['run']>;

const endedFromOutside = { kind: 'Unavailable', message: 'its workflow was ended from outside' };

export interface RunStart {
  readonly id: string;
  readonly kind: RunKind;
  readonly target?: string;
  readonly workflowId: string;
  readonly workflowRunId: string;
  /** Requests that this run answers. */
  readonly covers: readonly string[];
}

/**
 * Idempotent by id: a repeated activity finds its run. A target has one run at a time, so one that is still open was
 * ended from outside, by somebody who terminated its workflow.
 */
export async function startRun(store: Store, run: RunStart): Promise<void> {
  await store
    .insertInto('run')
    .values({
      id: run.id,
      kind: run.kind,
      target: run.target ?? null,
      workflow_id: run.workflowId,
      workflow_run_id: run.workflowRunId,
      covers: jsonText(run.covers),
      phase: 'observing',
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  if (run.target === undefined) return;
  const open = await store
    .selectFrom('run')
    .select('id')
    .where('target', '=', run.target)
    .where('kind', '=', run.kind)
    .where('finished_at', 'is', null)
    .where('id', '<>', run.id)
    .execute();
  for (const { id } of open)
    await closeRun(store, id, { phase: 'failed', problem: jsonText(endedFromOutside) }, { onlyOpen: true });
}

export async function setRunPhase(store: Store, id: string, phase: string, planId?: string): Promise<void> {
  await store
    .updateTable('run')
    .set({ phase, ...(planId === undefined ? {} : { plan_id: planId }) })
    .where('id', '=', id)
    .execute();
}

export interface RunEnd {
  readonly target?: string;
  /** Head of its chain in the audit log; absent when it changed nothing. */
  readonly audit?: ChainHead;
}

export async function finishRun(
  store: Store,
  id: string,
  result: {
    readonly planId?: string;
    readonly outcomes: Partial<Record<Outcome, number>>;
    readonly problem?: { readonly kind: string; readonly message: string };
  },
): Promise<RunEnd> {
  return closeRun(store, id, {
    phase: result.problem ? 'failed' : 'done',
    ...(result.planId === undefined ? {} : { plan_id: result.planId }),
    outcomes: jsonText(result.outcomes),
    problem: result.problem ? jsonText(result.problem) : null,
  });
}

/** With the head of its chain, to which nobody adds meanwhile. */
async function closeRun(
  store: Store,
  id: string,
  values: Updateable<Database['run']>,
  { onlyOpen = false } = {},
): Promise<RunEnd> {
  return inTransaction(store, async (tx) => {
    await lockChain(tx, id);
    const audit = await chainHead(tx, id);
    const closing = tx
      .updateTable('run')
      .set({
        ...values,
        finished_at: sql`now()`,
        audit_head: audit?.hash ?? null,
        audit_length: audit?.length ?? null,
      })
      .where('id', '=', id)
      .returning('target');
    const row = await (onlyOpen ? closing.where('finished_at', 'is', null) : closing).executeTakeFirst();
    return { ...(row?.target ? { target: row.target } : {}), ...(audit ? { audit } : {}) };
  });
}

export async function runById(store: Store, id: string): Promise<RunRow | undefined> {
  return store.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Newest first. */
export async function listRuns(
  store: Store,
  filter: { readonly target?: string; readonly limit: number },
): Promise<RunRow[]> {
  let query = store.selectFrom('run').selectAll().orderBy('started_at', 'desc').limit(filter.limit);
  if (filter.target !== undefined) query = query.where('target', '=', filter.target);
  return query.execute();
}

/** The runs that answer a request: the full sync itself and one per target. */
export async function runsCovering(store: Store, requestId: string): Promise<RunRow[]> {
  return store
    .selectFrom('run')
    .selectAll()
    .where(sql<boolean>`covers @> ${jsonText([requestId])}::jsonb`)
    .orderBy('started_at')
    .execute();
}
