/** Systems that refuse their part of an offboarding: why, how often, and when each is asked again. */
import type { Problem } from './contract.ts';

const firstWaitMs = 5_000;
/** Somebody has to mend it, and the person still has access there; but it may take weeks until somebody does. */
const longestWaitMs = 60 * 60_000;

interface Refusal {
  readonly rounds: number;
  readonly problem?: Problem;
}

export class Refusals {
  readonly #bySystem: Map<string, Refusal>;

  /** @param rounds how often each refused in the history before this one */
  constructor(rounds: Readonly<Record<string, number>> = {}) {
    this.#bySystem = new Map(Object.entries(rounds).map(([system, count]) => [system, { rounds: count }]));
  }

  /** @returns milliseconds until it is asked again: twice as long each time, up to an hour */
  add(system: string, problem: Problem | undefined): number {
    const rounds = (this.#bySystem.get(system)?.rounds ?? 0) + 1;
    this.#bySystem.set(system, { rounds, ...(problem ? { problem } : {}) });
    return Math.min(firstWaitMs * 2 ** (rounds - 1), longestWaitMs);
  }

  /** @returns whether it had refused */
  end(system: string): boolean {
    return this.#bySystem.delete(system);
  }

  /** Whatever was refused is asked for anew, as if for the first time. */
  forget(): void {
    this.#bySystem.clear();
  }

  get rounds(): Record<string, number> {
    return Object.fromEntries([...this.#bySystem].map(([system, { rounds }]) => [system, rounds]));
  }

  /** Markdown, a paragraph for each; empty when nothing is refused. */
  get text(): string {
    return [...this.#bySystem]
      .map(([system, { rounds, problem }]) => {
        const why = problem ? `: **${problem.kind}**: ${problem.message}` : '';
        return `**${system}** is not done, after ${rounds} ${rounds === 1 ? 'try' : 'tries'}${why}`;
      })
      .join('\n\n');
  }
}
