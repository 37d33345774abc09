/** What operators must act on, as metrics: read from the store at each scrape, the same from every worker. */
import { Gauge, type Registry } from 'prom-client';
import type { Store } from '../store/connect.ts';
import { pausedTargets } from '../store/target-state.ts';
import { waitingCounts } from '../store/waiting-counts.ts';

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
