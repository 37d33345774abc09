import type { Pacer } from '../domain/directory.ts';
import { Failure } from '../domain/failure.ts';
import type { Allowance } from '../domain/request-window.ts';
import { drawSlice, recordAnswer } from '../store/budgets.ts';
import type { Store } from '../store/connect.ts';

/** For somebody who waits for an answer on a screen. */
const longestWaitMs = 2_000;

/**
 * Passes the reader's few questions through the budgets that all processes share, one request at a time. It never
 * waits long: the mirror is the answer while Okta is busy.
 */
export function createOktaPacer(store: Store, allowance: Allowance): Pacer {
  return {
    async acquire(bucket, { signal } = {}) {
      for (let waited = 0; ; ) {
        const { granted, waitMs } = await drawSlice(store, bucket, { want: 1, lane: 'event', allowance });
        signal?.throwIfAborted();
        if (granted > 0) return;
        if (waited + waitMs > longestWaitMs)
          throw new Failure('RateLimited', 'okta: busy, its rate limit is used up', {
            system: 'okta',
            retryAfterMs: waitMs,
          });
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        waited += waitMs;
      }
    },
    learn(bucket, { status, retryAfterMs }) {
      const isRefused = status === 429 || status === 503;
      const refusal = {
        isConcurrency: false,
        isOverload: status === 503,
        ...(retryAfterMs === undefined ? {} : { holdMs: retryAfterMs }),
      };
      const report = isRefused ? { answered: 0, refusal } : { answered: 1 };
      // What is not recorded makes the others learn it for themselves.
      recordAnswer(store, bucket, report, allowance).catch(() => {});
    },
  };
}
