/** What answers said since the last report, put together so that a busy bucket reports once a second. Pure. */
import type { AnswerReport, Refusal } from '../../domain/budget.ts';
import type { RateAnswer } from '../../domain/directory.ts';

/** Instants are by the clock that `batchOf` was told the time of. */
export interface AnswerBatch {
  readonly answered: number;
  readonly told?: { readonly limit: number; readonly remaining: number; readonly resetAt?: number };
  readonly refusal?: Omit<Refusal, 'holdMs'> & { readonly heldUntil?: number };
}

export const noAnswers: AnswerBatch = { answered: 0 };

/** Answers whose windows end so close together are of one window: headers tell whole seconds. */
export const sameWindowMs = 2_000;

/** A batch of one answer. */
export const batchOf = (answer: RateAnswer, resetAt: number | undefined, now: number): AnswerBatch => {
  const told = toldBy(answer, resetAt);
  const refusal = refusedBy(answer, resetAt, now);
  return { answered: refusal ? 0 : 1, ...(told && { told }), ...(refusal && { refusal }) };
};

/** Either order will do for windows; of two refusals the longer hold counts. */
export const join = (one: AnswerBatch, other: AnswerBatch): AnswerBatch => {
  const told = one.told && other.told ? newest(one.told, other.told) : (other.told ?? one.told);
  const refusal = one.refusal && other.refusal ? longest(one.refusal, other.refusal) : (other.refusal ?? one.refusal);
  return { answered: one.answered + other.answered, ...(told && { told }), ...(refusal && { refusal }) };
};

export const reportOf = ({ answered, told, refusal }: AnswerBatch, now: number): AnswerReport => ({
  answered,
  ...(told && {
    told: {
      limit: told.limit,
      remaining: told.remaining,
      ...(told.resetAt !== undefined && { resetInMs: told.resetAt - now }),
    },
  }),
  ...(refusal && {
    refusal: {
      isConcurrency: refusal.isConcurrency,
      isOverload: refusal.isOverload,
      ...(refusal.heldUntil !== undefined && { holdMs: Math.max(0, refusal.heldUntil - now) }),
    },
  }),
});

type Told = NonNullable<AnswerBatch['told']>;
type Refused = NonNullable<AnswerBatch['refusal']>;

const toldBy = ({ limit, remaining }: RateAnswer, resetAt: number | undefined): Told | undefined =>
  // A limit of 0 is how Okta tells of too many requests at the same time ("Concurrent rate limits").
  limit === undefined || remaining === undefined || limit === 0
    ? undefined
    : { limit, remaining, ...(resetAt !== undefined && { resetAt }) };

const refusedBy = (answer: RateAnswer, resetAt: number | undefined, now: number): Refused | undefined => {
  const { status, limit, retryAfterMs } = answer;
  const isOverload = status === 503 && retryAfterMs !== undefined;
  if (status !== 429 && !isOverload) return undefined;
  const isConcurrency = limit === 0;
  // The reset that comes with a concurrency refusal is a mere estimate.
  const heldUntil = retryAfterMs === undefined ? (isConcurrency ? undefined : resetAt) : now + retryAfterMs;
  return { isConcurrency, isOverload, ...(heldUntil !== undefined && { heldUntil }) };
};

const newest = (one: Told, other: Told): Told => {
  if (one.resetAt === undefined || other.resetAt === undefined) return other;
  const difference = other.resetAt - one.resetAt;
  if (Math.abs(difference) > sameWindowMs) return difference > 0 ? other : one;
  return {
    limit: other.limit,
    remaining: Math.min(one.remaining, other.remaining),
    resetAt: Math.max(one.resetAt, other.resetAt),
  };
};

const longest = (one: Refused, other: Refused): Refused => {
  // The vendor's word on the bucket itself outweighs a brief congestion.
  if (one.isConcurrency !== other.isConcurrency) return one.isConcurrency ? other : one;
  return (other.heldUntil ?? 0) >= (one.heldUntil ?? 0) ? other : one;
};
