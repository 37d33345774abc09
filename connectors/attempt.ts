/**
 * The one place that paces and repeats requests to vendors. Short of what it repeats here within seconds, a failure
 * goes up to Temporal, which waits without holding a connection.
 */
import pRetry from 'p-retry';
import type { Deadline, Pacer } from '../domain/directory.ts';
import { Failure, type FailureDetails, type FailureKind, isFailure } from '../domain/failure.ts';

export interface AttemptOptions {
  readonly pacer: Pacer;
  /** The API bucket that this request counts against. */
  readonly bucket: string;
  /** A read may be repeated whatever became of it; a write only when it certainly had no effect. */
  readonly isRead: boolean;
  /** For one try, from sending to the end of the body. */
  readonly timeoutMs: number;
  /** The caller's: it ends everything at once, and its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Ends a write that is not sent yet; reads pass it over. */
  readonly sendBefore?: Deadline | undefined;
  /** Told in a failure that is raised here. */
  readonly about?: Pick<FailureDetails, 'system' | 'operation' | 'subject'>;
}

/** How often one call repeats itself per kind of failure; other kinds are final. */
const repeats: Partial<Record<FailureKind, number>> = { Unavailable: 3, UnexpectedResponse: 1, RateLimited: 3 };
/** The code of the failure that a write is when the right to it ran out before it was sent. */
export const claimExpired = 'claim-expired';

/** After this long an unavailable vendor is left to Temporal's back-off. */
const quickMs = 5_000;

/**
 * Paces, sends and, where it is safe, repeats.
 *
 * @param send makes one request, reads its body and honours the signal, which is a fresh one at each try. It raises
 * `Failure`s; with `effectUnknown: false` it vouches that the request never reached the vendor.
 * @throws Failure `RateLimited` (the pacer's, when the wait is too long for its lane, or the last 429), `Unavailable`
 * with the code `claim-expired` for a write that was not sent, `Unavailable`,
 * `UnexpectedResponse` (both with `effectUnknown: true` for a write that may have taken effect), or what `send` raised.
 */
export const attempt = async <T>(options: AttemptOptions, send: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const { pacer, bucket, signal } = options;
  const startedAt = performance.now();
  const repeated = new Map<FailureKind, number>();
  let wasSent = false;

  const once = async (): Promise<T> => {
    wasSent = false;
    await pacer.acquire(bucket, signal ? { signal } : {});
    // After the wait, and with nothing to wait for before the request is on its way: a process may be stopped for minutes.
    if (!options.isRead && options.sendBefore?.hasPassed()) throw expired(options);
    wasSent = true;
    return sendOnce(options, send);
  };

  const mayRepeat = (error: unknown): boolean => {
    if (!wasSent || !isFailure(error)) return false;
    const count = repeated.get(error.kind) ?? 0;
    repeated.set(error.kind, count + 1);
    if (count >= (repeats[error.kind] ?? 0)) return false;
    // A 429 was refused before it had any effect, so a write may be sent again too; the pacer decides how long to wait.
    if (error.kind === 'RateLimited') return true;
    if (!options.isRead && error.details.effectUnknown !== false) return false;
    return performance.now() - startedAt + (error.details.retryAfterMs ?? 0) < quickMs;
  };

  return pRetry(once, {
    retries: Object.values(repeats).reduce((sum, count) => sum + count, 0),
    minTimeout: 200,
    maxTimeout: 2_000,
    randomize: true,
    ...(signal && { signal }),
    shouldRetry: ({ error }) => mayRepeat(error),
  });
};

const sendOnce = async <T>(options: AttemptOptions, send: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    return await send(options.signal ? AbortSignal.any([options.signal, timeout]) : timeout);
  } catch (error) {
    options.signal?.throwIfAborted();
    const failure = timeout.aborted ? noAnswer(options) : error;
    throw options.isRead || !isFailure(failure) ? failure : withUnknownEffect(failure);
  }
};

const expired = ({ about, bucket }: AttemptOptions): Failure =>
  new Failure(
    'Unavailable',
    `${about?.system ?? bucket}: ${about?.operation ?? 'request'}: not sent, the claim to it has expired`,
    { ...about, code: claimExpired },
  );

const noAnswer = ({ about, timeoutMs, bucket }: AttemptOptions): Failure =>
  new Failure(
    'Unavailable',
    `${about?.system ?? bucket}: ${about?.operation ?? 'request'}: no answer within ${timeoutMs} ms`,
    { ...about },
  );

/** No answer, a 5xx or an unreadable answer to a write leaves open whether the vendor did it. */
const withUnknownEffect = (failure: Failure): Failure => {
  const isUnclear = failure.kind === 'Unavailable' || failure.kind === 'UnexpectedResponse';
  if (!isUnclear || failure.details.effectUnknown !== undefined) return failure;
  return new Failure(failure.kind, failure.message, { ...failure.details, effectUnknown: true });
};
