import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_GRACE_MS } from './child.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { runTool } from './run-tool.ts';

/**
 * The server that a parent which was killed left running on this data folder. Reads `postmaster.pid`, whose first line is
 * the pid.
 */
export async function serverLeftRunning(dataDir: string): Promise<ProcessIdentity | undefined> {
  const pidFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return undefined;
  const identity = identify(Number.parseInt(readFileSync(pidFile, 'utf8'), 10));
  if (identity !== undefined && (await isServerOf(identity.pid, dataDir))) return identity;
  // PostgreSQL would refuse to start over a pid file whose pid was given to some other program since.
  rmSync(pidFile, { force: true });
  return undefined;
}

async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  const commandLine = existsSync(`/proc/${pid}/cmdline`)
    ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    : await runTool({ command: 'ps', args: ['-o', 'args=', '-p', String(pid)], env: {} }).catch(() => '');
  return commandLine.includes(dataDir);
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
