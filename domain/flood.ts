/** When changes come one by one, and when there are so many that they go over together. Pure. */

/** A workflow for each costs more than one reading of all that changed (decision 24). */
export const mostSubjects = 200;
export const perMs = 60_000;

export interface Admitted<Id> {
  readonly oneByOne: readonly Id[];
  readonly together: readonly Id[];
}

/** Counts the different subjects of the last minute; once the limit is reached, all go together. */
export class FloodGate<Id extends string> {
  /** Epoch milliseconds of when each was told of first within the minute, oldest first. */
  readonly #admitted = new Map<Id, number>();

  admit(ids: readonly Id[], nowMs: number): Admitted<Id> {
    for (const [id, at] of this.#admitted) {
      if (at > nowMs - perMs) break;
      this.#admitted.delete(id);
    }
    const oneByOne: Id[] = [];
    const together: Id[] = [];
    for (const id of new Set(ids)) {
      // Those who were admitted too: in a flood the same come again and again, each time a look of their own.
      if (this.#admitted.size >= mostSubjects) {
        together.push(id);
        continue;
      }
      if (!this.#admitted.has(id)) this.#admitted.set(id, nowMs);
      oneByOne.push(id);
    }
    return { oneByOne, together };
  }
}
