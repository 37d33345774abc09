/** Metrics in Prometheus' format: this process's, ours, and the Temporal SDK's. */
import { createServer } from 'node:net';
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { Pacer } from '../domain/directory.ts';
import { type Log, temporalLogger } from '../process/log.ts';
import type { Store } from '../store/connect.ts';
import { registerLogGauge } from './log-gauge.ts';
import { registerOffboardingGauge } from './offboarding-gauges.ts';
import { registerTargetGauges } from './target-gauges.ts';

export interface Telemetry {
  metrics(): Promise<string>;
  /** Counts the vendors' answers on their way. */
  counted(pacer: Pacer): Pacer;
  countOutcomes(target: string, outcomes: readonly { readonly outcome: string }[]): void;
  /** From now on the metrics tell what waits, what is paused, and how offboardings stand. */
  watchTargets(store: Store, targets: readonly string[]): void;
  /** And when Okta's log was read last, which is due from now on. */
  watchLog(store: Store): void;
}

/** Installs the SDK's runtime, which can be done once per process and before anything of the SDK is used. */
export async function startTelemetry(log: Log): Promise<Telemetry> {
  const bindAddress = `127.0.0.1:${await freePort()}`;
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'WARN' }) },
      metrics: {
        prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
      },
    },
  });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const answers = new Counter({
    name: 'lockstep_vendor_answers_total',
    help: 'Answers of Okta and of targets, by rate-limit bucket and HTTP status',
    labelNames: ['bucket', 'status'],
    registers: [registry],
  });
  const changes = new Counter({
    name: 'lockstep_changes_total',
    help: 'Changes by target and outcome',
    labelNames: ['target', 'outcome'],
    registers: [registry],
  });
  return {
    async metrics() {
      return `${await registry.metrics()}\n${await sdkMetrics(bindAddress)}`;
    },
    counted: (pacer) => ({
      acquire: (bucket, options) => pacer.acquire(bucket, options),
      learn(bucket, answer) {
        answers.inc({ bucket, status: String(answer.status) });
        pacer.learn(bucket, answer);
      },
    }),
    countOutcomes(target, outcomes) {
      for (const { outcome } of outcomes) changes.inc({ target, outcome });
    },
    watchTargets(store, targets) {
      registerTargetGauges(registry, store, targets);
      registerOffboardingGauge(registry, store, targets);
    },
    watchLog: (store) => registerLogGauge(registry, store, new Date()),
  };
}

/** The SDK serves its metrics on a port of its own; scraping one address is enough for everybody else. */
async function sdkMetrics(address: string): Promise<string> {
  try {
    const response = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? await response.text() : '';
  } catch {
    return '# the Temporal SDK did not answer\n';
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
