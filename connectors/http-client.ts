/** JSON over HTTP for vendors without an SDK: sends, checks what comes back, tells failures in the domain's words. */
import type { z } from 'zod';
import type { Deadline, Pacer, RateAnswer } from '../domain/directory.ts';
import { Failure, type FailureDetails, type FailureKind } from '../domain/failure.ts';
import { attempt } from './attempt.ts';
import { bodyTooLarge, defaultMaxBodyBytes, readText } from './body-text.ts';
import { readRateAnswer } from './retry-after.ts';

export interface HttpClientOptions {
  /** Who is asked, as messages tell it: a target's name. */
  readonly system: string;
  /** The pacer's bucket that all requests count against. */
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Sent with every request: authorization and media types. */
  readonly headers: Readonly<Record<string, string>>;
  readonly pacer: Pacer;
  readonly timeoutMs: number;
  /** A longer body, unpacked, is refused with the code `body-too-large`. Default: 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Takes the vendor's own code and request id from an error's body; free text stays out, for it can hold addresses. */
  readonly readError?: (body: unknown) => Pick<FailureDetails, 'code' | 'requestId'>;
  /** What an operator can do about a status. */
  readonly hints?: Readonly<Record<number, string>>;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** After the base URL, its parts percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** A verb phrase without personal data: `create account`. */
  readonly operation: string;
  /** Immutable id of what it is about. */
  readonly subject?: string;
  readonly signal?: AbortSignal | undefined;
  /** For whatever is no GET. */
  readonly sendBefore?: Deadline | undefined;
}

export interface Answer<T> {
  readonly value: T;
  readonly requestId?: string;
  /** The vendor's clock, epoch milliseconds. */
  readonly vendorTime?: number;
}

export interface HttpClient {
  /** For answers that are needed. @throws Failure */
  json<T>(call: Call, schema: z.ZodType<T>): Promise<Answer<T>>;
  /** For answers of which only the success matters: a long body is not read to its end. @throws Failure */
  done(call: Call): Promise<Answer<undefined>>;
}

/** An ignored body up to this size is read, so that its connection can be used again. */
const drainBytes = 128 * 1024;

export const createHttpClient = (options: HttpClientOptions): HttpClient => {
  const paced = <T>(call: Call, receive: (response: Response) => Promise<T>): Promise<Answer<T>> =>
    attempt(
      {
        pacer: options.pacer,
        bucket: options.bucket,
        isRead: call.method === 'GET',
        timeoutMs: options.timeoutMs,
        signal: call.signal,
        sendBefore: call.sendBefore,
        about: aboutOf(options, call),
      },
      async (signal) => {
        const response = await request(options, call, signal);
        const now = Date.now();
        const rate = readRateAnswer(response.status, response.headers, now);
        options.pacer.learn(options.bucket, rate);
        if (!response.ok) throw await refusal(options, call, response, waitOf(rate, now));
        const value = await receive(response);
        const requestId = requestIdOf(response);
        const vendorTime = Date.parse(response.headers.get('date') ?? '');
        return { value, ...(requestId && { requestId }), ...(Number.isFinite(vendorTime) && { vendorTime }) };
      },
    );

  return {
    json: (call, schema) => paced(call, (response) => readJson(options, call, response, schema)),
    done: (call) =>
      paced(call, async (response) => {
        if (response.status !== 204) requireJson(options, call, response);
        await drain(response);
        return undefined;
      }),
  };
};

/** A vendor without `Retry-After` tells the end of the window in which it refuses. */
const waitOf = ({ status, retryAfterMs, resetAt }: RateAnswer, now: number): number | undefined =>
  retryAfterMs ?? (status === 429 && resetAt !== undefined ? resetAt - now : undefined);

/** Whether the vendor answered 404, which a connector may know to mean "no such thing". */
export const isNotFound = (error: unknown): error is Failure =>
  error instanceof Failure && error.details.status === 404;

const aboutOf = ({ system }: HttpClientOptions, { operation, subject }: Call) => ({
  system,
  operation,
  ...(subject !== undefined && { subject }),
});

const failure = (options: HttpClientOptions, call: Call, kind: FailureKind, what: string, details: FailureDetails) => {
  const subject = call.subject === undefined ? '' : ` ${call.subject}`;
  const message = `${options.system}: ${call.operation}${subject}: ${what}`;
  return new Failure(kind, message, { ...aboutOf(options, call), ...details });
};

