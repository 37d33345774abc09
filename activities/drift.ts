/** Takes what was read of a target into the mirror, and notes on the way what somebody else changed there. */
import type { Account, TargetGroup } from '../domain/account.ts';
import { keptAttributes } from '../domain/mapping.ts';
import type { Store } from '../store/connect.ts';
import {
  type DriftWatch,
  recordAccountDrift,
  recordGoneAccounts,
  recordGoneGroups,
  recordGroupDrift,
  recordMemberDrift,
  settleDrift,
  watchDrift,
} from '../store/drift.ts';
import { inTransaction } from '../store/in-transaction.ts';
import {
  dropUnseenAccounts,
  dropUnseenTargetGroups,
  saveReadAccounts,
  saveTargetGroups,
  saveTargetMembers,
  type TargetMembers,
} from '../store/target-mirror.ts';
import type { ConnectedTarget } from './dependencies.ts';

/** What is asked of a connected target. */
export type ReadTarget = Pick<ConnectedTarget, 'settings' | 'configuration'> & {
  readonly directory: Pick<ConnectedTarget['directory'], 'capabilities'>;
};

/** The mirror's side of one reading. Each step compares and saves in one transaction. */
export class TargetReading {
  readonly #store: Store;
  readonly #target: string;
  readonly #snapshot: string;
  /** Absent in a first reading. */
  readonly #watch: DriftWatch | undefined;

  private constructor(store: Store, target: string, snapshot: string, watch: DriftWatch | undefined) {
    this.#store = store;
    this.#target = target;
    this.#snapshot = snapshot;
    this.#watch = watch;
  }

  static async begin(
    store: Store,
    snapshot: string,
    { settings, configuration, directory }: ReadTarget,
  ): Promise<TargetReading> {
    const target: string = settings.name;
    const kept = [...keptAttributes(settings.mapping)];
    // What a target does not show cannot be seen to change.
    const shown = directory.capabilities.readsEmail ? kept : kept.filter((name) => name !== 'email');
    const watch = await watchDrift(store, { target, snapshot, configuration }, shown);
    return new TargetReading(store, target, snapshot, watch);
  }

  async saveAccounts(accounts: readonly Account[]): Promise<void> {
    await this.#with(
      (store, watch) => recordAccountDrift(store, watch, accounts),
      (store) => saveReadAccounts(store, this.#target, this.#snapshot, accounts),
    );
  }

  async dropUnseenAccounts(): Promise<void> {
    await this.#with(recordGoneAccounts, (store) => dropUnseenAccounts(store, this.#target, this.#snapshot));
  }

  async saveGroups(groups: readonly TargetGroup[]): Promise<void> {
    await this.#with(
      (store, watch) => recordGroupDrift(store, watch, groups),
      (store) => saveTargetGroups(store, this.#target, this.#snapshot, groups),
    );
  }

  async saveMembers(read: readonly TargetMembers[]): Promise<void> {
    const watch = this.#watch;
    await inTransaction(this.#store, async (tx) => {
      const differences = await saveTargetMembers(tx, this.#target, this.#snapshot, read, watch?.groups);
      if (watch) await recordMemberDrift(tx, watch, differences);
    });
  }

  async dropUnseenGroups(): Promise<void> {
    await this.#with(recordGoneGroups, (store) => dropUnseenTargetGroups(store, this.#target, this.#snapshot));
  }

  /** What this reading shows as it was before is over. */
  async end(): Promise<void> {
    if (this.#watch) await settleDrift(this.#store, this.#target);
  }

  async #with(
    record: (store: Store, watch: DriftWatch) => Promise<void>,
    save: (store: Store) => Promise<void>,
  ): Promise<void> {
    const watch = this.#watch;
    if (!watch) return save(this.#store);
    await inTransaction(this.#store, async (tx) => {
      await record(tx, watch);
      await save(tx);
    });
  }
}
