/** Metrics in Prometheus' format: the process's, and requests by hook. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** `hook`: a name of ours, never what was asked for. */
  answered(hook: string, status: number, seconds: number): void;
  /** Of deliveries by Okta. */
  events(counts: { readonly people: number; readonly groups: number; readonly passedOver: number }): void;
  text(): Promise<string>;
}

export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'lockstep_receiver_requests_total',
    help: 'Requests by hook and status of the answer',
    labelNames: ['hook', 'status'],
    registers,
  });
  const latency = new Histogram({
    name: 'lockstep_receiver_request_seconds',
    help: 'Time to the answer, by hook. Okta waits for 3 s',
    labelNames: ['hook'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 3, 10, 30],
    registers,
  });
  const subjects = new Counter({
    name: 'lockstep_receiver_okta_subjects_total',
    help: 'People and groups that deliveries of Okta named, and events that were passed over',
    labelNames: ['subject'],
    registers,
  });
  return {
    answered(hook, status, seconds) {
      requests.inc({ hook, status: String(status) });
      latency.observe({ hook }, seconds);
    },
    events({ people, groups, passedOver }) {
      subjects.inc({ subject: 'person' }, people);
      subjects.inc({ subject: 'group' }, groups);
      subjects.inc({ subject: 'passed-over' }, passedOver);
    },
    text: () => registry.metrics(),
  };
}
