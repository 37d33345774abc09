/** Each reading of a side is a snapshot; rows carry the number of the one that saw them last. */
import { sql } from 'kysely';
import type { Store } from './connect.ts';

export interface Snapshot {
  readonly id: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly isComplete: boolean | null;
  readonly counts: Readonly<Record<string, number>>;
}

export async function beginSnapshot(store: Store, side: string): Promise<string> {
  const { id } = await store.insertInto('snapshot').values({ side }).returning('id').executeTakeFirstOrThrow();
  return id;
}

export async function finishSnapshot(
  store: Store,
  id: string,
  result: { readonly isComplete: boolean; readonly counts: Record<string, number> },
): Promise<void> {
  await store
    .updateTable('snapshot')
    .set({ finished_at: sql`now()`, is_complete: result.isComplete, counts: JSON.stringify(result.counts) })
    .where('id', '=', id)
    .execute();
}

/** The newest reading that ended; incomplete ones count, since they too changed the mirror. */
export async function latestSnapshot(store: Store, side: string): Promise<Snapshot | undefined> {
  const row = await store
    .selectFrom('snapshot')
    .selectAll()
    .where('side', '=', side)
    .where('finished_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      isComplete: row.is_complete,
      counts: row.counts,
    }
  );
}
