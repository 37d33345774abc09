import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureTemporalCli } from '../local/temporal-cli.ts';
import { startTemporal, type TemporalServer } from '../local/temporal-server.ts';
import { endWithThisProcess, startThrowAwayPostgres } from '../local/throw-away.ts';
import { searchAttributes } from '../workflows/contract.ts';
import type {} from './support/provided.ts';

const NAMESPACE = 'lockstep';
const report = (line: string) => console.error(line);

/** Starts one PostgreSQL and one Temporal dev server for the whole run; the returned function ends them. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const runDir = mkdtempSync(join(tmpdir(), 'lockstep-test-run-'));
  const env = process.env;
  const [postgres, temporal] = await Promise.allSettled([
    startThrowAwayPostgres({ env, report }),
    temporalServer(runDir),
  ]);
  const tearDown = async () => {
    await Promise.all(
      [postgres, temporal].map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)),
    );
    rmSync(runDir, { recursive: true, force: true });
  };
  if (postgres.status === 'rejected' || temporal.status === 'rejected') {
    await tearDown();
    const reasons = [postgres, temporal].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    throw reasons.length === 1 ? reasons[0] : new AggregateError(reasons, reasons.map(String).join('\n'));
  }
  project.provide('servers', {
    postgresUrl: postgres.value.adminUrl,
    temporalAddress: temporal.value.address,
    temporalNamespace: NAMESPACE,
    runDir,
  });
  return tearDown;
}

async function temporalServer(runDir: string): Promise<TemporalServer> {
  const server = await startTemporal({
    cli: await ensureTemporalCli({ env: process.env, report }),
    namespace: NAMESPACE,
    searchAttributes: Object.values(searchAttributes),
    logFile: join(runDir, 'temporal.log'),
    env: process.env,
    cwd: runDir,
  });
  const release = endWithThisProcess(server.pid, runDir);
  const stop = async () => {
    await server.stop();
    release();
  };
  return { ...server, stop };
}
