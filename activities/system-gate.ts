/**
 * What urgent work passes on its way to a system. A system that is away, or answers nobody for half a minute, holds up only
 * what is to be done there: few at a time work on it and nobody waits for long, so that others find a place in the lane;
 * and of all who try again one at a time finds out whether it answers by now, while the others take its word.
 */
import { activityInfo } from '@temporalio/activity';
import type { CallOptions, CheckResult } from '../domain/directory.ts';
import { Failure } from '../domain/failure.ts';
import { createSlots } from './slots.ts';

/** At one system, far fewer than the lane has places. */
const atOnce = 40;
/** For a place; then Temporal waits instead. */
const patienceMs = 10_000;
/** How long nobody asks after somebody has found out. */
const believedMs = 1_000;

/** A connection to Okta or to a target. */
interface Directory {
  check(options?: CallOptions): Promise<readonly CheckResult[]>;
}

export interface Passing<T> {
  /** Its name in the configuration, or `okta`. */
  readonly system: string;
  /** The activity's. */
  readonly signal: AbortSignal;
  readonly work: () => Promise<T>;
}

/**
 * Whoever comes for the first time gets a try of their own, whatever others have found.
 *
 * @throws Failure `Unavailable` when a try before this one failed and the system does not answer at all now, or when no place
 * got free; and what the work throws
 */
export function throughGate<T>(directory: Directory, passing: Passing<T>): Promise<T> {
  let gate = gates.get(directory);
  if (!gate) {
    gate = new Gate(directory);
    gates.set(directory, gate);
  }
  return gate.pass(passing);
}

class Gate {
  readonly #directory: Directory;
  readonly #slot = createSlots(atOnce);
  #isAway = false;
  #saidAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  async pass<T>({ system, signal, work }: Passing<T>): Promise<T> {
    if (activityInfo().attempt > 1) {
      await this.#findOut(signal);
      if (this.#isAway) throw unavailable(system, 'does not answer');
    }
    const patience = AbortSignal.timeout(patienceMs);
    try {
      return await this.#slot(work, AbortSignal.any([signal, patience]));
    } catch (error) {
      throw error === patience.reason ? unavailable(system, 'too many are at work there') : error;
    }
  }

  async #findOut(signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#saidAt < believedMs) return;
    // What was said last counts while somebody asks again.
    if (this.#asking && this.#isAway) return;
    this.#asking ??= this.#ask(signal).finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
  }

  /** Something that is about nobody: one person whom the system cannot tell about is not to hold up the others. */
  async #ask(signal: AbortSignal): Promise<void> {
    try {
      const results = await this.#directory.check({ signal });
      this.#isAway = results.some(({ check, status }) => check === 'connection' && status === 'failed');
      this.#saidAt = performance.now();
    } catch {
      // Whoever asked was told to stop: nothing was found out, and each sees for themselves.
    }
  }
}

const unavailable = (system: string, why: string): Failure =>
  new Failure('Unavailable', `${system}: ${why}`, { system });

/** By connection, in this process. */
const gates = new WeakMap<Directory, Gate>();
