import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Failures that a test provokes are no news. Once per process: the SDK refuses a second time. */
export function quietRuntime(): void {
  if (Runtime._instance !== undefined) return;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
}
