import { sql } from 'kysely';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';
import type { RunNotes } from './schema.ts';

/** Adds to what a run tells beside its outcomes. */
export async function noteRun(store: Store, runId: string, notes: RunNotes): Promise<void> {
  await store
    .updateTable('run')
    .set({ notes: sql`notes || ${jsonText(notes)}::jsonb` })
    .where('id', '=', runId)
    .execute();
}
