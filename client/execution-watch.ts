/** Looks after one workflow execution while somebody waits for it: has it ended, and if not, what keeps it? */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';

export type ExecutionState =
  | { readonly state: 'ended' | 'unknown' }
  /** `isIdle`: nothing is under way; it waits for its time, or for a signal. */
  | { readonly state: 'running'; readonly trouble?: Trouble; readonly isIdle: boolean };

/** What keeps an execution from going on. */
export type Trouble =
  /** Nobody takes up what is to be done: there is no worker, or all are busy. */
  { readonly kind: 'not-taken-up'; readonly sinceMs: number } | Retrying;

/** It failed and is tried again. */
export interface Retrying {
  readonly kind: 'retrying';
  readonly activity: string;
  /** The one that comes, or that is under way. */
  readonly attempt: number;
  /** Kind of the last failure, where the activity told one. */
  readonly failure?: string;
  readonly message: string;
  /** Absent while the attempt is under way. */
  readonly nextTryInMs?: number;
}

/** A worker that is there and not busy takes things up within milliseconds. */
const noticeAfterMs = 5_000;

export async function lookAt(client: Client, workflowId: string): Promise<ExecutionState> {
  try {
    const description = await client.workflow.getHandle(workflowId).describe();
    if (description.status.name !== 'RUNNING') return { state: 'ended' };
    const trouble = troubleIn(description.raw);
    const { pendingActivities, pendingWorkflowTask } = description.raw;
    const isIdle = !pendingWorkflowTask && (pendingActivities ?? []).length === 0;
    return { state: 'running', isIdle, ...(trouble ? { trouble } : {}) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
    throw error;
  }
}

type Raw = WorkflowExecutionDescription['raw'];

/** `PENDING_WORKFLOW_TASK_STATE_SCHEDULED` and `PENDING_ACTIVITY_STATE_SCHEDULED` of Temporal's API. */
const scheduled = 1;

function troubleIn({
  pendingWorkflowTask,
  pendingActivities,
}: Pick<Raw, 'pendingWorkflowTask' | 'pendingActivities'>): Trouble | undefined {
  const waiting: number[] = [];
  for (const activity of pendingActivities ?? []) {
    if (activity.lastFailure) return retrying(activity);
    if (activity.state === scheduled) waiting.push(epochMs(activity.scheduledTime));
  }
  if (pendingWorkflowTask?.state === scheduled) waiting.push(epochMs(pendingWorkflowTask.scheduledTime));
  const sinceMs = Date.now() - Math.min(Number.POSITIVE_INFINITY, ...waiting);
  return sinceMs > noticeAfterMs ? { kind: 'not-taken-up', sinceMs } : undefined;
}

/** Between two attempts, the time of scheduling is that of the attempt to come. */
function retrying(pending: NonNullable<Raw['pendingActivities']>[number]): Retrying {
  const { state, attempt, activityType, lastFailure, scheduledTime, nextAttemptScheduleTime } = pending;
  const failure = lastFailure?.applicationFailureInfo?.type;
  const nextTryInMs = epochMs(nextAttemptScheduleTime ?? scheduledTime) - Date.now();
  const isToCome = state === scheduled && Number.isFinite(nextTryInMs) && nextTryInMs > 0;
  return {
    kind: 'retrying',
    activity: activityType?.name ?? 'activity',
    attempt: attempt ?? 1,
    ...(failure ? { failure } : {}),
    message: lastFailure?.message ?? 'failed',
    ...(isToCome ? { nextTryInMs } : {}),
  };
}

/** Without a time nothing has waited yet. */
const epochMs = (time: { seconds?: unknown } | null | undefined): number =>
  time?.seconds === undefined || time.seconds === null ? Number.POSITIVE_INFINITY : Number(time.seconds) * 1000;
