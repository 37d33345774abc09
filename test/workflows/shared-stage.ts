import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { registerNamespace } from '../support/namespace.ts';
import { temporalAddress } from '../support/servers.ts';
import { workflowBundlePath } from '../support/workflow-bundle.ts';
import { type FakeActivities, fakeActivities } from './fake-activities.ts';
import { type Stage, startStage } from './stage.ts';

/** A stage on the run's Temporal server for the tests of one file; each test starts with activities that do nothing. */
export function useStage(): { readonly fakes: FakeActivities; stage(): Stage } {
  const fakes = fakeActivities();
  let stage: Stage | undefined;
  beforeAll(async () => {
    const address = temporalAddress();
    const connection = await Connection.connect({ address });
    const namespace = await registerNamespace(connection);
    await connection.close();
    stage = await startStage({
      address,
      namespace,
      activities: fakes.activities,
      bundlePath: await workflowBundlePath(),
    });
  }, 120_000);
  beforeEach(() => fakes.become());
  afterAll(() => stage?.stop());
  return {
    fakes,
    stage() {
      if (!stage) throw new Error('the stage is not up');
      return stage;
    },
  };
}
