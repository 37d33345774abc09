/** One worker per lane, in one process: urgent orders, news of single people, other workflows, and bulk work. */
import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import { taskQueues } from '../workflows/contract.ts';
import { buildBundle } from './build-bundle.ts';
import type { Tracing } from './tracing.ts';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: Activities;
  /** A bundle made ahead of time; without one the workflows are bundled now (about two seconds). */
  readonly bundlePath?: string;
  /** Switches worker versioning on: runs stay with, or move to, builds by their versioning behaviour. */
  readonly buildId?: string;
  readonly tracing?: Tracing;
  /** As clients have it too. A bundle made ahead of time must have been made with the same failure converter. */
  readonly dataConverter?: DataConverter;
}

export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { connection, namespace, activities, bundlePath, buildId, tracing, dataConverter } = options;
  const workflowBundle =
    bundlePath === undefined
      ? { code: await buildBundle({ traces: tracing !== undefined, encrypts: isEncoding(dataConverter) }) }
      : { codePath: bundlePath };
  const common = {
    connection,
    namespace,
    activities,
    ...tracing?.options,
    ...(dataConverter === undefined ? {} : { dataConverter }),
    // A platform kills half a minute after it has asked. Bulk work ends early by itself when it is asked; after the
    // grace what is still under way is cancelled, and after the force time it is left behind, to be tried again.
    // A run that is cancelled or terminated is to hear of it soon.
    maxHeartbeatThrottleInterval: '10s',
    shutdownGraceTime: '20s',
    shutdownForceTime: '25s',
    ...(buildId === undefined ? {} : { workerDeploymentOptions: versioning(buildId) }),
  } satisfies Partial<WorkerOptions>;
  const lane = (taskQueue: string, limits: Partial<WorkerOptions>) =>
    Worker.create({ ...common, workflowBundle, taskQueue, ...limits });
  return [
    // One run per target and a handful of requests are open at a time. Pollers grow from few to many by themselves,
    // since all is quiet until a schedule fires.
    await lane(taskQueues.workflows, {
      maxCachedWorkflows: 200,
      maxConcurrentWorkflowTaskExecutions: 40,
      maxConcurrentActivityTaskExecutions: 40,
      ...pollers(2, 20),
    }),
    // Whatever bulk work does, these have slots, pollers and workflow tasks of their own. Each system is worked on by far
    // fewer (activities/system-gate.ts): those who wait for one that hangs leave room for the others.
    await lane(taskQueues.urgent, {
      maxCachedWorkflows: 500,
      maxConcurrentWorkflowTaskExecutions: 40,
      maxConcurrentActivityTaskExecutions: 400,
      ...pollers(4, 20),
    }),
    // Few at a time, whatever comes in: on two cores, more took so much of them that offboardings beside them took half as
    // long again, and were not sooner done themselves (docs/speed.md).
    await lane(taskQueues.event, {
      maxCachedWorkflows: 500,
      maxConcurrentWorkflowTaskExecutions: 8,
      maxConcurrentActivityTaskExecutions: 4,
      ...pollers(2, 10),
    }),
    await Worker.create({
      ...common,
      taskQueue: taskQueues.bulk,
      // Each of these reads or writes a whole directory, many requests at a time: memory is bounded by their number.
      // They last for minutes, so two pollers take them up as fast as ever needed.
      maxConcurrentActivityTaskExecutions: 8,
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
    }),
  ];
}

const pollers = (initial: number, maximum: number) =>
  ({
    workflowTaskPollerBehavior: { type: 'autoscaling', initial, maximum },
    activityTaskPollerBehavior: { type: 'autoscaling', initial, maximum },
  }) as const satisfies Partial<WorkerOptions>;

/** What workers do with failures of activities, the bundle must do with those of workflows. */
const isEncoding = (converter: DataConverter | undefined): boolean => converter?.failureConverterPath !== undefined;

/**
 * All lanes belong to one deployment, so a build's workflows find its own activities. Each workflow says itself whether
 * it is pinned; the default is what loses nothing when a build is gone.
 */
const versioning = (buildId: string): NonNullable<WorkerOptions['workerDeploymentOptions']> => ({
  version: { deploymentName: 'lockstep', buildId },
  useWorkerVersioning: true,
  defaultVersioningBehavior: 'AUTO_UPGRADE',
});

/** Resolves when all have stopped. When one fails, the others are told to stop, so that the process ends as a whole. */
export async function runWorkers(workers: readonly Worker[]): Promise<void> {
  const stopAll = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const ends = await Promise.allSettled(
    workers.map(async (worker) => {
      try {
        await worker.run();
      } finally {
        stopAll();
      }
    }),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
