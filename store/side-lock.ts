/**
 * One process observes a side at a time, and no side is replaced while a plan is made from it: observers hold the
 * side alone, planners share it. Session locks of the database, so a process that dies lets go by itself.
 */
import { sql } from 'kysely';
import type { Store } from './connect.ts';

export type SideLockMode = 'observe' | 'plan';

/** Waits until the side is free, or until the signal fires. */
export async function withSides<T>(
  store: Store,
  sides: readonly string[],
  mode: SideLockMode,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  return store.connection().execute(async (connection) => {
    const taken: string[] = [];
    try {
      // In one order, so that two planners of several sides cannot wait for each other.
      for (const side of [...sides].sort()) {
        while (!(await tryLock(connection, side, mode))) {
          signal?.throwIfAborted();
          await pause(250);
        }
        taken.push(side);
      }
      return await work();
    } finally {
      for (const side of taken.reverse()) await unlock(connection, side, mode);
    }
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const key = (side: string) => sql`hashtextextended(${`lockstep side ${side}`}, 0)`;

async function tryLock(store: Store, side: string, mode: SideLockMode): Promise<boolean> {
  const call =
    mode === 'observe' ? sql`pg_try_advisory_lock(${key(side)})` : sql`pg_try_advisory_lock_shared(${key(side)})`;
  const { rows } = await sql<{ ok: boolean }>`select ${call} as ok`.execute(store);
  return rows[0]?.ok === true;
}

async function unlock(store: Store, side: string, mode: SideLockMode): Promise<void> {
  const call =
    mode === 'observe' ? sql`pg_advisory_unlock(${key(side)})` : sql`pg_advisory_unlock_shared(${key(side)})`;
  await sql`select ${call}`.execute(store);
}
