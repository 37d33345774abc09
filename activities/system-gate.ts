/**
 * What urgent work passes on its way to a system. A system that is away, or answers nobody for half a minute, holds up only
 * what is to be done there: it is never worked on by so many that others find no place in the lane, and of all who try
 * again one at a time finds out whether it answers by now, while the others take its word.
 */
import { activityInfo } from '@temporalio/activity';
import { Failure, isFailure, isTransient } from '../domain/failure.ts';
import { createSlots } from './slots.ts';

/** At one system, far fewer than the lane has places. */
const atOnce = 40;
/** How long nobody asks after somebody has found it away. */
const believedMs = 1_000;

export interface Passing<T> {
  readonly system: string;
  readonly signal: AbortSignal;
  /** Some read of the system. */
  readonly ask: () => Promise<unknown>;
  readonly work: () => Promise<T>;
}

/**
 * @param directory the connection to the system
 * @throws Failure `Unavailable` while the system is away, and what the work throws
 */
export async function throughGate<T>(directory: object, passing: Passing<T>): Promise<T> {
  let gate = gates.get(directory);
  if (!gate) {
    gate = new Gate();
    gates.set(directory, gate);
  }
  return gate.pass(passing);
}

class Gate {
  readonly #slot = createSlots(atOnce);
  #isAway = false;
  #saidAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  async pass<T>({ system, signal, ask, work }: Passing<T>): Promise<T> {
    const refuseIfAway = (): void => {
      if (this.#isAway) throw new Failure('Unavailable', `${system}: does not answer`, { system });
    };
    await this.#findOut(ask);
    refuseIfAway();
    return this.#slot(() => {
      signal.throwIfAborted();
      refuseIfAway();
      return work();
    });
  }

  /** Whoever comes for the first time just tries, unless somebody has found it away. */
  async #findOut(ask: () => Promise<unknown>): Promise<void> {
    if (!this.#isAway && (activityInfo().attempt === 1 || this.#isFresh)) return;
    // What was said last counts while somebody asks again.
    if (this.#isAway && (this.#asking || this.#isFresh)) return;
    this.#asking ??= this.#ask(ask);
    await this.#asking;
  }

  async #ask(ask: () => Promise<unknown>): Promise<void> {
    this.#isAway = await findsAway(ask);
    this.#saidAt = performance.now();
    this.#asking = undefined;
  }

  get #isFresh(): boolean {
    return performance.now() - this.#saidAt < believedMs;
  }
}

/** Whoever is refused, or was told to stop, has not found it away. */
const findsAway = (ask: () => Promise<unknown>): Promise<boolean> =>
  ask().then(
    () => false,
    (error: unknown) => isFailure(error) && isTransient(error.kind),
  );

/** By directory, in this process. */
const gates = new WeakMap<object, Gate>();
