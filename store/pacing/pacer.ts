/** Paces every vendor request of one process and lane by the budgets that all processes share. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pacer } from '../../domain/directory.ts';
import type { Allowance, Lane } from '../../domain/request-window.ts';
import type { Store } from '../connect.ts';
import { BucketQueue, type Budgets, type PacerClock } from './bucket-queue.ts';
import { drawSlice, recordAnswer } from './budgets.ts';

export interface PacerOptions {
  /** `urgent` alone may use the reserve of a tenth of each window. */
  readonly lane: Lane;
  /** What may be taken of a bucket, by the bucket's name. */
  allowanceOf(bucket: string): Allowance;
  /**
   * How long `acquire` waits in place. Bulk: over a minute, since a read that is given up half way would begin again
   * and never end. Urgent: 10 s.
   */
  readonly maxWaitMs: number;
}

/**
 * The pacer over the store's budgets.
 *
 * `acquire` raises `RateLimited` with `retryAfterMs` when the wait is longer than `maxWaitMs`, `Unavailable` when the
 * store has not answered by then, or the signal's reason.
 */
export const createPacer = (store: Store, options: PacerOptions): Pacer =>
  createPacerOver(
    {
      draw: (bucket, request) => drawSlice(store, bucket, request),
      record: (bucket, report, allowance) => recordAnswer(store, bucket, report, allowance),
    },
    realClock,
    options,
  );

/** The same over any budgets and clock. */
export const createPacerOver = (budgets: Budgets, clock: PacerClock, options: PacerOptions): Pacer => {
  const queues = new Map<string, BucketQueue>();
  const queueOf = (bucket: string): BucketQueue => {
    const known = queues.get(bucket);
    if (known) return known;
    const { lane, maxWaitMs } = options;
    const allowance = options.allowanceOf(bucket);
    const queue = new BucketQueue({ bucket, budgets, clock, lane, allowance, maxWaitMs });
    queues.set(bucket, queue);
    return queue;
  };
  return {
    acquire: (bucket, { signal } = {}) => queueOf(bucket).acquire(signal),
    learn: (bucket, answer) => queueOf(bucket).learn(answer),
  };
};

/** A Node timer of more than 24.8 days fires at once. */
const longestTimerMs = 2 ** 31 - 1;

const realClock: PacerClock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  sleep: (ms, { signal, isIdle = false }) =>
    delay(Math.min(ms, longestTimerMs), undefined, { ref: !isIdle, ...(signal && { signal }) }).catch(() => {}),
};
