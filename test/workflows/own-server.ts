import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchOnce } from '../../local/child.ts';
import { ensureTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporal } from '../../local/temporal-server.ts';
import { endWithThisProcess } from '../../local/throw-away.ts';
import { searchAttributes } from '../../workflows/contract.ts';

export interface OwnServer {
  readonly address: string;
  readonly namespace: string;
  stop(): Promise<void>;
}

/**
 * A dev server of one's own. With `suggestContinueAsNewAfter` it suggests a new run after that many events; by itself a
 * server does so after thousands.
 */
export async function startOwnServer(
  options: { readonly suggestContinueAsNewAfter?: number } = {},
): Promise<OwnServer> {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-temporal-'));
  const { suggestContinueAsNewAfter: events } = options;
  const extra =
    events === undefined ? [] : [`--dynamic-config-value=limit.historyCount.suggestContinueAsNew=${events}`];
  const namespace = 'lockstep';
  const server = await startTemporal({
    cli: await ensureTemporalCli({ env: process.env, report: console.error }),
    namespace,
    searchAttributes: Object.values(searchAttributes),
    logFile: join(dir, 'temporal.log'),
    env: process.env,
    cwd: dir,
    launch: (spec, untilReady) => launchOnce({ ...spec, args: [...spec.args, ...extra] }, untilReady),
  });
  const release = endWithThisProcess(server.pid, dir);
  return {
    address: server.address,
    namespace,
    async stop() {
      await server.stop();
      release();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
