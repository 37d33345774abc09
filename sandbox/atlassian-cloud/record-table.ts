import type { Micros } from './timestamps.ts';

interface Stored {
  readonly id: string;
  readonly created: Micros;
}

/** Records by id, in the order of their creation, with pages that cost nothing but their own length. */
export class RecordTable<T extends Stored> {
  readonly #byId = new Map<string, T>();
  #ordered: T[] | undefined = [];

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  add(record: T): void {
    this.#byId.set(record.id, record);
    this.#ordered?.push(record);
  }

  delete(id: string): void {
    // The order is taken from the map again when next asked for: cheaper than searching it at each of many deletions.
    if (this.#byId.delete(id)) this.#ordered = undefined;
  }

  values(): readonly T[] {
    this.#ordered ??= [...this.#byId.values()];
    return this.#ordered;
  }

  /** How many records were created at or before a moment: newer ones are all at the end. */
  countCreatedBy(moment: Micros): number {
    const ordered = this.values();
    let count = ordered.length;
    while (count > 0 && ordered[count - 1]!.created > moment) count -= 1;
    return count;
  }
}
