import { setTimeout as delay } from 'node:timers/promises';
import { type Child, type ChildSpec, describeExit, type Exit, type Launch, logTail, startChild } from './child.ts';
import type { ChildRecords } from './child-records.ts';
import type { Report } from './progress.ts';

export interface RestartPolicy {
  /** A life shorter than this counts as quick. */
  readonly quickDeathMs: number;
  readonly maxQuickDeaths: number;
  readonly firstDelayMs: number;
}

const DEFAULT_POLICY: RestartPolicy = { quickDeathMs: 30_000, maxQuickDeaths: 5, firstDelayMs: 500 };
const LONGEST_DELAY_MS = 10_000;

interface Supervised {
  readonly spec: ChildSpec;
  readonly untilReady: (child: Child) => Promise<void>;
  readyAt: number | undefined;
  /** Somebody wanted its end. */
  isStopped: boolean;
  quickDeaths: number;
}

/**
 * Starts children in order, keeps them running, and ends them in reverse order. A child that dies is started again after
 * a growing delay; one that keeps dying is given up.
 */
export class Supervisor {
  readonly #report: Report;
  readonly #records: ChildRecords;
  readonly #policy: RestartPolicy;
  /** The latest child of each name, in the order of their first start. */
  readonly #children = new Map<string, Child>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  readonly #givenUp = Promise.withResolvers<Error>();

  constructor(options: { report: Report; records: ChildRecords; policy?: RestartPolicy }) {
    this.#report = options.report;
    this.#records = options.records;
    this.#policy = options.policy ?? DEFAULT_POLICY;
  }

  /** Resolves with the reason when a child is given up. */
  get givenUp(): Promise<Error> {
    return this.#givenUp.promise;
  }

  readonly launch: Launch = async (spec, untilReady) => {
    const supervised: Supervised = { spec, untilReady, readyAt: undefined, isStopped: false, quickDeaths: 0 };
    const child = await this.#start(supervised);
    const stop = async (hurry?: AbortSignal) => {
      supervised.isStopped = true;
      await this.#children.get(spec.name)?.stop(hurry);
    };
    return { pid: child.pid, stop };
  };

  /** Ends all children, the last started first, and makes sure that none is left. */
  async stopAll(hurry?: AbortSignal): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#starting);
    for (const [name, child] of [...this.#children].toReversed()) {
      this.#report(`Stopping ${name}`);
      await child.stop(hurry);
      this.#records.remove(child.pid);
    }
    const left = this.#records.running();
    if (left.length > 0) {
      throw new Error(`Still running: ${left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')}`);
    }
  }

  /** Starts a child and waits until it is ready; from then on it is started again when it dies. */
  async #start(supervised: Supervised): Promise<Child> {
    supervised.readyAt = undefined;
    const spawning = this.#spawn(supervised.spec);
    this.#starting.add(spawning);
    const child = await spawning.finally(() => this.#starting.delete(spawning));
    void child.exited.then((exit) => {
      this.#records.remove(child.pid);
      const isWanted = supervised.isStopped || this.#stopping.signal.aborted;
      if (supervised.readyAt !== undefined && !isWanted) void this.#restart(supervised, exit);
    });
    await supervised.untilReady(child);
    supervised.readyAt = performance.now();
    return child;
  }

  async #spawn(spec: ChildSpec): Promise<Child> {
    this.#stopping.signal.throwIfAborted();
    const child = await startChild(spec);
    this.#records.add(spec, child);
    this.#children.set(spec.name, child);
    return child;
  }

  async #restart(supervised: Supervised, exit: Exit): Promise<void> {
    const { spec, readyAt = 0 } = supervised;
    const { quickDeathMs, maxQuickDeaths, firstDelayMs } = this.#policy;
    const isQuick = performance.now() - readyAt < quickDeathMs;
    supervised.quickDeaths = isQuick ? supervised.quickDeaths + 1 : 1;
    let reason = `ended unexpectedly (${describeExit(exit)})`;
    while (supervised.quickDeaths < maxQuickDeaths) {
      const wait = Math.min(firstDelayMs * 2 ** (supervised.quickDeaths - 1), LONGEST_DELAY_MS);
      this.#report(`${spec.name} ${reason}; starting it again in ${wait / 1000} s (log: ${spec.logFile})`);
      try {
        await delay(wait, undefined, { signal: this.#stopping.signal });
        await this.#start(supervised);
        this.#report(`${spec.name} runs again`);
        return;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        await this.#children.get(spec.name)?.stop();
        supervised.quickDeaths++;
        reason = `did not start again: ${(error as Error).message}`;
      }
    }
    const ends = `${spec.name} ended ${maxQuickDeaths} times shortly after its start and is given up`;
    this.#givenUp.resolve(new Error(`${ends}${logTail(spec, this.#children.get(spec.name) ?? { logFrom: 0 })}`));
  }
}
