import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { expect, onTestFinished, test } from 'vitest';
import { ensureTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporal } from '../../local/temporal-server.ts';
import { fakeProgram, scratchFolder } from './scratch.ts';

/** What the dev server does when something takes one of its inner ports before it binds them. */
const portIsTaken = 'echo "panic: runtime error: invalid memory address or nil pointer dereference"; exit 2';

const optionsFor = (folder: string, cli: string) => ({
  cli,
  namespace: 'lockstep',
  searchAttributes: [],
  logFile: join(folder, 'temporal.log'),
  env: process.env,
  cwd: folder,
});

test('a dev server that loses an inner port while it starts is started again', async () => {
  const folder = scratchFolder();
  const real = await ensureTemporalCli({ env: process.env, report: console.error });
  const cli = fakeProgram(
    join(folder, 'temporal'),
    `if mkdir "${folder}/was-started" 2>/dev/null; then ${portIsTaken}; fi; exec "${real}" "$@"`,
  );
  const server = await startTemporal(optionsFor(folder, cli));
  onTestFinished(() => server.stop());
  const connection = await Connection.connect({ address: server.address });
  onTestFinished(() => connection.close());
  expect(await connection.workflowService.describeNamespace({ namespace: 'lockstep' })).toBeDefined();
});

test('a dev server that never starts is given up after three tries, with what it wrote', async () => {
  const folder = scratchFolder();
  const cli = fakeProgram(join(folder, 'temporal'), `echo start >> "${folder}/starts"; ${portIsTaken}`);
  await expect(startTemporal(optionsFor(folder, cli))).rejects.toThrow(/^temporal ended at once .*\n.*nil pointer/);
  expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('start\n'.repeat(3));
});
