import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/** Who holds a lock, with whatever the holder noted beside its identity. */
export interface LockHolder extends ProcessIdentity {
  readonly note: Readonly<Record<string, unknown>>;
}

export interface Lock {
  /** Replaces the note that others see. */
  annotate(note: LockHolder['note']): void;
  release(): void;
}

/** Raised when a living process holds the lock and waiting for it was not wanted. */
export class LockHeldError extends Error {
  readonly holder: LockHolder;

  constructor(file: string, holder: LockHolder) {
    super(`${file} is held by process ${holder.pid}`);
    this.name = 'LockHeldError';
    this.holder = holder;
  }
}

export interface LockOptions {
  readonly note?: LockHolder['note'];
  /** Asked on each look while a living process holds the lock; false gives up. Default: give up at once. */
  readonly shouldWait?: (holder: LockHolder) => boolean;
  readonly signal?: AbortSignal | undefined;
}

const LOOK_EVERY_MS = 200;
const TAKE_OVER_LIMIT_MS = 5_000;

/**
 * Takes the lock `file` for this process. The lock of a process that is gone is taken over, also when its pid was
 * given to another one since.
 *
 * @throws LockHeldError when it is held and `shouldWait` says no; the signal's reason when aborted.
 */
export async function acquireLock(file: string, options: LockOptions = {}): Promise<Lock> {
  mkdirSync(dirname(file), { recursive: true });
  const own: LockHolder = { ...ownIdentity(), note: options.note ?? {} };
  for (;;) {
    if (create(file, own)) return lockOn(file, own);
    const holder = read(file);
    if (holder !== undefined && isRunning(holder)) {
      if (options.shouldWait?.(holder) !== true) throw new LockHeldError(file, holder);
      await delay(LOOK_EVERY_MS, undefined, options.signal ? { signal: options.signal } : {});
    } else if (!removeDead(file)) {
      await delay(20);
    }
  }
}

function lockOn(file: string, own: LockHolder): Lock {
  return {
    annotate: (note) => {
      const draft = `${file}.${own.pid}`;
      writeFileSync(draft, JSON.stringify({ ...own, note }), { mode: 0o600 });
      renameSync(draft, file);
    },
    release: () => {
      const holder = read(file);
      if (holder?.pid === own.pid && holder.startedAt === own.startedAt) rmSync(file, { force: true });
    },
  };
}

/** A hard link appears with its whole content or not at all, so nobody ever reads half a lock. */
function create(file: string, own: LockHolder): boolean {
  const draft = `${file}.${own.pid}.${performance.now()}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file: string): LockHolder | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<LockHolder>;
    if (typeof value.pid !== 'number' || typeof value.startedAt !== 'string') return undefined;
    return { pid: value.pid, startedAt: value.startedAt, note: value.note ?? {} };
  } catch {
    return undefined;
  }
}

/**
 * Removes the lock of a dead process. Only one at a time may (a folder is the mutex), and looks again inside: else the
 * slower of two would remove the lock that the quicker one has just made. False when somebody else is at it.
 */
function removeDead(file: string): boolean {
  const mutex = `${file}.take-over`;
  try {
    mkdirSync(mutex);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = Date.now() - (statSync(mutex, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > TAKE_OVER_LIMIT_MS) rmSync(mutex, { recursive: true, force: true });
    return false;
  }
  try {
    const holder = read(file);
    // A lock that has just been released is not there: nothing to remove, and perhaps somebody makes the next one now.
    const isDead = holder === undefined ? existsSync(file) && read(file) === undefined : !isRunning(holder);
    if (isDead) rmSync(file, { force: true });
    return true;
  } finally {
    rmdirSync(mutex);
  }
}
