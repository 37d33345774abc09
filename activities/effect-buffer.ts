/** Gathers effects for a moment, so that the database is asked a few times a second and not once per change. */
import type { Effect } from './apply-context.ts';

const flushAfterMs = 100;
const flushAtMost = 200;

export class EffectBuffer {
  readonly #write: (effects: readonly Effect[]) => Promise<void>;
  #pending: Effect[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #error: unknown;

  constructor(write: (effects: readonly Effect[]) => Promise<void>) {
    this.#write = write;
  }

  add(effects: readonly Effect[]): void {
    this.#pending.push(...effects);
    if (this.#pending.length >= flushAtMost) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), flushAfterMs);
  }

  /** Resolves when everything added so far is written. Rejects with the first error of any write. */
  async drain(): Promise<void> {
    this.#flush();
    await this.#flushing;
    if (this.#error !== undefined) throw this.#error;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const effects = this.#pending;
    if (effects.length === 0) return;
    this.#pending = [];
    this.#flushing = this.#flushing
      .then(async () => {
        if (this.#error === undefined) await this.#write(effects);
      })
      .catch((error: unknown) => {
        this.#error ??= error;
      });
  }
}
