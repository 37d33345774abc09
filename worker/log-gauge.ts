/** Whether somebody follows Okta's System Log, as a metric: read from the store at each scrape. */
import { Gauge, type Registry } from 'prom-client';
import type { Store } from '../store/connect.ts';
import { logPosition } from '../store/source-positions.ts';

/**
 * How long ago Okta's log was read last. While it never was, and after its place was given up, it counts from when it was due:
 * since this process has been up, or since it saw it read last. No value without the database.
 */
export function registerLogGauge(registry: Registry, store: Store, dueSince: Date): void {
  let lastRead = dueSince;
  new Gauge({
    name: 'lockstep_okta_log_age_seconds',
    help: "Seconds since Okta's System Log was read last, or since it should have been",
    registers: [registry],
    async collect() {
      const position = await logPosition(store).catch(() => 'database-away' as const);
      this.reset();
      if (position === 'database-away') {
        // Without labels, a reset means 0.
        this.remove();
        return;
      }
      if (position) lastRead = position.movedAt;
      this.set(Math.max(0, (Date.now() - lastRead.getTime()) / 1_000));
    },
  });
}
