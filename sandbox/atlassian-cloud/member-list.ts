const chunkSize = 500;

interface Chunk {
  readonly ids: Set<string>;
  text: string | undefined;
}

/**
 * The members of one group in the order of their joining. A PATCH answers the whole group, so the members' JSON is kept in
 * chunks and only chunks that changed are written again: a group of 100,000 costs a join of 200 strings.
 */
export class MemberList {
  readonly #chunkOf = new Map<string, Chunk>();
  #chunks: Chunk[] = [];
  #textBase = '';

  get size(): number {
    return this.#chunkOf.size;
  }

  has(userId: string): boolean {
    return this.#chunkOf.has(userId);
  }

  ids(): MapIterator<string> {
    return this.#chunkOf.keys();
  }

  add(userId: string): void {
    if (this.#chunkOf.has(userId)) return;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.ids.size >= chunkSize) {
      chunk = { ids: new Set(), text: undefined };
      this.#chunks.push(chunk);
    }
    chunk.ids.add(userId);
    chunk.text = undefined;
    this.#chunkOf.set(userId, chunk);
  }

  delete(userId: string): void {
    const chunk = this.#chunkOf.get(userId);
    if (chunk === undefined) return;
    this.#chunkOf.delete(userId);
    chunk.ids.delete(userId);
    chunk.text = undefined;
    if (chunk.ids.size === 0) this.#chunks = this.#chunks.filter((other) => other !== chunk);
  }

  /** To be called when what is shown of a member (the userName) has changed. */
  refresh(userId: string): void {
    const chunk = this.#chunkOf.get(userId);
    if (chunk) chunk.text = undefined;
  }

  /** The members as JSON, comma-separated. `base` is what the rendering depends on besides the member: links hold the origin. */
  text(base: string, render: (userId: string) => unknown): string {
    if (base !== this.#textBase) for (const chunk of this.#chunks) chunk.text = undefined;
    this.#textBase = base;
    return this.#chunks
      .map((chunk) => {
        chunk.text ??= Array.from(chunk.ids, (id) => JSON.stringify(render(id))).join(',');
        return chunk.text;
      })
      .join(',');
  }
}
