import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_GRACE_MS } from './child.ts';
import { commandLineOf, identify, isRunning, type ProcessIdentity } from './process-identity.ts';

/**
 * The server that a parent which was killed left running on this data folder. Reads `postmaster.pid`, whose first line is
 * the pid.
 */
export function serverLeftRunning(dataDir: string): ProcessIdentity | undefined {
  const pidFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return undefined;
  const identity = identify(Number.parseInt(readFileSync(pidFile, 'utf8'), 10));
  if (identity !== undefined && commandLineOf(identity.pid).includes(dataDir)) return identity;
  // PostgreSQL would refuse to start over a pid file whose pid was given to some other program since.
  rmSync(pidFile, { force: true });
  return undefined;
}

/** Ends it, the clean way first. */
export async function endServer(identity: ProcessIdentity): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isRunning(identity)) return;
    process.kill(identity.pid, signal);
    const deadline = performance.now() + DEFAULT_GRACE_MS;
    while (isRunning(identity) && performance.now() < deadline) await delay(50);
  }
}
