/** A Temporal dev server that keeps its state in a file, so that it can be killed and started again where it was. */
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporal, type TemporalServer } from '../../local/temporal-server.ts';
import { endWithThisProcess } from '../../local/throw-away.ts';
import { searchAttributes } from '../../workflows/contract.ts';

export interface OwnTemporal {
  /** SIGKILL, and a new process on the same port with the same state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface OwnTemporalOptions {
  readonly port: number;
  readonly namespace: string;
  /** For its state and its log. */
  readonly folder: string;
}

export async function startOwnTemporal({ port, namespace, folder }: OwnTemporalOptions): Promise<OwnTemporal> {
  const cli = await ensureTemporalCli({ env: process.env, report: console.error });
  const start = async (): Promise<{ server: TemporalServer; release: () => void }> => {
    const server = await startTemporal({
      cli,
      namespace,
      searchAttributes: Object.values(searchAttributes),
      logFile: join(folder, 'temporal.log'),
      dbFile: join(folder, 'temporal.db'),
      port,
      env: process.env,
      cwd: folder,
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
