/** PostgreSQL for one process of the suite. Temporal is started, killed and started again by the stage itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../local/ports.ts';
import { startThrowAwayPostgres } from '../../local/throw-away.ts';
import type {} from '../support/provided.ts';

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const runDir = mkdtempSync(join(tmpdir(), 'lockstep-chaos-run-'));
  const postgres = await startThrowAwayPostgres({ env: process.env, report: (line) => console.error(line) });
  project.provide('servers', {
    postgresUrl: postgres.adminUrl,
    temporalAddress: `127.0.0.1:${await freePort()}`,
    temporalNamespace: 'lockstep',
    runDir,
  });
  return async () => {
    await postgres.stop();
    rmSync(runDir, { recursive: true, force: true });
  };
}
