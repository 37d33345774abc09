/** Offboardings that are not over, as a metric: read from the store at each scrape, the same from every worker. */
import { Gauge, type Registry } from 'prom-client';
import type { Store } from '../store/connect.ts';
import { offboardingCounts, watchedStandings } from '../store/offboarding-watch.ts';

/** Without the database there is no value rather than an old one. */
export function registerOffboardingGauge(registry: Registry, store: Store, targets: readonly string[]): void {
  new Gauge({
    name: 'lockstep_offboardings',
    help: 'Offboardings that are not over, by how they stand',
    labelNames: ['standing'],
    registers: [registry],
    async collect() {
      const counts = await offboardingCounts(store, ['okta', ...targets]).catch(() => undefined);
      this.reset();
      if (counts) for (const standing of watchedStandings) this.set({ standing }, counts[standing]);
    },
  });
}
