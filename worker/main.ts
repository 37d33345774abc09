/** The process with the vendor credentials: runs workflows and activities until it is told to stop. */
import { createActivities } from '../activities/index.ts';
import { ConfigError } from '../config/problems.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import { createLog } from '../process/log.ts';
import { connectStore } from '../store/connect.ts';
import { dataConverter } from '../temporal/data-converter.ts';
import { assertBundleFits } from './build-bundle.ts';
import { connectDirectories } from './connect-directories.ts';
import { connectTemporal } from './connect-temporal.ts';
import { createWorkers, runWorkers } from './create-workers.ts';
import { serveHealth } from './health.ts';
import { createNotify } from './notify.ts';
import { workerReadiness } from './readiness.ts';
import { createSandboxProof } from './sandbox-proof.ts';
import { readSettings, secretsOf, WrongSettings } from './settings.ts';
import { startTelemetry } from './telemetry.ts';
import { startTracing } from './tracing.ts';

const exitCodes = { failed: 1, misconfigured: 2 } as const;

let log = createLog({ service: 'worker', level: 'info', showsMessages: true });

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const { variables, config, tracesUrl } = settings;
  log = createLog({
    service: 'worker',
    level: variables.LOCKSTEP_LOG_LEVEL,
    secrets: secretsOf(settings),
    showsMessages: true,
  });
  const bundlePath = variables.LOCKSTEP_WORKFLOW_BUNDLE;
  const payloadKeys = settings.credentials.encryption;
  const choices = { traces: tracesUrl !== undefined, encrypts: payloadKeys.length > 0 };
  if (bundlePath !== undefined) await assertBundleFits(bundlePath, choices);
  const telemetry = await startTelemetry(log);
  const tracing = tracesUrl === undefined ? undefined : startTracing(tracesUrl, log);

  const stopping = new AbortController();
  let isRunning = false;
  const stop = (): void => {
    // Bulk work learns of it here and ends early; the SDK's runtime shuts the workers down by itself.
    stopping.abort();
    if (!isRunning) process.exit();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);

  const store = connectStore({
    url: variables.DATABASE_URL.reveal(),
    poolSize: 20,
    onError: (error) => log.warn({ error }, 'an idle database connection broke'),
  });
  const directories = connectDirectories(settings, store, telemetry.counted, 'bulk');
  const urgent = connectDirectories(settings, store, telemetry.counted, 'urgent');
  const event = connectDirectories(settings, store, telemetry.counted, 'event');
  telemetry.watchTargets(store, [...directories.targets.keys()]);
  if (config.catchUp) telemetry.watchLog(store);
  const connection = await connectTemporal(settings.temporal);
  const { namespace } = settings.temporal;
  const workers = await createWorkers({
    connection,
    namespace,
    activities: createActivities(
      {
        store,
        ...directories,
        isSandbox: config.isSandbox,
        approvals: config.approvals,
        ...(config.catchUp ? { catchUp: config.catchUp } : {}),
        offboarding: config.offboarding,
        assertMayApply: createSandboxProof(config, variables.LOCKSTEP_SANDBOX_SECRET?.reveal()),
        stopping: stopping.signal,
        log,
        notify: createNotify(config.notify, settings.credentials.notify, variables.LOCKSTEP_READER_URL),
        countOutcomes: telemetry.countOutcomes,
      },
      { urgent, event },
    ),
    ...(bundlePath === undefined ? {} : { bundlePath }),
    ...(variables.LOCKSTEP_BUILD_ID === undefined ? {} : { buildId: variables.LOCKSTEP_BUILD_ID }),
    ...(tracing ? { tracing } : {}),
    dataConverter: dataConverter(payloadKeys),
  });
  const health = await serveHealth(
    { problems: workerReadiness({ workers, connection, store }), metrics: telemetry.metrics },
    variables.LOCKSTEP_WORKER_HTTP_PORT,
    variables.LOCKSTEP_WORKER_HTTP_HOST,
  );
  log.info({ namespace, targets: [...directories.targets.keys()] }, 'worker started');
  isRunning = true;
  try {
    await runWorkers(workers);
  } finally {
    await health.close();
    await connection.close();
    await store.destroy();
    await tracing?.close();
    log.info({}, 'worker stopped');
  }
}

/** What was found out about the surroundings is told in words; anything else is a bug, and goes to the log. */
function end(error: unknown): never {
  if (error instanceof WrongSettings || error instanceof ConfigError || error instanceof Failure)
    console.error(error.message);
  else log.fatal({ error }, 'worker failed');
  const isSetUpWrongly = error instanceof WrongSettings || error instanceof ConfigError;
  process.exit(isSetUpWrongly || isFailure(error, 'Misconfigured') ? exitCodes.misconfigured : exitCodes.failed);
}

// Node would print what nobody caught as it is, with all that it quotes.
process.once('uncaughtException', end);
await main().catch(end);
