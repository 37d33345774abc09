/** A bucket of tokens per sender, in this process's memory: enough to keep one sender from taking all there is. */

export interface RateLimit {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
}

/** More than there are honest ones; beyond, those who have been quiet longest are forgotten. */
const mostSenders = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * @param now milliseconds of a clock that never goes back
 * @returns how many seconds the sender has to wait; 0 when the request may go on
 */
export function createRateLimiter(
  { perSecond, burst }: RateLimit,
  now: () => number = () => performance.now(),
): (sender: string) => number {
  const buckets = new Map<string, Bucket>();
  return (sender) => {
    const at = now();
    const known = buckets.get(sender);
    const tokens = known ? Math.min(burst, known.tokens + ((at - known.at) / 1000) * perSecond) : burst;
    const isFree = tokens >= 1;
    // Set anew, so that the map's order is that of the last request.
    buckets.delete(sender);
    buckets.set(sender, { tokens: isFree ? tokens - 1 : tokens, at });
    const [quietest] = buckets.keys();
    if (buckets.size > mostSenders && quietest !== undefined) buckets.delete(quietest);
    return isFree ? 0 : Math.ceil((1 - tokens) / perSecond);
  };
}
