/** The one place where failures become Temporal's. Workflows decide on `type`, which is the failure's kind. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure, TemporalFailure } from '@temporalio/common';
import pg from 'pg';
import { Failure, type FailureKind, isTransient } from '../domain/failure.ts';
import type { Log } from './dependencies.ts';

/** A delay of 0 would end the retries. */
const shortestRetryMs = 1_000;

/** An answer that made no sense may have been a proxy's bad moment, and a bug may be of the moment: a few tries. */
const triesOfTheInexplicable = 5;

const isRetryable = (kind: FailureKind, attempt: number): boolean =>
  isTransient(kind) || (kind === 'UnexpectedResponse' && attempt < triesOfTheInexplicable);

function toApplicationFailure(failure: Failure, attempt: number): ApplicationFailure {
  const { kind, message, details } = failure;
  const { cause: _cause, retryAfterMs, ...evidence } = details;
  return ApplicationFailure.create({
    type: kind,
    message,
    nonRetryable: !isRetryable(kind, attempt),
    details: [evidence],
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: Math.max(shortestRetryMs, retryAfterMs) }),
    ...(kind === 'RateLimited' ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}

/**
 * Classes and codes of PostgreSQL ("Appendix A. Error Codes") that another moment mends: connections, a standby that is
 * read-only until the failover is over, a password that is being replaced, locks, resources, an operator, the disk.
 */
const passing = /^(08|25006|28|40|53|55P03|57|58)/;

/** Database errors quote values in their texts; the SQLSTATE alone tells what happened. */
function fromDatabase(error: pg.DatabaseError): Failure {
  const kind = passing.test(error.code ?? '') ? 'Unavailable' : 'UnexpectedResponse';
  return new Failure(kind, `store: database error ${error.code ?? 'unknown'}`, { system: 'store', cause: error });
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

const isLostConnection = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && typeof error.code === 'string' && connectionCodes.has(error.code)) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      error.message,
    ));

/** Anything raised on the way, as a `Failure` where its meaning is known. */
export function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (error instanceof pg.DatabaseError) return fromDatabase(error);
  if (isLostConnection(error))
    return new Failure('Unavailable', 'store: the database cannot be reached', { system: 'store', cause: error });
  return undefined;
}

type AnyActivities = Record<string, (...args: never[]) => Promise<unknown>>;

/** Wraps every activity, so that only `ApplicationFailure`s without personal data leave the process. */
export function translateFailures<T extends AnyActivities>(activities: T, log: Log): T {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        throw translate(error, name, log);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

function translate(error: unknown, activity: string, log: Log): unknown {
  if (error instanceof TemporalFailure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new CancelledFailure(`${activity} was cancelled`);
  const failure = asFailure(error);
  const { attempt, workflowExecution } = activityInfo();
  log.warn({ activity, attempt, workflowId: workflowExecution?.workflowId, error }, 'activity failed');
  if (failure) return toApplicationFailure(failure, attempt);
  // A bug, under its own name. Its text may quote data, so it stays in the log.
  const type = error instanceof Error ? error.name : 'Error';
  return ApplicationFailure.create({
    type,
    message: `${type} in ${activity}: see the worker's log`,
    nonRetryable: attempt >= triesOfTheInexplicable,
  });
}
