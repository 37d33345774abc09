import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 20;
const COUNTER_LENGTH = 6;

export type IdPrefix = '00u' | '00g' | '0oa' | '00T' | 'oty' | 'who';

/** Ids of 20 characters with Okta's prefixes; they ascend in the order of creation and depend on the seed only. */
export class IdSource {
  #next = 1;
  #seed: string;

  constructor(seed = '1') {
    this.#seed = seed;
  }

  create(prefix: IdPrefix): string {
    const counter = toBase62(this.#next);
    const digest = createHash('sha256').update(`${this.#seed}/${prefix}/${this.#next}`).digest();
    this.#next += 1;
    const tailLength = ID_LENGTH - prefix.length - COUNTER_LENGTH;
    const tail = [...digest.subarray(0, tailLength)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return prefix + counter.padStart(COUNTER_LENGTH, '0') + tail;
  }

  dump(): { next: number; seed: string } {
    return { next: this.#next, seed: this.#seed };
  }

  restore(saved: { next: number; seed: string }): void {
    this.#next = saved.next;
    this.#seed = saved.seed;
  }
}

function toBase62(value: number): string {
  let rest = value;
  let text = '';
  do {
    text = ALPHABET[rest % ALPHABET.length] + text;
    rest = Math.floor(rest / ALPHABET.length);
  } while (rest > 0);
  return text;
}
