/** What the receiver answers when it does not accept, and how anything that is thrown becomes that. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { describeAll } from './schema-problems.ts';

const statusOf = {
  'bad-request': 400,
  unauthorized: 401,
  'not-found': 404,
  'no-such-hook': 404,
  'wrong-method': 405,
  ambiguous: 409,
  'too-large': 413,
  'not-json': 415,
  'too-many': 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ProblemCode = keyof typeof statusOf;

interface More {
  readonly cause?: unknown;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Methods that there are at this path. */
  readonly allow?: readonly string[];
}

/** Message and hint are texts of ours: no value that was sent is ever in them. */
export class ReceiverProblem extends Error {
  override readonly name = 'ReceiverProblem';
  readonly code: ProblemCode;
  readonly hint: string;
  readonly retryAfter: number | undefined;
  readonly allow: readonly string[] | undefined;

  constructor(code: ProblemCode, message: string, hint: string, more: More = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = hint;
    this.retryAfter = more.retryAfter;
    this.allow = more.allow;
  }
}

const retryAfterSeconds = 5;

/** Nothing was accepted; the same may be sent again. */
export const unavailable = (message: string, hint: string, cause?: unknown): ReceiverProblem =>
  new ReceiverProblem('unavailable', message, hint, { cause, retryAfter: retryAfterSeconds });

/** @throws ReceiverProblem naming each field that is wrong, without quoting what it holds */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issues = describeAll(result.error);
  const hint = [...new Set(issues.flatMap(({ hint }) => hint ?? []))].join('; ') || 'correct the body';
  throw new ReceiverProblem('bad-request', issues.map(({ text }) => text).join('; '), hint);
}

/** @throws ReceiverProblem */
export function parseJson(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ReceiverProblem('bad-request', 'body: is no JSON', 'send one JSON object');
  }
}

export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, message, hint, retryAfter, allow, cause } = toProblem(error);
  const status = statusOf[code];
  if (status >= 500)
    request.log.error({ route: request.routeOptions.url, code, error: cause ?? error }, 'not accepted');
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  if (allow !== undefined) reply.header('allow', allow.join(', '));
  return reply.code(status).send({ error: { code, message, hint } });
}

function toProblem(error: unknown): ReceiverProblem {
  if (error instanceof ReceiverProblem) return error;
  // Fastify's own: its words may quote what was sent.
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return new ReceiverProblem('too-large', 'body: is too large', 'send less at a time');
  if (status === 415)
    return new ReceiverProblem('not-json', 'content-type: is not application/json', 'send JSON, and say so');
  if (status < 500) return new ReceiverProblem('bad-request', 'the request cannot be read', 'see the documentation');
  return new ReceiverProblem('internal', 'something went wrong in the receiver', "see the receiver's log");
}
