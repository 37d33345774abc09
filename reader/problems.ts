/** What the reader answers when it cannot answer, and how anything that is thrown becomes that. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import pg from 'pg';
import type { z } from 'zod';
import { ConfigError } from '../config/problems.ts';
import { isFailure } from '../domain/failure.ts';
import type { ErrorBody, ErrorCode } from './api.ts';

const statusOf: Readonly<Record<ErrorCode, number>> = {
  'bad-request': 400,
  unauthorized: 401,
  'not-found': 404,
  'not-read-yet': 409,
  misconfigured: 422,
  internal: 500,
  unavailable: 503,
};

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export const notFound = (what: string, hint: string): ApiProblem => new ApiProblem('not-found', what, hint);

/** @throws ApiProblem naming each field that is wrong, without quoting it */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`);
  throw new ApiProblem('bad-request', problems.join('; '), 'correct the request');
}

export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, problem } = problemAnswer(error, request);
  const body: ErrorBody = { error: problem };
  return reply.code(status).send(body);
}

/** What is answered, whatever its form; what is the reader's own trouble is logged. */
export function problemAnswer(
  error: unknown,
  request: FastifyRequest,
): { status: number; problem: ErrorBody['error'] } {
  const { code, message, hint } = toProblem(error);
  if (code === 'internal' || code === 'unavailable')
    request.log.error({ route: request.routeOptions.url, error }, 'request failed');
  return { status: statusOf[code], problem: { code, message, hint } };
}

function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof ConfigError)
    return new ApiProblem('misconfigured', error.message, "correct the reader's lockstep.yaml");
  if (isFailure(error)) {
    const code = error.kind === 'Misconfigured' ? 'misconfigured' : 'unavailable';
    return new ApiProblem(code, error.message, 'run `lockstep check`; it tells what is wrong and what to do');
  }
  if (isDatabaseAway(error))
    return new ApiProblem(
      'unavailable',
      'the database cannot be reached',
      'see that PostgreSQL runs, and DATABASE_URL',
    );
  if (isClientFault(error)) return new ApiProblem('bad-request', 'the request cannot be read', 'correct the request');
  return new ApiProblem('internal', 'something went wrong in the reader', "see the reader's log");
}

/** Fastify's own: a body that is too large or no JSON, an address that cannot be decoded. */
const isClientFault = (error: unknown): boolean =>
  error instanceof Error && 'statusCode' in error && Number(error.statusCode) >= 400 && Number(error.statusCode) < 500;

const isDatabaseAway = (error: unknown): boolean =>
  error instanceof pg.DatabaseError
    ? /^(08|53|57P)/.test(error.code ?? '')
    : error instanceof Error &&
      (('code' in error && /^E[A-Z_]+$/.test(String(error.code)) && 'syscall' in error) ||
        /Connection terminated|timeout exceeded when trying to connect/.test(error.message));
