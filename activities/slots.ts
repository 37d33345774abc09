/** Runs work when one of a few slots is free, in the order of asking. */
export type Slot = <T>(work: () => Promise<T>) => Promise<T>;

export function createSlots(count: number): Slot {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
