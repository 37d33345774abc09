import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { acquireLock } from './lock.ts';
import type { Report } from './progress.ts';

/** Where programs that were got once are kept for every checkout of this user. */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  if (env['LOCKSTEP_CACHE_DIR']) return env['LOCKSTEP_CACHE_DIR'];
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lockstep');
}

/** The first executable file of this name on the PATH. */
export function onPath(command: string, env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, command);
    if (folder !== '' && isExecutable(file)) return file;
  }
  return undefined;
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}

/** Runs `work` while no other process fills the same folder of the cache; waits for one that does. */
export async function whileFillingCache<T>(
  folder: string,
  { report, signal }: { report: Report; signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  let isTold = false;
  const lock = await acquireLock(join(folder, 'lock'), {
    shouldWait: (holder) => {
      if (!isTold) report(`Waiting for process ${holder.pid}, which fills ${folder}`);
      isTold = true;
      return true;
    },
    signal,
  });
  try {
    return await work();
  } finally {
    lock.release();
  }
}
