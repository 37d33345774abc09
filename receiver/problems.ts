/** What the receiver answers when it does not accept, and how anything that is thrown becomes that. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

const statusOf = {
  'bad-request': 400,
  unauthorized: 401,
  'not-found': 404,
  ambiguous: 409,
  'too-large': 413,
  'not-json': 415,
  'too-many': 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ProblemCode = keyof typeof statusOf;

/** Message and hint are texts of ours: nothing that was sent is ever in them. */
export class ReceiverProblem extends Error {
  override readonly name = 'ReceiverProblem';
  readonly code: ProblemCode;
  readonly hint: string;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(code: ProblemCode, message: string, hint: string, more: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = hint;
    this.retryAfter = more.retryAfter;
  }
}

const retryAfterSeconds = 5;

/** Nothing was accepted; the same may be sent again. */
export const unavailable = (message: string, hint: string, cause?: unknown): ReceiverProblem =>
  new ReceiverProblem('unavailable', message, hint, { cause, retryAfter: retryAfterSeconds });

/** @throws ReceiverProblem naming each field that is wrong, without quoting it */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap((issue) => describe(issue));
  const hint = [...new Set(issues.flatMap(({ hint }) => hint ?? []))].join('; ') || 'correct the body';
  throw new ReceiverProblem('bad-request', issues.map(({ text }) => text).join('; '), hint);
}

interface Described {
  readonly text: string;
  readonly hint?: string;
}

/** zod's own words quote names of unknown fields, which may be anything. */
function describe(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): Described[] {
  const path = [...above, ...issue.path];
  const where = path.join('.') || 'body';
  if (issue.code === 'unrecognized_keys')
    return [{ text: `${where}: has fields that are not known here`, hint: 'remove what the schema does not name' }];
  if (issue.code === 'invalid_union') {
    // Whoever chose one of the forms is told what is wrong with that one.
    const [chosen, ...others] = issue.errors.filter((branch) => branch.every(hasRightFields));
    if (chosen && others.length === 0) return chosen.flatMap((one) => describe(one, path));
  }
  const [message = '', hint] = issue.message.split('\n');
  return [{ text: `${where}: ${message}`, ...(hint === undefined ? {} : { hint }) }];
}

const hasRightFields = ({ code }: z.core.$ZodIssue): boolean => code !== 'unrecognized_keys' && code !== 'invalid_type';

/** @throws ReceiverProblem */
export function parseJson(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ReceiverProblem('bad-request', 'body: is no JSON', 'send one JSON object');
  }
}

export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, message, hint, retryAfter, cause } = toProblem(error);
  const status = statusOf[code];
  if (status >= 500)
    request.log.error({ route: request.routeOptions.url, code, error: cause ?? error }, 'not accepted');
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
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
