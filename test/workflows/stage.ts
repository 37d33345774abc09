/** The workflows as they are, run by the worker as it is, on a real server; only the activities are a test's own. */
import { Client, Connection, type WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import { createWorkers } from '../../worker/create-workers.ts';
import {
  type SyncRequest,
  type SyncScope,
  searchAttributes,
  syncRequestedSignal,
  taskQueues,
  workflowIds,
} from '../../workflows/contract.ts';
import type { targetSync } from '../../workflows/index.ts';
import { quietRuntime } from './quiet-runtime.ts';

export interface StageOptions {
  readonly address: string;
  /** Queues have fixed names: nobody else may have a worker in it. */
  readonly namespace: string;
  readonly activities: Activities;
  readonly bundlePath?: string;
}

export interface Stage {
  readonly client: Client;
  /** Asks for a run of a target, as the activity `startTargetSyncs` does. */
  request(
    target: string,
    requestId: string,
    scope?: SyncScope,
  ): Promise<WorkflowHandleWithSignaledRunId<typeof targetSync>>;
  stop(): Promise<void>;
}

export async function startStage({ address, namespace, activities, bundlePath }: StageOptions): Promise<Stage> {
  quietRuntime();
  const connection = await Connection.connect({ address });
  const workerConnection = await NativeConnection.connect({ address });
  const workers = await createWorkers({
    connection: workerConnection,
    namespace,
    activities,
    ...(bundlePath === undefined ? {} : { bundlePath }),
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  const client = new Client({ connection, namespace });
  return {
    client,
    request: (target, requestId, scope) =>
      client.workflow.signalWithStart<typeof targetSync, [SyncRequest]>('targetSync', {
        workflowId: workflowIds.targetSync(target),
        taskQueue: taskQueues.workflows,
        args: [{ target, pending: [] }],
        signal: syncRequestedSignal,
        signalArgs: [{ requestId, ...(scope ? { scope } : {}) }],
        typedSearchAttributes: [{ key: searchAttributes.target, value: target }],
      }),
    async stop() {
      for (const worker of workers) worker.shutdown();
      await running;
      await workerConnection.close();
      await connection.close();
    },
  };
}