/** Before these, no byte of the request left this machine. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const request = async (options: HttpClientOptions, call: Call, signal: AbortSignal): Promise<Response> => {
  const url = new URL(options.baseUrl + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value));
  try {
    return await fetch(url, {
      method: call.method,
      headers: options.headers,
      // A redirect would carry the key to wherever it points.
      redirect: 'manual',
      signal,
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw networkFailure(options, call, error);
  }
};

/** The cause itself stays out: a parser's error carries the bytes it choked on. */
const networkFailure = (options: HttpClientOptions, call: Call, error: unknown): Failure => {
  const code = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : undefined) ?? 'connection lost';
  return failure(options, call, 'Unavailable', `no answer (${code})`, {
    code,
    ...(neverSent.has(code) && { effectUnknown: false }),
  });
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** 404 is a `Conflict`: somebody thought that there was something. Whoever expects absence asks `isNotFound`. */
const kindOf = (status: number): FailureKind => {
  if (status === 401 || status === 403) return 'AccessDenied';
  if (status === 404 || status === 409 || status === 412) return 'Conflict';
  if (status === 429) return 'RateLimited';
  if (status === 408 || status >= 500) return 'Unavailable';
  return status >= 400 ? 'Rejected' : 'UnexpectedResponse';
};

const refusal = async (
  options: HttpClientOptions,
  call: Call,
  response: Response,
  retryAfterMs: number | undefined,
): Promise<Failure> => {
  const { status } = response;
  const text = await readText(response, drainBytes).catch(() => undefined);
  const body = isJson(response) ? parse(text) : undefined;
  const { code, requestId = requestIdOf(response) } = options.readError?.(body) ?? {};
  // A gateway's page about an unknown address says nothing about the thing that was asked for.
  const isForeign = status === 404 && text !== '' && body === undefined;
  const hint = options.hints?.[status];
  const what = `${status}${code ? ` ${code}` : ''}${isForeign ? ' without JSON' : ''}${hint ? ` (${hint})` : ''}`;
  return failure(options, call, isForeign ? 'UnexpectedResponse' : kindOf(status), what, {
    ...(isForeign ? {} : { status }),
    ...(code && { code }),
    ...(requestId && { requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
};

const readJson = async <T>(
  options: HttpClientOptions,
  call: Call,
  response: Response,
  schema: z.ZodType<T>,
): Promise<T> => {
  requireJson(options, call, response);
  const text = await readText(response, options.maxBodyBytes ?? defaultMaxBodyBytes).catch((error: unknown) => {
    throw networkFailure(options, call, error);
  });
  const details = { status: response.status, ...requestIdDetail(response) };
  if (text === undefined) {
    throw failure(options, call, 'UnexpectedResponse', 'the answer is too large', { ...details, code: bodyTooLarge });
  }
  const body = parse(text);
  // The parser's own message quotes the text, which may hold addresses.
  if (body === undefined) throw failure(options, call, 'UnexpectedResponse', 'the answer is not valid JSON', details);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 3).map(({ path, code }) => `${path.join('.') || 'answer'}: ${code}`);
  throw failure(options, call, 'UnexpectedResponse', `the answer has another shape (${issues.join(', ')})`, details);
};

const isJson = (response: Response): boolean =>
  /^application\/([\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '');

const requireJson = (options: HttpClientOptions, call: Call, response: Response): void => {
  if (isJson(response)) return;
  void response.body?.cancel().catch(() => undefined);
  const type = response.headers.get('content-type')?.split(';')[0] ?? 'no content type';
  throw failure(options, call, 'UnexpectedResponse', `${response.status} with ${type} instead of JSON`, {
    status: response.status,
    ...requestIdDetail(response),
  });
};

/** The status has told the effect already; what happens to the rest of the answer does not matter. */
const drain = async (response: Response): Promise<void> => {
  await readText(response, drainBytes).catch(() => undefined);
};

const parse = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

const requestIdOf = ({ headers }: Response): string | undefined =>
  headers.get('atl-traceid') ?? headers.get('atl-request-id') ?? headers.get('x-request-id') ?? undefined;

const requestIdDetail = (response: Response): Pick<FailureDetails, 'requestId'> => {
  const requestId = requestIdOf(response);
  return requestId ? { requestId } : {};
};
