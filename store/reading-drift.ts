/** What the reader shows of drift. */
import { type Selectable, sql } from 'kysely';
import type { Store } from './connect.ts';
import { isOpen, pairs } from './drift-in-plans.ts';
import type { ChangeRow } from './plans.ts';
import type { Database } from './schema.ts';

export type DriftRow = Selectable<Database['drift']>;

export async function openDrift(
  store: Store,
  target: string,
  limit: number,
): Promise<{ readonly count: number; readonly rows: readonly DriftRow[] }> {
  const open = store.selectFrom('drift').where('target', '=', target).where('settled_at', 'is', null);
  const { n } = await open.select(({ fn }) => fn.countAll<string>().as('n')).executeTakeFirstOrThrow();
  return { count: Number(n), rows: await open.selectAll().orderBy('id').limit(limit).execute() };
}

/** What a plan has about each of these, by the id of the drift. */
export async function changesAbout(
  store: Store,
  planId: string,
  drift: readonly DriftRow[],
): Promise<Map<string, ChangeRow>> {
  if (drift.length === 0) return new Map();
  const ids = drift.map(({ id }) => id);
  const { rows } = await sql<ChangeRow & { drift: string }>`
    select pair.drift, c.* from ${pairs(planId, isOpen)} as pair
    join change c on c.plan_id = ${planId} and c.seq = pair.seq
    where pair.drift = any(${ids}::bigint[])`.execute(store);
  return new Map(rows.map(({ drift: id, ...change }) => [id, change]));
}

/** Of these changes of one plan, those about something that had been changed outside, and since when that is known. */
export async function driftBehind(store: Store, planId: string, seqs: readonly number[]): Promise<Map<number, Date>> {
  if (seqs.length === 0) return new Map();
  const isMeant = sql<boolean>`c.seq = any(${seqs}::integer[]) and d.seen_at <= p.created_at
    and (d.settled_at is null or d.settled_at >= p.created_at)`;
  const { rows } = await sql<{ seq: number; seen_at: Date }>`
    select seq, min(seen_at) as seen_at from ${pairs(planId, isMeant)} as pair group by seq`.execute(store);
  return new Map(rows.map(({ seq, seen_at }) => [seq, seen_at]));
}
