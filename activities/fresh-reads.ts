/** Reads that several decisions of a moment share, and that no later one relies on. */

const freshMs = 15_000;

export class FreshReads<Key, Value> {
  readonly #read: (key: Key) => Promise<Value>;
  readonly #known = new Map<Key, { readonly at: number; readonly value: Promise<Value> }>();

  constructor(read: (key: Key) => Promise<Value>) {
    this.#read = read;
  }

  /** What was read no longer than 15 s ago, or is read now. */
  get(key: Key): Promise<Value> {
    const now = performance.now();
    const known = this.#known.get(key);
    if (known && now - known.at < freshMs) return known.value;
    const value = this.#read(key);
    this.#known.set(key, { at: now, value });
    return value;
  }
}
