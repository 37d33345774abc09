import type { Store } from './connect.ts';

/** What became of a request of an operator that was carried out before; undefined when it was not. */
export async function commandOutcome(store: Store, requestId: string): Promise<'done' | 'unchanged' | undefined> {
  const row = await store.selectFrom('audit').select('outcome').where('run_id', '=', requestId).executeTakeFirst();
  return row && (row.outcome === 'applied' ? 'done' : 'unchanged');
}
