/**
 * Who waits, in one process and lane, to send to one API bucket: first come, first served from a slice of the shared
 * budget, which is asked for about once a second.
 */
import type { AnswerReport, Slice, SliceRequest } from '../../domain/budget.ts';
import type { RateAnswer } from '../../domain/directory.ts';
import { Failure } from '../../domain/failure.ts';
import { type Allowance, type Lane, spareOf } from '../../domain/request-window.ts';
import { type AnswerBatch, batchOf, join, noAnswers, reportOf, sameWindowMs } from './answer-batch.ts';

export interface Budgets {
  draw(bucket: string, request: SliceRequest): Promise<Slice>;
  record(bucket: string, report: AnswerReport, allowance: Allowance): Promise<void>;
}

export interface PacerClock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Epoch milliseconds, as `RateAnswer.resetAt` is told. */
  epoch(): number;
  /** Resolves after `ms`, or as soon as the signal fires. `isIdle` must not keep the process running. */
  sleep(ms: number, options: { readonly signal?: AbortSignal; readonly isIdle?: boolean }): Promise<void>;
}

export interface BucketQueueOptions {
  readonly bucket: string;
  readonly budgets: Budgets;
  readonly clock: PacerClock;
  readonly lane: Lane;
  readonly allowance: Allowance;
  readonly maxWaitMs: number;
}

interface Waiter {
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  resolve(): void;
  reject(reason: unknown): void;
}

/** How long a slice lasts, and how often answers are reported. */
const refreshMs = 1_000;
const storeRetryMs = 500;

export class BucketQueue {
  readonly #options: BucketQueueOptions;
  #waiters: Waiter[] = [];
  #isServing = false;
  #nap = new AbortController();

  // The slice.
  #tokens = 0;
  #refreshAt = 0;
  #windowEndsAt = Number.POSITIVE_INFINITY;
  #intervalMs = 0;
  #isProbe = false;

  /** Nobody sends before: the budget is empty, or the vendor refused. */
  #closedUntil = 0;
  #nextAt = 0;
  #drawing: Promise<void> | undefined;
  #drawingSince = Number.POSITIVE_INFINITY;
  #storeProblem: unknown;

  // Demand, by which the next slice is sized.
  #second = 0;
  #spent = 0;
  #spentBefore = 0;

  // Answers.
  #inFlight = 0;
  #batch: AnswerBatch = noAnswers;
  #knownResetAt = 0;
  #mustReport = false;
  #isReportDue = false;
  #reporting: Promise<void> | undefined;

  constructor(options: BucketQueueOptions) {
    this.#options = options;
  }

