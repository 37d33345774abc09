/** A vendor with a rate limit, its callers, and the clock of both, in virtual time: hours pass in a second. */

import { type Budget, draw, record } from '../../domain/budget.ts';
import type { Pacer, RateAnswer } from '../../domain/directory.ts';
import { isFailure } from '../../domain/failure.ts';
import type { Budgets, PacerClock } from '../../store/pacing/bucket-queue.ts';
import { createPacerOver, type PacerOptions } from '../../store/pacing/pacer.ts';

interface Timer {
  readonly at: number;
  fire(): void;
}

export class VirtualClock implements PacerClock {
  #now = 1_700_000_000_123;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  epoch(): number {
    return this.#now;
  }

  sleep(ms: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = { at: this.#now + Math.max(0, ms), fire: resolve };
      const place = this.#timers.findLastIndex(({ at }) => at <= timer.at) + 1;
      this.#timers.splice(place, 0, timer);
      signal?.addEventListener(
        'abort',
        () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Lets everything happen that is due within so many milliseconds. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const [next] = this.#timers;
      if (!next || next.at > end) break;
      this.#timers.shift();
      this.#now = next.at;
      next.fire();
    }
    this.#now = end;
  }
}

/** All promises that can go on without a timer have gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Budgets by the domain's rules, shared by the pacers of a test. */
export const virtualBudgets = (clock: VirtualClock) => {
  const states = new Map<string, Budget>();
  const asked = { draws: 0, records: 0 };
  const budgets: Budgets = {
    draw: async (bucket, request) => {
      asked.draws += 1;
      await clock.sleep(1);
      const drawn = draw(states.get(bucket) ?? {}, clock.now(), request);
      states.set(bucket, drawn.budget);
      await clock.sleep(1);
      return drawn.slice;
    },
    record: async (bucket, report, allowance) => {
      asked.records += 1;
      await clock.sleep(1);
      states.set(bucket, record(states.get(bucket) ?? {}, clock.now(), report, allowance));
      await clock.sleep(1);
    },
  };
  return { budgets, asked, states };
};

export interface VendorOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** Windows begin with the first call, as Okta's, or by the clock. */
  readonly windows: 'from first call' | 'by the clock';
  readonly tells: 'headers' | 'retry-after' | 'nothing';
  /** Whole seconds of the reset. */
  readonly reset?: 'up' | 'down';
  readonly latencyMs?: number;
}

export class VirtualVendor {
  readonly #options: VendorOptions;
  readonly #clock: VirtualClock;
  #endsAt = 0;
  #used = 0;
  readonly answers: { readonly at: number; readonly isRefused: boolean; readonly who: string }[] = [];

  constructor(clock: VirtualClock, options: VendorOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  async call(who: string): Promise<RateAnswer> {
    const { latencyMs = 50, limit, windowMs, windows, tells } = this.#options;
    await this.#clock.sleep(latencyMs / 2);
    const now = this.#clock.now();
    if (now >= this.#endsAt) {
      this.#endsAt = windows === 'by the clock' ? Math.floor(now / windowMs) * windowMs + windowMs : now + windowMs;
      this.#used = 0;
    }
    const isRefused = this.#used >= limit;
    if (!isRefused) this.#used += 1;
    this.answers.push({ at: now, isRefused, who });
    const remaining = limit - this.#used;
    const endsAt = this.#endsAt;
    await this.#clock.sleep(latencyMs / 2);
    const status = isRefused ? 429 : 200;
    if (tells === 'headers') return { status, limit, remaining, resetAt: this.#inSeconds(endsAt, now) };
    if (tells === 'retry-after' && isRefused)
      return { status, retryAfterMs: Math.ceil((endsAt - now) / 1_000) * 1_000 };
    return { status };
  }

  /** As a client reads it that measures whole seconds against the answer's `Date`. */
  #inSeconds(endsAt: number, answeredAt: number): number {
    const round = this.#options.reset === 'down' ? Math.floor : Math.ceil;
    return this.#clock.epoch() + (round(endsAt / 1_000) - Math.floor(answeredAt / 1_000)) * 1_000;
  }
}

export interface Load {
  readonly concurrency: number;
  readonly pacers: number;
  readonly lane?: PacerOptions['lane'];
  readonly share: number;
  readonly requestsPerMinute?: number;
  /** Requests per second by somebody else. */
  readonly othersPerSecond?: number;
}

/** Callers that would send for ever as fast as they may; answers what they got in the time after the warm-up. */
export const measure = async (vendorOptions: VendorOptions, load: Load, warmUpMs: number, durationMs: number) => {
  const clock = new VirtualClock();
  const vendor = new VirtualVendor(clock, vendorOptions);
  const { budgets, asked, states } = virtualBudgets(clock);
  const stop = new AbortController();
  const { share, requestsPerMinute } = load;
  const allowance = { share, ...(requestsPerMinute !== undefined && { requestsPerMinute }) };
  const options = { lane: load.lane ?? 'bulk', maxWaitMs: 75_000, allowanceOf: () => allowance } as const;
  for (let process = 0; process < load.pacers; process += 1) {
    const pacer = createPacerOver(budgets, clock, options);
    for (let i = 0; i < load.concurrency; i += 1) void caller(pacer, vendor, clock, stop.signal);
  }
  if (load.othersPerSecond) void others(vendor, clock, load.othersPerSecond, stop.signal);
  await clock.pass(warmUpMs);
  const from = clock.now();
  await clock.pass(durationMs);
  stop.abort();
  const ours = vendor.answers.filter(({ who, at }) => who === 'us' && at >= from);
  const refused = ours.filter(({ isRefused }) => isRefused).length;
  const all = vendor.answers.filter(({ who }) => who === 'us');
  const fair = (Math.floor(share * vendorOptions.limit) * durationMs) / vendorOptions.windowMs;
  return {
    used: (ours.length - refused) / fair,
    refused: refused / ours.length,
    refusedFromStart: all.filter(({ isRefused }) => isRefused).length / all.length,
    accepted: ours.length - refused,
    draws: asked.draws,
    vendor,
    states,
  };
};

const caller = async (pacer: Pacer, vendor: VirtualVendor, clock: VirtualClock, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      await pacer.acquire('bucket', { signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!isFailure(error, 'RateLimited')) throw error;
      await clock.sleep(error.details.retryAfterMs ?? 1_000);
      continue;
    }
    pacer.learn('bucket', await vendor.call('us'));
  }
};

const others = async (vendor: VirtualVendor, clock: VirtualClock, perSecond: number, signal: AbortSignal) => {
  while (!signal.aborted) {
    await clock.sleep(1_000 / perSecond);
    void vendor.call('others');
  }
};
