import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from './postgres.ts';
import { throwAwayHome, throwAwayParent } from './postgres-home.ts';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import type { Report } from './progress.ts';

const PREFIX = 'lockstep-throw-away-';

/**
 * A PostgreSQL server for tests and benchmarks. It and its data end with `stop()`, and also with this process, however
 * that ends.
 */
export async function startThrowAwayPostgres(options: {
  env: NodeJS.ProcessEnv;
  report: Report;
}): Promise<PostgresServer> {
  const parent = throwAwayParent(tmpdir());
  mkdirSync(parent, { recursive: true });
  removeLeftBehind(parent);
  const home = await throwAwayHome(parent, `${PREFIX}${randomUUID()}`, options.env);
  writeFileSync(join(home.dir, 'owner.json'), JSON.stringify(ownIdentity()));
  try {
    const server = await startPostgres({
      ...options,
      home,
      logFile: join(home.dir, 'postgres.log'),
      isThrowAway: true,
    });
    const release = endWithThisProcess(server.pid, home.dir);
    const stop = async (hurry?: AbortSignal) => {
      await server.stop(hurry);
      release();
      rmSync(home.dir, { recursive: true, force: true });
    };
    return { ...server, stop };
  } catch (error) {
    rmSync(home.dir, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Kills `pid` and removes `folder` when this process is gone, even by SIGKILL: a shell in a session of its own waits for
 * the pipe to us to close, which the kernel does in any case. The returned function calls that off.
 */
export function endWithThisProcess(pid: number, folder?: string): () => void {
  const script =
    'read -r word; [ "$word" = released ] && exit; kill -QUIT "$1"; sleep 1; kill -KILL "$1"; [ -z "$2" ] || rm -rf "$2"';
  const guardian = spawn('sh', ['-c', script, 'sh', String(pid), folder ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guardian.unref();
  return () => guardian.stdin.end('released\n');
}

/** Folders of owners that died before their guardian was set. */
function removeLeftBehind(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(parent, name);
    const owner = readOwner(folder);
    if (owner !== undefined && !isRunning(owner)) rmSync(folder, { recursive: true, force: true });
  }
}

function readOwner(folder: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
