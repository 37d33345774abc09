/** Each reading of a side is a snapshot; rows carry the number of the one that saw them last. */

import { type Selectable, sql } from 'kysely';
import type { Shortfall } from '../domain/completeness.ts';
import type { Capabilities } from '../domain/directory.ts';
import type { Store } from './connect.ts';
import { jsonText } from './json-text.ts';
import type { Database } from './schema.ts';
import { hasOutgrown, refreshStatistics } from './statistics.ts';

/** The side that is not a target. Targets are sides by their name, and no name of a target has a colon. */
export const oktaSide = 'source:okta';

export interface Snapshot {
  readonly id: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly isComplete: boolean | null;
  /** Why it is not complete. */
  readonly shortfalls: readonly Shortfall[];
  readonly counts: Readonly<Record<string, number>>;
  /** Of a target: what it could do when it was read, for those who have no connection to it. */
  readonly capabilities?: Capabilities;
}

export async function beginSnapshot(store: Store, side: string): Promise<string> {
  const { id } = await store.insertInto('snapshot').values({ side }).returning('id').executeTakeFirstOrThrow();
  return id;
}

export async function finishSnapshot(
  store: Store,
  id: string,
  result: Pick<Snapshot, 'counts' | 'capabilities'> &
    Partial<Pick<Snapshot, 'shortfalls'>> & { readonly isComplete: boolean },
): Promise<void> {
  const { side } = await store.selectFrom('snapshot').select('side').where('id', '=', id).executeTakeFirstOrThrow();
  const before = await latestSnapshot(store, side);
  await store
    .updateTable('snapshot')
    .set({
      finished_at: sql`now()`,
      is_complete: result.isComplete,
      shortfalls: jsonText(result.shortfalls ?? []),
      counts: jsonText(result.counts),
      capabilities: result.capabilities ? jsonText(result.capabilities) : null,
    })
    .where('id', '=', id)
    .execute();
  if (hasOutgrown(before?.counts ?? {}, result.counts))
    await refreshStatistics(store, side === oktaSide ? oktaTables : targetTables);
}

const oktaTables = ['okta_user', 'okta_group', 'okta_membership', 'okta_assignment'] as const;
const targetTables = ['account', 'target_group', 'target_membership', 'person_link', 'group_link'] as const;

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
  return row && snapshotOf(row);
}

export async function snapshotById(store: Store, id: string): Promise<Snapshot | undefined> {
  const row = await store.selectFrom('snapshot').selectAll().where('id', '=', id).executeTakeFirst();
  return row && snapshotOf(row);
}

/**
 * The newest reading of which no list as such fell short; single groups in doubt do not count, or one that never adds
 * up would make all others old. `0` before the first.
 */
export async function lastWholeSnapshotId(store: Store, side: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select coalesce(max(id), 0)::text as id from snapshot
    where side = ${side} and finished_at is not null
      and not jsonb_path_exists(shortfalls, '$[*] ? (!exists(@.subject))')`.execute(store);
  return rows[0]?.id ?? '0';
}

const snapshotOf = (row: Selectable<Database['snapshot']>): Snapshot => ({
  id: row.id,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  isComplete: row.is_complete,
  shortfalls: row.shortfalls,
  counts: row.counts,
  ...(row.capabilities ? { capabilities: row.capabilities } : {}),
});

/**
 * The newest reading of a side, ended or under way. What is written outside belongs to it: a reading under way must
 * not take for gone what it did not see because it was written meanwhile.
 */
export async function newestSnapshotId(store: Store, side: string): Promise<string> {
  const row = await store
    .selectFrom('snapshot')
    .select('id')
    .where('side', '=', side)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return row.id;
}
