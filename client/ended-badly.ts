import type { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { FailureKind } from '../domain/failure.ts';
import { ClientError } from './client-error.ts';

/** The reason in words. What an activity failed with stands below Temporal's own "Activity task failed". */
export function endedBadly(workflowId: string, error: WorkflowFailedError): ClientError {
  const cause = error.cause instanceof ActivityFailure ? (error.cause.cause ?? error.cause) : error.cause;
  const kind = cause instanceof ApplicationFailure && cause.type ? cause.type : undefined;
  const reason = `${kind === undefined ? '' : `${kind}: `}${cause?.message ?? error.message}`;
  const message = `${workflowId} did not end well: ${reason}`;
  if (kind === ('Misconfigured' satisfies FailureKind))
    return new ClientError('misconfigured', message, 'correct lockstep.yaml and restart the worker', error);
  return new ClientError('run-failed', message, 'look at it in the Temporal UI; it tells where and why', error);
}
