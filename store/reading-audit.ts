/** The audit log as the reader shows and verifies it. */
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { instantText } from './audit.ts';
import type { Store } from './connect.ts';
import type { Database } from './schema.ts';

/** `at` as the canonical text has it: a `Date` would lose the microseconds. */
export type AuditLogRow = Omit<Selectable<Database['audit']>, 'at'> & { readonly at: string };

export interface AuditLogFilter {
  readonly since?: string;
  readonly until?: string;
  readonly person?: string;
  readonly run?: string;
}

export interface AuditLogPage extends AuditLogFilter {
  readonly after: number;
  readonly limit: number;
}

/** In the order in which entries were written. */
export async function auditLog(store: Store, page: AuditLogPage): Promise<AuditLogRow[]> {
  const { since, until, person, run, after, limit } = page;
  let query = entries(store).where('id', '>', String(after)).orderBy('id').limit(limit);
  if (since !== undefined) query = query.where('at', '>=', new Date(since));
  if (until !== undefined) query = query.where('at', '<', new Date(until));
  if (person !== undefined) query = query.where('person_id', '=', person);
  if (run !== undefined) query = query.where('run_id', '=', run);
  return query.execute();
}

/** Those that have a place in the chain, by it; from the very first, whatever its place, when `after` is absent. */
export async function auditChain(
  store: Store,
  { run, after, limit }: { readonly run: string; readonly after: number | undefined; readonly limit: number },
): Promise<AuditLogRow[]> {
  let query = entries(store).where('run_id', '=', run).orderBy('position').orderBy('id').limit(limit);
  query = after === undefined ? query.where('position', 'is not', null) : query.where('position', '>', after);
  return query.execute();
}

const columns = [
  ...(['id', 'run_id', 'plan_id', 'seq', 'target', 'kind', 'person_id', 'group_id', 'account_id'] as const),
  ...(['target_group_id', 'before', 'after', 'reason', 'outcome', 'detail', 'vendor_request_id'] as const),
  ...(['approval', 'approved_by', 'position', 'previous_hash', 'hash'] as const),
] as const;

const entries = (store: Store) => store.selectFrom('audit').select([...columns, instantText('at').as('at')]);

export interface ChainRow {
  readonly run_id: string;
  readonly entries: string;
  readonly unchained: string;
  readonly last_unchained: string | null;
  readonly audit_head: string | null;
  readonly audit_length: number | null;
  /** Whether it has anything from `since` on. */
  readonly is_recent: boolean;
}

/**
 * Chains by run id, those included of which only the head is left. Steps from one run to the next on the index, since
 * there may be millions of entries.
 */
export async function auditChains(
  store: Store,
  { after, since, limit }: { readonly after: string; readonly since: string | undefined; readonly limit: number },
): Promise<ChainRow[]> {
  const { rows } = await chainRows(sql`(select run_id from (${runsAfter(after)}) runs limit ${limit})`, since).execute(
    store,
  );
  return rows;
}

/** Of one run, also when there is nothing of it. */
export async function auditChainOf(store: Store, run: string): Promise<ChainRow[]> {
  const { rows } = await chainRows(sql`(select ${run}::text as run_id)`, undefined).execute(store);
  return rows;
}

/** Ids of all runs that have entries or a head, in order and one by one, as far as they are asked for. */
function runsAfter(after: string) {
  const next = (known: RawBuilder<unknown>) => sql`
    least((select min(run_id) from audit where run_id > ${known}),
          (select min(id) from run where id > ${known} and audit_head is not null))`;
  return sql`
    with recursive chain (run_id) as (
      select ${next(sql`${after}`)}
      union all
      select ${next(sql`chain.run_id`)} from chain where chain.run_id is not null
    )
    select run_id from chain where run_id is not null`;
}

const chainRows = (runs: RawBuilder<unknown>, since: string | undefined) => sql<ChainRow>`
  select chain.run_id, audited.entries, audited.unchained, audited.last_unchained, run.audit_head, run.audit_length,
    ${since ?? null}::timestamptz is null
      or coalesce(greatest(audited.newest, run.finished_at) >= ${since ?? null}::timestamptz, false) as is_recent
  from ${runs} chain
  left join run on run.id = chain.run_id
  cross join lateral (
    select count(position) as entries, count(*) - count(position) as unchained, max(at) as newest,
      max(id) filter (where position is null) as last_unchained
    from audit where audit.run_id = chain.run_id
  ) audited
  order by chain.run_id`;

/** The first entry that was written as part of a chain. */
export async function firstChainedEntry(store: Store): Promise<number | undefined> {
  const row = await store
    .selectFrom('audit')
    .select('id')
    .where('position', 'is not', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row && Number(row.id);
}
