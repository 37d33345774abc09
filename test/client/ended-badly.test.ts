import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure, TerminatedFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { endedBadly } from '../../client/ended-badly.ts';

const failedBy = (cause: Error) =>
  endedBadly('check/1', new WorkflowFailedError('Workflow execution failed', cause, 'NON_RETRYABLE_FAILURE'));
const activityFailed = (type: string, message: string) =>
  new ActivityFailure(
    'Activity task failed',
    'checkSystems',
    '1',
    'NON_RETRYABLE_FAILURE',
    'worker',
    ApplicationFailure.create({ type, message }),
  );

test('a run that failed in an activity is told with what the activity said, not with what Temporal calls it', () => {
  const { code, message } = failedBy(activityFailed('AccessDenied', 'okta: list groups failed: 403'));
  expect({ code, message }).toEqual({
    code: 'run-failed',
    message: 'check/1 did not end well: AccessDenied: okta: list groups failed: 403',
  });
});

test('a wrong configuration is told as one', () => {
  expect(failedBy(activityFailed('Misconfigured', 'no target "clowd"'))).toMatchObject({ code: 'misconfigured' });
});

test('a run that somebody ended is told with what Temporal says', () => {
  expect(failedBy(new TerminatedFailure('by an operator')).message).toContain('by an operator');
});
