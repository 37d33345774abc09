import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { ensureTimeSkippingServer } from '../../local/time-skipping-server.ts';
import { oneDay } from './workflows/one-day.ts';

test('a timer of one day passes in seconds', { timeout: 300_000 }, async () => {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const path = await ensureTimeSkippingServer({ env: process.env, report: console.error });
  const executable = { type: 'existing-path', path } as const;
  const environment = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  try {
    const taskQueue = 'one-day';
    const workflowsPath = fileURLToPath(new URL('workflows/one-day.ts', import.meta.url));
    const worker = await Worker.create({ connection: environment.nativeConnection, taskQueue, workflowsPath });
    const before = await environment.currentTimeMs();
    const { workflow } = environment.client;
    const result = await worker.runUntil(workflow.execute(oneDay, { taskQueue, workflowId: 'one-day' }));
    expect(result).toBe('a day later');
    expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(86_400_000);
  } finally {
    await environment.teardown();
  }
});
