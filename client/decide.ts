/** Sends a decision to the workflow in which a target's changes wait, which is started if none waits yet. */

import { type Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  type ApprovalInput,
  type ApprovalResult,
  approveUpdate,
  type Decision,
  type DecisionResult,
  rejectUpdate,
  searchAttributes,
  taskQueues,
  workflowIds,
} from '../workflows/contract.ts';
import { ClientError } from './client-error.ts';

/** @throws ClientError `refused` with what is wrong with the decision */
export async function sendDecision(
  client: Client,
  target: string,
  decision: Decision,
  approves: boolean,
): Promise<DecisionResult> {
  const input: ApprovalInput = { target };
  const start = new WithStartWorkflowOperation<(given: ApprovalInput) => Promise<ApprovalResult>>('approval', {
    workflowId: workflowIds.approval(target),
    taskQueue: taskQueues.workflows,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    typedSearchAttributes: [{ key: searchAttributes.target, value: target }],
    staticSummary: `Decision about changes of ${target}`,
  });
  try {
    return await client.workflow.executeUpdateWithStart(approves ? approveUpdate : rejectUpdate, {
      startWorkflowOperation: start,
      args: [decision],
      updateId: decision.requestId,
    });
  } catch (error) {
    throw refusalIn(error) ?? error;
  }
}

function refusalIn(error: unknown): ClientError | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ApplicationFailure)
      return new ClientError('refused', cause.message, 'nothing was decided; `lockstep plans` lists what waits', error);
  return undefined;
}
