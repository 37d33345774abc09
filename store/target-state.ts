/** Whether a target is paused, by whom and why. */
import { sql } from 'kysely';
import type { PausedBy } from '../domain/pause-texts.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { queueNotice } from './notices.ts';

export interface Pause {
  readonly target: string;
  readonly by: PausedBy;
  /** A code. */
  readonly reason: string;
  readonly since: Date;
}

/**
 * Pauses a target and has it told. An operator's word goes over a pause that the target took by itself, not the other
 * way round. @returns whether anything changed
 */
export async function pauseTarget(
  store: Store,
  { target, by, reason }: { readonly target: string; readonly by: PausedBy; readonly reason: string },
): Promise<boolean> {
  return inTransaction(store, async (tx) => {
    const { rows } = await sql<{ since: Date }>`
      insert into target_state as s (target, paused_at, paused_by, pause_reason)
      values (${target}, now(), ${by}, ${reason})
      on conflict (target) do update set
        paused_at = coalesce(s.paused_at, excluded.paused_at), paused_by = excluded.paused_by,
        pause_reason = excluded.pause_reason
      where s.paused_at is null
        or (${by === 'operator'} and (s.paused_by, s.pause_reason) is distinct from (excluded.paused_by, excluded.pause_reason))
      returning paused_at as since`.execute(tx);
    const [paused] = rows;
    if (paused) await queueNotice(tx, { kind: 'target-paused', target, by, reason, since: paused.since.toISOString() });
    return paused !== undefined;
  });
}

/** @returns whether it was paused */
export async function resumeTarget(store: Store, target: string): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('target_state')
    .set({ paused_at: null, paused_by: null, pause_reason: null })
    .where('target', '=', target)
    .where('paused_at', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function pausedTargets(store: Store): Promise<Pause[]> {
  const rows = await store
    .selectFrom('target_state')
    .selectAll()
    .where('paused_at', 'is not', null)
    .orderBy('target')
    .execute();
  return rows.map((row) => ({
    target: row.target,
    by: row.paused_by ?? 'operator',
    reason: row.pause_reason ?? '',
    since: row.paused_at ?? new Date(0),
  }));
}