  acquire(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const now = this.#options.clock.now();
    if (this.#waiters.length === 0 && this.#isOpen(now)) {
      this.#spend(now);
      return Promise.resolve();
    }
    const deadline = now + this.#options.maxWaitMs;
    if (this.#storeProblem === undefined && this.#closedUntil > deadline) return Promise.reject(this.#tooLong(now));
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        if (this.#waiters.length === 0) this.#wake();
        reject(signal?.reason);
      };
      const settle =
        <A extends unknown[]>(then: (...args: A) => void) =>
        (...args: A) => {
          signal?.removeEventListener('abort', leave);
          then(...args);
        };
      const waiter: Waiter = { deadline, signal, resolve: settle(resolve), reject: settle(reject) };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiters.push(waiter);
      void this.#serve();
    });
  }

  learn(answer: RateAnswer): void {
    const { clock, allowance } = this.#options;
    const now = clock.now();
    const resetAt = answer.resetAt === undefined ? undefined : now + answer.resetAt - clock.epoch();
    const single = batchOf(answer, resetAt, now);
    const { told, refusal } = single;
    this.#batch = join(this.#batch, single);

    this.#inFlight = Math.max(0, this.#inFlight - 1);
    // Others may use the bucket too: what is left by the vendor's count, less what is under way, is all we have.
    if (told) this.#tokens = Math.min(this.#tokens, Math.max(0, spareOf(told, allowance) - this.#inFlight));
    const isNewWindow = told?.resetAt !== undefined && told.resetAt > this.#knownResetAt + sameWindowMs;
    if (isNewWindow) this.#knownResetAt = told.resetAt ?? this.#knownResetAt;
    if (refusal) {
      this.#tokens = 0;
      // Without the vendor's word the budget knows how long; asking it is soon enough.
      this.#close(refusal.heldUntil ?? now + refreshMs);
    }
    const isAnswerToProbe = this.#isProbe && this.#tokens === 0;
    if (isAnswerToProbe) this.#isProbe = false;
    if (refusal || isNewWindow || isAnswerToProbe) {
      this.#mustReport = true;
      void this.#report().then(
        () => isAnswerToProbe && !refusal && this.#reopen(),
        () => {},
      );
    } else {
      this.#reportSoon();
    }
  }

  #hasSlice(now: number): boolean {
    return this.#tokens > 0 && now < this.#refreshAt && now < this.#windowEndsAt;
  }

  #isOpen(now: number): boolean {
    return this.#hasSlice(now) && now >= this.#closedUntil && now >= this.#nextAt;
  }

  #spend(now: number): void {
    this.#tokens -= 1;
    this.#inFlight += 1;
    this.#nextAt = Math.max(this.#nextAt, now - this.#intervalMs) + this.#intervalMs;
    this.#countDemand(now);
    this.#spent += 1;
  }

  #countDemand(now: number): void {
    const second = Math.floor(now / 1_000);
    if (second === this.#second) return;
    this.#spentBefore = second === this.#second + 1 ? this.#spent : 0;
    this.#spent = 0;
    this.#second = second;
  }

  async #serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      while (this.#waiters.length > 0) {
        const now = this.#options.clock.now();
        this.#turnAway(now);
        const [first] = this.#waiters;
        if (!first) break;
        if (this.#isOpen(now)) {
          this.#spend(now);
          this.#waiters.shift();
          first.resolve();
        } else if (now < this.#closedUntil) {
          await this.#sleep(Math.min(this.#closedUntil, first.deadline) - now);
        } else if (this.#hasSlice(now)) {
          await this.#sleep(Math.min(this.#nextAt, first.deadline) - now);
        } else {
          this.#startDrawing(now);
          await this.#sleep(first.deadline - now);
        }
      }
    } finally {
      this.#isServing = false;
    }
  }

  #startDrawing(now: number): void {
    if (this.#drawing) return;
    this.#drawingSince = now;
    this.#drawing = this.#draw().finally(() => {
      this.#drawing = undefined;
      this.#drawingSince = Number.POSITIVE_INFINITY;
      this.#wake();
    });
  }

  async #draw(): Promise<void> {
    const { bucket, budgets, clock, lane, allowance } = this.#options;
    try {
      // Asked without what its answers said, the budget would give what others have used up.
      await this.#report();
      const asked = clock.now();
      if (asked >= this.#windowEndsAt) this.#tokens = 0;
      this.#countDemand(asked);
      const need = Math.max(this.#waiters.length, this.#spentBefore, this.#spent);
      const slice = await budgets.draw(bucket, { want: Math.max(0, need - this.#tokens), allowance, lane });
      this.#storeProblem = undefined;
      this.#take(slice, asked, clock.now());
    } catch (error) {
      this.#storeProblem = error;
      this.#close(clock.now() + storeRetryMs);
    }
  }

  #take(slice: Slice, asked: number, now: number): void {
    // A refusal that came meanwhile closed the bucket for what was granted before it, too.
    if (now < this.#closedUntil) return;
    const windowEndsAt = slice.endsInMs === undefined ? Number.POSITIVE_INFINITY : asked + slice.endsInMs;
    if (windowEndsAt > this.#windowEndsAt + sameWindowMs) this.#inFlight = 0;
    this.#windowEndsAt = windowEndsAt;
    this.#refreshAt = now + refreshMs;
    this.#intervalMs = slice.intervalMs;
    this.#isProbe = slice.isProbe;
    this.#tokens = slice.isBlocked ? 0 : slice.isProbe ? 1 : this.#tokens + slice.granted;
    if (this.#tokens === 0) this.#close(now + slice.waitMs);
  }

  #close(until: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, until);
  }

  /** Those whose turn cannot come in time learn it at once, so that Temporal can wait for them. */
  #turnAway(now: number): void {
    const isStoreAway = this.#storeProblem !== undefined || now - this.#drawingSince > refreshMs;
    const isLate = ({ deadline }: Waiter) => deadline <= now || (!isStoreAway && deadline < this.#closedUntil);
    const late = this.#waiters.filter(isLate);
    if (late.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !isLate(waiter));
    for (const waiter of late) waiter.reject(isStoreAway ? this.#storeAway() : this.#tooLong(now));
  }

  #tooLong(now: number): Failure {
    const retryAfterMs = Math.max(1_000, Math.ceil(this.#closedUntil - now));
    const { bucket } = this.#options;
    return new Failure('RateLimited', `${bucket}: no request may go for ${Math.ceil(retryAfterMs / 1_000)} s`, {
      system: bucket,
      retryAfterMs,
    });
  }

  #storeAway(): Failure {
    return new Failure('Unavailable', 'store: draw from budget: no answer', {
      system: 'store',
      operation: 'draw from budget',
      // Nothing was sent.
      effectUnknown: false,
      cause: this.#storeProblem,
    });
  }

  #reportSoon(): void {
    if (this.#isReportDue) return;
    this.#isReportDue = true;
    void this.#options.clock.sleep(refreshMs, { isIdle: true }).then(() => {
      this.#isReportDue = false;
      // What could not be told stays in the batch and goes with the next report.
      return this.#report().catch(() => {});
    });
  }

  /** One report at a time; the one under way is followed by another if something pressing came meanwhile. */
  #report(): Promise<void> {
    this.#reporting ??= this.#reportAll().finally(() => {
      this.#reporting = undefined;
    });
    return this.#reporting;
  }

  async #reportAll(): Promise<void> {
    const { bucket, budgets, clock, allowance } = this.#options;
    do {
      const batch = this.#batch;
      if (batch === noAnswers) return;
      this.#batch = noAnswers;
      this.#mustReport = false;
      try {
        await budgets.record(bucket, reportOf(batch, clock.now()), allowance);
      } catch (error) {
        this.#batch = join(batch, this.#batch);
        this.#mustReport = true;
        throw error;
      }
    } while (this.#mustReport);
  }

  /** The vendor bears requests again. */
  #reopen(): void {
    this.#closedUntil = 0;
    this.#wake();
  }

  async #sleep(ms: number): Promise<void> {
    this.#nap = new AbortController();
    await this.#options.clock.sleep(Math.max(0, ms), { signal: this.#nap.signal });
  }

  #wake(): void {
    this.#nap.abort();
  }
}
