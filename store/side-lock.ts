/**
 * One process observes a side at a time, and no side is replaced while a plan is made from it or carried out: observers
 * hold the side alone, the others share it. One process carries out a target's plans at a time, even when the workflow
 * that asked for it is gone. Session locks of the database: a process that dies lets go by itself, and one that is
 * frozen loses its session, and with it the lock, after a while.
 */
import { sql } from 'kysely';
import { Failure } from '../domain/failure.ts';
import type { Store } from './connect.ts';

export type SideLockMode = 'observe' | 'plan';

export interface LockWait {
  /** Until the sides are free when absent. */
  readonly atMostMs: number;
  /** When to try again, after a wait that was too long. */
  readonly retryAfterMs: number;
}

/**
 * Waits until the sides are free, or until the signal fires. Who may not wait for long is refused after a while by a failure
 * `Unavailable`, and holds neither a connection nor a slot until they try again. The signal given to `work` fires with it, and when the
 * locks are lost on the way.
 */
export async function withSides<T>(
  store: Store,
  sides: readonly string[],
  mode: SideLockMode,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  wait?: LockWait,
): Promise<T> {
  const givesUpAt = performance.now() + (wait?.atMostMs ?? Number.POSITIVE_INFINITY);
  return store.connection().execute(async (connection) => {
    await sql.raw(`set idle_session_timeout = ${frozenAfterMs}`).execute(connection);
    const lost = new AbortController();
    const beat = setInterval(() => {
      sql`select 1`.execute(connection).catch((cause: unknown) => lost.abort(lostLocks(sides, cause)));
    }, beatEveryMs);
    try {
      // In one order, so that two planners of several sides cannot wait for each other.
      for (const side of [...sides].sort()) {
        while (!(await tryLock(connection, side, mode))) {
          signal.throwIfAborted();
          if (performance.now() >= givesUpAt) throw takenFor(side, wait);
          await pause(250);
        }
      }
      const result = await work(AbortSignal.any([signal, lost.signal]));
      lost.signal.throwIfAborted();
      return result;
    } finally {
      clearInterval(beat);
      await release(connection);
    }
  });
}

/** A holder that does not even say "select 1" for so long is frozen; the database ends its session. */
const frozenAfterMs = 45_000;
const beatEveryMs = 10_000;

const lostLocks = (sides: readonly string[], cause: unknown): Failure =>
  new Failure('Unavailable', `store: the lock of ${sides.join(', ')} was lost`, { system: 'store', cause });

const takenFor = (side: string, wait: LockWait | undefined): Failure =>
  new Failure('Unavailable', `store: ${side} is being read by somebody else`, {
    system: 'store',
    ...(wait ? { retryAfterMs: wait.retryAfterMs } : {}),
  });

/** The session holds no other locks. If this fails, the connection is broken, and with it the session is gone. */
async function release(connection: Store): Promise<void> {
  try {
    await sql`select pg_advisory_unlock_all()`.execute(connection);
    await sql`set idle_session_timeout = default`.execute(connection);
  } catch {
    // The pool finds out by itself.
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const key = (side: string) => sql`hashtextextended(${`lockstep side ${side}`}, 0)`;

async function tryLock(store: Store, side: string, mode: SideLockMode): Promise<boolean> {
  const call =
    mode === 'observe' ? sql`pg_try_advisory_lock(${key(side)})` : sql`pg_try_advisory_lock_shared(${key(side)})`;
  const { rows } = await sql<{ ok: boolean }>`select ${call} as ok`.execute(store);
  return rows[0]?.ok === true;
}
