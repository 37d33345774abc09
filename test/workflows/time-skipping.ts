/** The workflows as they are on the time-skipping server, where waiting costs no time; only the activities are a test's own. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll } from 'vitest';
import { ensureTimeSkippingServer } from '../../local/time-skipping-server.ts';
import { createWorkers } from '../../worker/create-workers.ts';
import { searchAttributes } from '../../workflows/contract.ts';
import { workflowBundlePath } from '../support/workflow-bundle.ts';
import type { FakeActivities } from './fake-activities.ts';
import { quietRuntime } from './quiet-runtime.ts';

/** For the tests of one file. */
export function useTimeSkipping(fakes: FakeActivities): () => TestWorkflowEnvironment {
  let environment: TestWorkflowEnvironment | undefined;
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    quietRuntime();
    const path = await ensureTimeSkippingServer({ env: process.env, report: console.error });
    const started = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
    const namespace = started.namespace ?? 'default';
    await started.connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        Object.values(searchAttributes).map(({ name, type }) => [name, type === 'BOOL' ? 5 : 2]),
      ),
    });
    const workers = await createWorkers({
      connection: started.nativeConnection,
      namespace,
      activities: fakes.activities,
      bundlePath: await workflowBundlePath(),
    });
    const running = Promise.all(workers.map((worker) => worker.run()));
    environment = started;
    stop = async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await started.teardown();
    };
  }, 300_000);
  afterAll(() => stop?.());
  return () => {
    if (!environment) throw new Error('the server is there before the first test, not while they are collected');
    return environment;
  };
}
