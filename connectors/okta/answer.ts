/** One answer of Okta in full, and the only place that turns what is wrong with it into a `Failure`. */
import { Failure, type FailureKind } from '../../domain/failure.ts';
import { BodyTooLarge, bodyTooLarge } from '../body-text.ts';
import type { HeaderReader } from '../retry-after.ts';
import { oktaRateAnswer } from './rate-limit.ts';
import { errorSchema } from './wire.ts';

/** What was asked, for messages: a verb phrase, and an id if it is about one subject. Never a name or an address. */
export interface Asked {
  readonly operation: string;
  readonly subject?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: HeaderReader;
  readonly text: string;
}

/**
 * Okta's fixed words for the codes that Lockstep meets ("Okta API error codes"). The `errorSummary` of an answer is not
 * used: it may quote a login or an address.
 */
const titles: Readonly<Record<string, string>> = {
  E0000001: 'validation failed',
  E0000004: 'authentication failed',
  E0000005: 'invalid session',
  E0000006: 'no permission to perform the requested action',
  E0000007: 'resource not found',
  E0000008: 'the requested path was not found',
  E0000009: 'internal server error',
  E0000010: 'service is in read-only mode',
  E0000011: 'invalid token provided',
  E0000015: 'no permission to access this feature',
  E0000022: 'method not supported',
  E0000031: 'invalid search criteria',
  E0000038: "not allowed in the user's current status",
  E0000047: 'rate limit exceeded',
  E0000053: 'invalid filter',
  E0000112: 'the user is still being activated',
};

/** Answered with 403, yet it is the user's status that forbids, not a permission that is missing. */
const forbiddenByStatus = 'E0000038';

export const failed = (
  kind: FailureKind,
  asked: Asked,
  what: string,
  details: Partial<Failure['details']> = {},
): Failure => {
  const subject = asked.subject === undefined ? '' : ` ${asked.subject}`;
  return new Failure(kind, `okta: ${asked.operation}${subject} failed: ${what}`, {
    system: 'okta',
    operation: asked.operation,
    ...(asked.subject !== undefined && { subject: asked.subject }),
    ...details,
  });
};

/** The failure that an answer outside 2xx is. */
export const refusal = (asked: Asked, answer: Answer, now = Date.now()): Failure => {
  const { status, headers } = answer;
  const code = errorCode(answer);
  const requestId = headers.get('x-okta-request-id');
  const rate = oktaRateAnswer(status, headers, now);
  const retryAfterMs = rate.retryAfterMs ?? (status === 429 && rate.resetAt ? rate.resetAt - now : undefined);
  const what = [status, code, code === undefined ? notOkta(status) : titles[code]];
  return failed(kindOf(status, code, rate.retryAfterMs !== undefined), asked, what.filter(Boolean).join(' '), {
    status,
    ...(code !== undefined && { code }),
    ...(requestId !== null && { requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
};

const kindOf = (status: number, code: string | undefined, namesWait: boolean): FailureKind => {
  if (status === 429 || (status === 503 && namesWait)) return 'RateLimited';
  if (status === 408 || status >= 500) return 'Unavailable';
  if (code === forbiddenByStatus) return 'Rejected';
  if (status === 401 || status === 403) return 'AccessDenied';
  // A redirect, or an error page of something that is not Okta: says nothing about the subject.
  if (status < 400 || code === undefined) return 'UnexpectedResponse';
  return status === 404 || status === 409 || status === 412 ? 'Conflict' : 'Rejected';
};

const notOkta = (status: number): string =>
  status < 400 ? '(a redirect; is orgUrl the address of the Okta org?)' : '(without an Okta error code)';

/** Whether Okta itself says that the subject is not there, rather than a proxy that the path is not. */
export const isGone = (failure: Failure): boolean =>
  failure.details.status === 404 && (failure.details.code === 'E0000007' || failure.details.code === 'E0000048');

const errorCode = (answer: Answer): string | undefined => {
  if (!isJson(answer.headers)) return undefined;
  try {
    return errorSchema.safeParse(JSON.parse(answer.text)).data?.errorCode;
  } catch {
    return undefined;
  }
};

const isJson = (headers: HeaderReader): boolean =>
  /^application\/(?:[\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '');

/** @throws Failure `UnexpectedResponse`, without the parser's message since that quotes the body. */
export const jsonOf = (asked: Asked, { status, headers, text }: Answer): unknown => {
  const requestId = headers.get('x-okta-request-id');
  const details = { status, ...(requestId !== null && { requestId }) };
  if (!isJson(headers)) throw failed('UnexpectedResponse', asked, `${status} with a body that is not JSON`, details);
  try {
    return JSON.parse(text);
  } catch {
    throw failed('UnexpectedResponse', asked, `${status} with broken JSON`, details);
  }
};

/** No answer at all, one that broke off, or one that was broken off here. */
export const unreachable = (asked: Asked, error: unknown): Failure => {
  if (error instanceof BodyTooLarge) {
    return failed('UnexpectedResponse', asked, `an answer of ${error.message}`, { code: bodyTooLarge });
  }
  const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const named = reason as { code?: unknown; name?: unknown } | null;
  const code = typeof named?.code === 'string' ? named.code : String(named?.name ?? 'unknown reason');
  return failed('Unavailable', asked, `no complete answer (${code})`, { cause: error });
};
