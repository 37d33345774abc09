/** A set of ids in ascending order, so that a page can start behind any id, even one that was removed meanwhile. */
export class SortedIds {
  #ids: string[];

  /** @param ids ascending */
  constructor(ids: string[] = []) {
    this.#ids = ids;
  }

  get size(): number {
    return this.#ids.length;
  }

  get all(): readonly string[] {
    return this.#ids;
  }

  has(id: string): boolean {
    return this.#ids[this.#position(id)] === id;
  }

  /** @returns whether it was new */
  add(id: string): boolean {
    const position = this.#position(id);
    if (this.#ids[position] === id) return false;
    this.#ids.splice(position, 0, id);
    return true;
  }

  /** @returns whether it was there */
  delete(id: string): boolean {
    const position = this.#position(id);
    if (this.#ids[position] !== id) return false;
    this.#ids.splice(position, 1);
    return true;
  }

  /** Ids greater than `after`, lazily. */
  *after(after: string): Generator<string> {
    let position = this.#position(after);
    if (this.#ids[position] === after) position += 1;
    for (; position < this.#ids.length; position += 1) yield this.#ids[position] as string;
  }

  #position(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ids[middle] as string) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
