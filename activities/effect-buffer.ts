/** Gathers effects for a moment, so that the database is asked a few times a second and not once per change. */
import pRetry from 'p-retry';
import type { Effect } from './apply-context.ts';

const flushAfterMs = 100;
const flushAtMost = 200;
/** Between two tries while the database is away. */
const retryAfterMs = 1_000;
/** At the end; a worker that is to stop has 20 s in all. */
const lastTries = 15;

export class EffectBuffer {
  readonly #write: (effects: readonly Effect[]) => Promise<void>;
  #pending: Effect[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** Of the last write, if it failed. */
  #problem: { readonly error: unknown } | undefined;

  /** @param write must bear to be repeated: it may fail after the effects are written */
  constructor(write: (effects: readonly Effect[]) => Promise<void>) {
    this.#write = write;
  }

  add(effects: readonly Effect[]): void {
    this.#pending.push(...effects);
    if (this.#pending.length >= flushAtMost && !this.#problem) this.#flush();
    else this.#flushSoon();
  }

  /** Resolves when everything added so far is written. Rejects when the database has been away for too long. */
  async drain(): Promise<void> {
    const last = async (): Promise<void> => {
      this.#flush();
      await this.#flushing;
      clearTimeout(this.#timer);
      if (this.#problem) throw this.#problem.error;
    };
    await pRetry(last, { retries: lastTries, factor: 1, minTimeout: retryAfterMs });
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), this.#problem ? retryAfterMs : flushAfterMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#writePending());
  }

  /** What cannot be written now is kept, since it has happened: without a record it would have to be looked up. */
  async #writePending(): Promise<void> {
    const effects = this.#pending;
    if (effects.length === 0) return;
    this.#pending = [];
    try {
      await this.#write(effects);
      this.#problem = undefined;
    } catch (error) {
      this.#problem = { error };
      this.#pending = [...effects, ...this.#pending];
      this.#flushSoon();
    }
  }
}
