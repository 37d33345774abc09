import { acquireLock, type Lock, LockHeldError, type LockHolder } from './lock.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import type { Report } from './progress.ts';

export interface InstanceLock {
  /** Tells a start that comes meanwhile to wait. */
  markStopping(): void;
  release(): void;
}

interface InstanceNote extends Record<string, unknown> {
  readonly isStopping: boolean;
  readonly launchers: readonly ProcessIdentity[];
}

/**
 * Makes this the only `lockstep up` of its state folder. Waits for one that is about to end: it says so, or whoever
 * launched it is gone (then it ends by itself).
 *
 * @throws Error that names the pid of the one that runs.
 */
export async function becomeSingleInstance(
  file: string,
  options: { launchers: readonly ProcessIdentity[]; report: Report; signal: AbortSignal },
): Promise<InstanceLock> {
  const { launchers, report, signal } = options;
  const note = (isStopping: boolean): InstanceNote => ({ isStopping, launchers });
  let isTold = false;
  const shouldWait = (holder: LockHolder) => {
    if (!isEnding(holder.note as Partial<InstanceNote>)) return false;
    if (!isTold) report(`Waiting until the Lockstep that ran before (pid ${holder.pid}) has stopped`);
    isTold = true;
    return true;
  };
  const lock = await take(file, { note: note(false), shouldWait, signal });
  return { markStopping: () => lock.annotate(note(true)), release: () => lock.release() };
}

async function take(file: string, options: Parameters<typeof acquireLock>[1]): Promise<Lock> {
  try {
    return await acquireLock(file, options);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new Error(
      `Lockstep already runs here (pid ${error.holder.pid}); it was left alone. End it with Ctrl-C, or start a second ` +
        'one with a state folder and ports of its own: LOCKSTEP_STATE_DIR=… LOCKSTEP_PORT_BASE=15000 npm start',
      { cause: error },
    );
  }
}

function isEnding({ isStopping = false, launchers = [] }: Partial<InstanceNote>): boolean {
  return isStopping || !launchers.every(isRunning);
}
