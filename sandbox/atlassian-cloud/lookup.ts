/** An index from an attribute's value to the ids that carry it. Values are often unique, but need not be. */
export class Lookup {
  readonly #ids = new Map<string, string | string[]>();

  add(value: string, id: string): void {
    const present = this.#ids.get(value);
    if (present === undefined) this.#ids.set(value, id);
    else if (typeof present === 'string') this.#ids.set(value, [present, id]);
    else present.push(id);
  }

  remove(value: string, id: string): void {
    const present = this.#ids.get(value);
    if (present === id) this.#ids.delete(value);
    else if (Array.isArray(present)) {
      const rest = present.filter((other) => other !== id);
      this.#ids.set(value, rest.length === 1 ? rest[0]! : rest);
    }
  }

  get(value: string): readonly string[] {
    const present = this.#ids.get(value);
    if (present === undefined) return [];
    return typeof present === 'string' ? [present] : present;
  }
}
