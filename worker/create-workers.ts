/** One worker per lane, in one process: workflows with the short activities, and bulk work. */
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import { taskQueues } from '../workflows/contract.ts';
import { workflowsPath } from './build-bundle.ts';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: Activities;
  /** A bundle made ahead of time; without one the workflows are bundled now (about two seconds). */
  readonly bundlePath?: string;
  /** Switches worker versioning on: runs stay with, or move to, builds by their versioning behaviour. */
  readonly buildId?: string;
  readonly plugins?: NonNullable<WorkerOptions['plugins']>;
}

export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { connection, namespace, activities, bundlePath, buildId, plugins = [] } = options;
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    connection,
    namespace,
    activities,
    plugins,
    // Bulk work ends early by itself when the process is asked to stop; this is for requests under way.
    shutdownGraceTime: '20s',
    shutdownForceTime: '30s',
    ...(buildId === undefined
      ? {}
      : {
          workerDeploymentOptions: {
            version: { deploymentName: 'lockstep', buildId },
            useWorkerVersioning: true,
            defaultVersioningBehavior: 'AUTO_UPGRADE',
          },
        }),
  };
  const code = bundlePath === undefined ? { workflowsPath } : { workflowBundle: { codePath: bundlePath } };
  return [
    await Worker.create({ ...common, ...code, taskQueue: taskQueues.workflows, maxCachedWorkflows: 200 }),
    await Worker.create({ ...common, taskQueue: taskQueues.bulk, maxConcurrentActivityTaskExecutions: 8 }),
  ];
}
