/** A Temporal dev server that keeps its state in a file, so that it can be killed and started again where it was. */
import { once } from 'node:events';
import { join } from 'node:path';
import { inject } from 'vitest';
import { ensureTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporal, type TemporalServer } from '../../local/temporal-server.ts';
import { endWithThisProcess } from '../../local/throw-away.ts';
import { searchAttributes } from '../../workflows/contract.ts';
import type {} from '../support/provided.ts';

export interface OwnTemporal {
  /** SIGKILL, and a new process on the same port with the same state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnTemporal(): Promise<OwnTemporal> {
  const { runDir, temporalAddress, temporalNamespace } = inject('servers');
  const cli = await ensureTemporalCli({ env: process.env, report: console.error });
  const start = async (): Promise<{ server: TemporalServer; release: () => void }> => {
    const server = await startTemporal({
      cli,
      namespace: temporalNamespace,
      searchAttributes: Object.values(searchAttributes),
      logFile: join(runDir, 'temporal.log'),
      dbFile: join(runDir, 'temporal.db'),
      port: Number(temporalAddress.split(':')[1]),
      env: process.env,
      cwd: runDir,
    });
    return { server, release: endWithThisProcess(server.pid) };
  };
  let { server, release } = await start();
  const end = async (): Promise<void> => {
    await server.stop();
    release();
  };
  return {
    async restart() {
      process.kill(server.pid, 'SIGKILL');
      await end();
      ({ server, release } = await start());
    },
    stop: end,
  };
}

/** Resolves after so many milliseconds: how long something stays away is part of a script, not a condition. */
export async function awayFor(ms: number): Promise<void> {
  await once(AbortSignal.timeout(ms), 'abort');
}
