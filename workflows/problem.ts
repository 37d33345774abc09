import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { type FailureKind, failureKinds } from '../domain/failure.ts';
import type { Problem } from './contract.ts';

const kinds: ReadonlySet<string> = new Set(failureKinds);
const isKind = (type: string): type is FailureKind => kinds.has(type);

/** What kept a run from its end, and whether that is a result of it or has to be thrown on once it is recorded. */
export interface Ending {
  readonly problem: Problem;
  /** Set for cancellation and for bugs: neither may look like a run that ended by itself. */
  readonly rethrow?: unknown;
}

/** An unreachable vendor or a wrong name is a result of a run, not a failure of the workflow. */
export function endingOf(error: unknown): Ending {
  if (isCancellation(error))
    return {
      problem: { kind: 'Unavailable', message: 'cancelled by an operator; the next run goes on from how things are' },
      rethrow: error,
    };
  if (!(error instanceof ActivityFailure)) throw error;
  const { cause, activityType } = error;
  if (cause instanceof ApplicationFailure && cause.type && isKind(cause.type))
    return { problem: { kind: cause.type, message: cause.message } };
  if (cause instanceof TimeoutFailure)
    return { problem: { kind: 'Unavailable', message: `${activityType} did not end in time` } };
  const bug = cause instanceof ApplicationFailure ? cause.type : cause?.name;
  return {
    problem: { kind: 'UnexpectedResponse', message: `${bug} in ${activityType}: see the worker's log` },
    rethrow: error,
  };
}
