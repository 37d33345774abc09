/** The process with the vendor credentials: runs workflows and activities until it is told to stop. */
import { NativeConnection } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { isFailure } from '../domain/failure.ts';
import { connectStore } from '../store/connect.ts';
import { temporalConnection } from '../temporal/connection.ts';
import { connectDirectories } from './connect-directories.ts';
import { createWorkers } from './create-workers.ts';
import { serveHealth } from './health.ts';
import { createLog } from './log.ts';
import { workerReadiness } from './readiness.ts';
import { createSandboxProof } from './sandbox-proof.ts';
import { startTelemetry } from './telemetry.ts';

const exitCodes = { failed: 1, misconfigured: 2 } as const;

async function main(): Promise<void> {
  const env = readEnvironment([
    'LOCKSTEP_CONFIG',
    'DATABASE_URL',
    'LOCKSTEP_WORKER_HTTP_PORT',
    'LOCKSTEP_SANDBOX_SECRET',
    'LOCKSTEP_LOG_LEVEL',
    'LOCKSTEP_BUILD_ID',
    'LOCKSTEP_WORKFLOW_BUNDLE',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  ]);
  const config = loadConfig(env.LOCKSTEP_CONFIG);
  const log = createLog(env.LOCKSTEP_LOG_LEVEL);
  const telemetry = await startTelemetry(log, config.telemetry.tracesEndpoint ?? env.OTEL_EXPORTER_OTLP_ENDPOINT);

  const stopping = new AbortController();
  // The SDK's runtime shuts the workers down on these signals; bulk work learns of it here and ends early.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

  const store = connectStore({
    url: env.DATABASE_URL.reveal(),
    poolSize: 20,
    onError: (error) => log.warn({ error }, 'an idle database connection broke'),
  });
  const temporal = temporalConnection(process.env);
  const connection = await NativeConnection.connect(temporal.options);
  const activities = createActivities({
    store,
    ...connectDirectories(config, store, process.env, (pacer) => telemetry.counted(pacer)),
    assertMayApply: createSandboxProof(config, env.LOCKSTEP_SANDBOX_SECRET?.reveal()),
    stopping: stopping.signal,
    log,
    countOutcomes: telemetry.countOutcomes,
  });
  const workers = await createWorkers({
    connection,
    namespace: temporal.namespace,
    activities,
    ...(env.LOCKSTEP_WORKFLOW_BUNDLE === undefined ? {} : { bundlePath: env.LOCKSTEP_WORKFLOW_BUNDLE }),
    ...(env.LOCKSTEP_BUILD_ID === undefined ? {} : { buildId: env.LOCKSTEP_BUILD_ID }),
    ...(telemetry.tracing ? { plugins: [telemetry.tracing] } : {}),
  });
  const health = await serveHealth(
    { problems: workerReadiness({ workers, connection, store }), metrics: telemetry.metrics },
    env.LOCKSTEP_WORKER_HTTP_PORT,
  );
  log.info(
    { namespace: temporal.namespace, targets: config.targets.map(({ settings }) => settings.name) },
    'worker started',
  );
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await health.close();
    await connection.close();
    await store.destroy();
    await telemetry.close();
    log.info({}, 'worker stopped');
  }
}

try {
  await main();
} catch (error) {
  if (error instanceof ConfigError || isFailure(error, 'Misconfigured')) {
    console.error(error.message);
    process.exit(exitCodes.misconfigured);
  }
  createLog('info').fatal({ error }, 'worker failed');
  process.exit(exitCodes.failed);
}
