/**
 * Asks once for all who want the same at the same time. Who comes while it is asked for already waits for the next asking,
 * since that one may have begun with how things were before; so for each key there is one asking at a time.
 */

interface Round<T> {
  readonly answer: Promise<T>;
  /** Once it is answered, or nobody waits for it any more. */
  readonly over: Promise<unknown>;
  readonly left: AbortController;
  waiting: number;
}

/**
 * @param ask its signal fires when nobody waits any more
 * @returns asks, or joins those who will; undefined once `waitEnds` fires, whatever becomes of the asking
 */
export function askingTogether<T>(
  ask: (key: string, signal: AbortSignal) => Promise<T>,
): (key: string, waitEnds: AbortSignal) => Promise<T | undefined> {
  const running = new Map<string, Round<T>>();
  /** Those who come now may still join. */
  const coming = new Map<string, Round<T>>();

  const forget = (rounds: Map<string, Round<T>>, key: string, round: Round<T>): void => {
    if (rounds.get(key) === round) rounds.delete(key);
  };

  const begin = (key: string): Round<T> => {
    const left = new AbortController();
    const answer = (running.get(key)?.over ?? Promise.resolve()).then(() => {
      left.signal.throwIfAborted();
      forget(coming, key, round);
      running.set(key, round);
      return ask(key, left.signal);
    });
    // Who waits hears of it; when nobody does, nobody has to.
    const settled = answer.catch(() => undefined);
    const over = Promise.race([settled, fired(left.signal)]).then(() => forget(running, key, round));
    const round: Round<T> = { answer, over, left, waiting: 0 };
    coming.set(key, round);
    return round;
  };

  return async (key, waitEnds) => {
    const round = coming.get(key) ?? begin(key);
    round.waiting += 1;
    try {
      return await Promise.race([round.answer, fired(waitEnds)]);
    } finally {
      round.waiting -= 1;
      if (round.waiting === 0) {
        forget(coming, key, round);
        round.left.abort();
      }
    }
  };
}

const fired = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
