import { setTimeout as wait } from 'node:timers/promises';
import type { OktaSettings } from './settings.ts';

type LogEvent = Record<string, unknown>;

// A receiver that is slow must not be sent everything at once; how many Okta sends at a time is undocumented.
const MOST_UNDER_WAY = 10;

interface QueueParts {
  settings: OktaSettings;
  closing: AbortSignal;
  /** Makes a delivery, which is the same each time it is sent. Never rejects. */
  pack(events: LogEvent[]): () => Promise<void>;
}

/** The events that one hook has still to be told of: gathered, late, repeated, out of order or lost, as the settings say. */
export class HookQueue {
  readonly #parts: QueueParts;
  #waiting: { event: LogEvent; dueAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;
  #packed = 0;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  add(event: LogEvent): void {
    this.#waiting.push({ event, dueAt: performance.now() + this.#parts.settings.hookDelayMs });
    this.#wake();
  }

  /** Drops what was not sent yet. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  /** Not at once even without a delay, so that what one call brought about goes together. */
  #wake(): void {
    const [first] = this.#waiting;
    if (!first || this.#timer || this.#underWay >= MOST_UNDER_WAY) return;
    this.#timer = setTimeout(() => this.#sendNext(), Math.max(0, first.dueAt - performance.now()));
  }

  #sendNext(): void {
    this.#timer = undefined;
    const events = this.#waiting.splice(0, this.#parts.settings.hookBatchSize).map(({ event }) => event);
    this.#underWay += 1;
    this.#send(events)
      .catch((error) => console.error('sandbox: event hook failed', error))
      .finally(() => {
        this.#underWay -= 1;
        this.#wake();
      });
    this.#wake();
  }

  async #send(events: LogEvent[]): Promise<void> {
    const { settings, closing, pack } = this.#parts;
    this.#packed += 1;
    const number = this.#packed;
    if (isNth(number, settings.hookLoseEvery)) return;
    const send = pack(events);
    if (settings.hookDisorderMs > 0 && number % 2 === 1) {
      const isOver = await wait(settings.hookDisorderMs, false, { signal: closing }).catch(() => true);
      if (isOver) return;
    }
    await send();
    if (isNth(number, settings.hookDuplicateEvery)) await send();
  }
}

function isNth(number: number, every: number): boolean {
  return every > 0 && number % every === 0;
}
