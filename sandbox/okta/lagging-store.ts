import { SortedIds } from './sorted-ids.ts';

interface Superseded<T> {
  at: number;
  id: string;
  /** `undefined`: the record was created then. */
  old: T | undefined;
}

// Longer than any lag that makes sense, short enough to stay small.
const KEEP_MS = 600_000;
const PURGE_EVERY = 10_000;

/** Records that are replaced, never mutated, together with their recent past, which a lagging replica still shows. */
export class LaggingStore<T extends { id: string }> {
  #records = new Map<string, T>();
  #ids = new SortedIds();
  #past: Superseded<T>[] = [];

  get ids(): SortedIds {
    return this.#ids;
  }

  get(id: string): T | undefined {
    return this.#records.get(id);
  }

  values(): MapIterator<T> {
    return this.#records.values();
  }

  set(record: T, now: number): void {
    this.#remember(record.id, now);
    this.#records.set(record.id, record);
    this.#ids.add(record.id);
  }

  delete(id: string, now: number): void {
    this.#remember(id, now);
    this.#records.delete(id);
    this.#ids.delete(id);
  }

  /** Records after an id in ascending order, as they were `lagMs` ago. */
  *after(id: string, now: number, lagMs: number): Generator<T> {
    const overlay = this.#overlay(now - lagMs, lagMs);
    const deleted = [...overlay.keys()].filter((changed) => !this.#records.has(changed));
    const ids = deleted.length === 0 ? this.#ids : new SortedIds([...this.#ids.all, ...deleted].sort());
    for (const next of ids.after(id)) {
      const record = overlay.has(next) ? overlay.get(next) : this.#records.get(next);
      if (record) yield record;
    }
  }

  dump(): T[] {
    return [...this.#records.values()];
  }

  restore(records: T[]): void {
    this.#records = new Map(records.map((record) => [record.id, record]));
    this.#ids = new SortedIds([...this.#records.keys()].sort());
    this.#past = [];
  }

  #overlay(moment: number, lagMs: number): Map<string, T | undefined> {
    const overlay = new Map<string, T | undefined>();
    if (lagMs <= 0) return overlay;
    for (const { at, id, old } of this.#past) if (at > moment && !overlay.has(id)) overlay.set(id, old);
    return overlay;
  }

  #remember(id: string, now: number): void {
    this.#past.push({ at: now, id, old: this.#records.get(id) });
    if (this.#past.length % PURGE_EVERY === 0) this.#past = this.#past.filter((entry) => entry.at > now - KEEP_MS);
  }
}
