/** Looks after one workflow execution while somebody waits for it: has it ended, and if not, what keeps it? */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';

export type ExecutionState =
  | { readonly state: 'ended' | 'unknown' }
  | { readonly state: 'running'; readonly trouble?: Trouble };

/** What keeps an execution from going on. */
export type Trouble =
  /** Nobody takes up what is to be done: there is no worker, or all are busy. */
  | { readonly kind: 'not-taken-up'; readonly sinceMs: number }
  /** It failed and is tried again. */
  | { readonly kind: 'retrying'; readonly activity: string; readonly attempt: number; readonly message: string };

/** A worker that is there and not busy takes things up within milliseconds. */
const noticeAfterMs = 5_000;

export async function lookAt(client: Client, workflowId: string): Promise<ExecutionState> {
  try {
    const description = await client.workflow.getHandle(workflowId).describe();
    if (description.status.name !== 'RUNNING') return { state: 'ended' };
    const trouble = troubleIn(description.raw);
    return trouble ? { state: 'running', trouble } : { state: 'running' };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
    throw error;
  }
}

type Raw = WorkflowExecutionDescription['raw'];

/** `PENDING_WORKFLOW_TASK_STATE_SCHEDULED` and `PENDING_ACTIVITY_STATE_SCHEDULED` of Temporal's API. */
const scheduled = 1;

function troubleIn({ pendingWorkflowTask, pendingActivities }: Raw): Trouble | undefined {
  const waiting: number[] = [];
  for (const { state, attempt, activityType, lastFailure, scheduledTime } of pendingActivities ?? []) {
    if (lastFailure) {
      const message = lastFailure.message ?? 'failed';
      return { kind: 'retrying', activity: activityType?.name ?? 'activity', attempt: attempt ?? 1, message };
    }
    if (state === scheduled) waiting.push(epochMs(scheduledTime));
  }
  if (pendingWorkflowTask?.state === scheduled) waiting.push(epochMs(pendingWorkflowTask.scheduledTime));
  const sinceMs = Date.now() - Math.min(Number.POSITIVE_INFINITY, ...waiting);
  return sinceMs > noticeAfterMs ? { kind: 'not-taken-up', sinceMs } : undefined;
}

/** Without a time nothing has waited yet. */
const epochMs = (time: { seconds?: unknown } | null | undefined): number =>
  time?.seconds === undefined || time.seconds === null ? Number.POSITIVE_INFINITY : Number(time.seconds) * 1000;
