/** What operators must act on, as metrics: read from the store at each scrape, the same from every worker. */
import { Gauge, type Registry } from 'prom-client';
import type { Store } from '../store/connect.ts';
import { logPosition } from '../store/source-positions.ts';
import { pausedTargets } from '../store/target-state.ts';
import { waitingCounts } from '../store/waiting-counts.ts';

/** How long ago Okta's log was asked last; no value before it was, nor without the database. */
export function registerLogGauge(registry: Registry, store: Store): void {
  new Gauge({
    name: 'lockstep_okta_log_age_seconds',
    help: "Seconds since Okta's System Log was read last",
    registers: [registry],
    async collect() {
      const position = await logPosition(store).catch(() => undefined);
      this.reset();
      // Without labels, a reset means 0.
      if (position) this.set(Math.max(0, (Date.now() - position.movedAt.getTime()) / 1_000));
      else this.remove();
    },
  });
}

/** Without the database there is no value rather than an old one. */
export function registerTargetGauges(registry: Registry, store: Store, targets: readonly string[]): void {
  const gauge = (name: string, help: string, read: () => Promise<ReadonlyMap<string, number>>): void => {
    new Gauge({
      name,
      help,
      labelNames: ['target'],
      registers: [registry],
      async collect() {
        const values = await read().catch(() => undefined);
        this.reset();
        if (values) for (const target of targets) this.set({ target }, values.get(target) ?? 0);
      },
    });
  };
  gauge('lockstep_changes_waiting', 'Changes that wait for approval', () => waitingCounts(store));
  gauge('lockstep_target_paused', '1 while the target is paused, else 0', async () => {
    return new Map((await pausedTargets(store)).map(({ target }) => [target, 1]));
  });
}
