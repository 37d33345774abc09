import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { type FailureKind, failureKinds } from '../domain/failure.ts';
import type { Problem } from './contract.ts';

const kinds: ReadonlySet<string> = new Set(failureKinds);
const isKind = (type: string): type is FailureKind => kinds.has(type);

/**
 * What an activity failed of, as a result of the run: an unreachable vendor or a wrong name is no failure of the
 * workflow. Cancellation and bugs are not results and are thrown on.
 */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && cause.type && isKind(cause.type))
    return { kind: cause.type, message: cause.message };
  if (cause instanceof TimeoutFailure)
    return { kind: 'Unavailable', message: `${error.activityType} did not end in time` };
  throw error;
}
