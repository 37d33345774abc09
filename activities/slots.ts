/**
 * Runs work when one of a few slots is free, in the order of asking. Whoever stops waiting is thrown the reason of the
 * signal, and nothing of it is begun.
 */
export type Slot = <T>(work: () => Promise<T>, stopWaiting?: AbortSignal) => Promise<T>;

export function createSlots(count: number): Slot {
  const waiting = new Set<() => void>();
  let free = count;
  const turn = (stopWaiting?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        if (waiting.delete(begin)) reject(stopWaiting?.reason);
      };
      const begin = (): void => {
        waiting.delete(begin);
        stopWaiting?.removeEventListener('abort', stop);
        resolve();
      };
      waiting.add(begin);
      stopWaiting?.addEventListener('abort', stop, { once: true });
    });
  return async (work, stopWaiting) => {
    stopWaiting?.throwIfAborted();
    if (free > 0) free -= 1;
    else await turn(stopWaiting);
    try {
      return await work();
    } finally {
      const [next] = waiting;
      if (next) next();
      else free += 1;
    }
  };
}
