import type { Store } from './connect.ts';

/** What became of a request of an operator that was carried out before; undefined when it was not. */
export async function commandOutcome(store: Store, requestId: string): Promise<'done' | 'unchanged' | undefined> {
  const row = await store.selectFrom('audit').select('outcome').where('run_id', '=', requestId).executeTakeFirst();
  return row && (row.outcome === 'applied' ? 'done' : 'unchanged');
}

/** Of a request to retry that was carried out before: how many changes it made due, by target. */
export async function retriedBy(store: Store, requestId: string): Promise<Map<string, number>> {
  const rows = await store
    .selectFrom('audit')
    .select(['target', 'detail'])
    .where('run_id', '=', requestId)
    .where('kind', '=', 'retry')
    .execute();
  return new Map(rows.map(({ target, detail }) => [target, Number(/retry:(\d+)/.exec(detail ?? '')?.[1] ?? 0)]));
}
