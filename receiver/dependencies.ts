import type { ReceiverSecrets } from '../config/receiver-secrets.ts';
import type { ReaderClient } from '../reader/client.ts';
import type { Metrics } from './metrics.ts';
import type { Signals } from './signals.ts';

export interface ReceiverDependencies {
  /** Hooks without any are not served. */
  readonly secrets: ReceiverSecrets;
  readonly signals: Signals;
  readonly reader: Pick<ReaderClient, 'findPeople'>;
  readonly metrics: Metrics;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

/** For all that has to happen before a request is acknowledged. Okta gives up after 3 s ("Event hooks", delivery). */
export const patienceMs = 2_000;

/** The reader's part of it, its own asking of Okta included. */
export const readerTimeoutMs = 1_500;
