/** What the reader shows of plans and runs, a page at a time. */
import { sql } from 'kysely';
import { type FindingCode, findingCodes, type Outcome } from '../domain/change.ts';
import type { Store } from './connect.ts';
import type { ChangeRow, FindingRow, PlanRow } from './plans.ts';

export interface Slice {
  /** Number of the last item seen. */
  readonly after: number;
  readonly limit: number;
}

export async function changesAfter(store: Store, planId: string, { after, limit }: Slice): Promise<ChangeRow[]> {
  return store
    .selectFrom('change')
    .selectAll()
    .where('plan_id', '=', planId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

export async function findingsAfter(store: Store, planId: string, { after, limit }: Slice): Promise<FindingRow[]> {
  return store
    .selectFrom('finding')
    .selectAll()
    .where('plan_id', '=', planId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

export async function findingsThatNeedAttention(store: Store, planId: string, limit: number): Promise<FindingRow[]> {
  const codes = (Object.keys(findingCodes) as FindingCode[]).filter((code) => findingCodes[code].attention);
  return store
    .selectFrom('finding')
    .selectAll()
    .where('plan_id', '=', planId)
    .where('code', 'in', codes)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

const unsettled: readonly Outcome[] = ['parked', 'waiting', 'stale'];

/** Changes that did not come to be what was planned. */
export async function unsettledChanges(store: Store, planId: string, limit: number): Promise<ChangeRow[]> {
  return store
    .selectFrom('change')
    .selectAll()
    .where('plan_id', '=', planId)
    .where('outcome', 'in', unsettled)
    .orderBy('outcome')
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** Oldest first: one of a target's run, one per target of a preview. */
export async function plansOfRun(store: Store, runId: string): Promise<PlanRow[]> {
  return store.selectFrom('plan').selectAll().where('run_id', '=', runId).orderBy('created_at').execute();
}

/** The newest plan of a target that was made for everybody, by a full sync or a preview, and so tells all findings. */
export async function newestPlanOfEverybody(store: Store, target: string): Promise<PlanRow | undefined> {
  return store
    .selectFrom('plan')
    .innerJoin('run', 'run.id', 'plan.run_id')
    .selectAll('plan')
    .where('plan.target', '=', target)
    .where('plan.kind', 'in', ['run', 'preview'])
    .where('plan.finished_at', 'is not', null)
    .where(
      sql<boolean>`exists (select from run asked where asked.kind in ('full-sync', 'preview')
        and run.covers @> jsonb_build_array(asked.id))`,
    )
    .orderBy('plan.created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** How many changes of each plan there are and how many have an outcome. */
export async function progressOfPlans(
  store: Store,
  planIds: readonly string[],
): Promise<Map<string, { readonly done: number; readonly total: number }>> {
  if (planIds.length === 0) return new Map();
  const rows = await store
    .selectFrom('change')
    .select(({ fn }) => ['plan_id', fn.countAll<string>().as('total'), fn.count<string>('outcome').as('done')])
    .where('plan_id', 'in', planIds)
    .groupBy('plan_id')
    .execute();
  return new Map(rows.map((row) => [row.plan_id, { done: Number(row.done), total: Number(row.total) }]));
}
