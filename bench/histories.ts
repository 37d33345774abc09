/** Events and actions of workflow executions, counted from their histories. */
import type { Client, WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

export interface HistoryCount {
  readonly events: number;
  /** As Temporal Cloud bills them, heartbeats left out: they are in no history. */
  readonly actions: number;
  /** From being scheduled to its end, added up by activity. */
  readonly activityMs: Readonly<Record<string, number>>;
}

export interface ChainCount extends HistoryCount {
  /** Executions in the chain; more than one after a continue-as-new. */
  readonly executions: number;
  readonly largestHistory: number;
}

/** Counts the execution and those that it was continued from. */
export async function countChain(client: Client, workflowId: string): Promise<ChainCount> {
  const counts: HistoryCount[] = [];
  let runId: string | undefined = (await client.workflow.getHandle(workflowId).describe()).runId;
  while (runId) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    counts.push(countHistory(history));
    runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
  }
  return {
    ...addedUp(counts),
    executions: counts.length,
    largestHistory: Math.max(...counts.map(({ events }) => events)),
  };
}

export function addedUp(counts: readonly HistoryCount[]): HistoryCount {
  const activityMs: Record<string, number> = {};
  for (const [name, ms] of counts.flatMap((count) => Object.entries(count.activityMs)))
    activityMs[name] = (activityMs[name] ?? 0) + ms;
  const total = (field: 'events' | 'actions') => counts.reduce((sum, count) => sum + count[field], 0);
  return { events: total('events'), actions: total('actions'), activityMs };
}

/** Temporal's documentation, "Temporal Cloud Actions": what is billed, by the event that shows it. */
export function countHistory({ events }: History): HistoryCount {
  const all = events ?? [];
  const activityMs: Record<string, number> = {};
  const scheduled = new Map<string, { readonly name: string; readonly at: number }>();
  let actions = 0;
  for (const [index, event] of all.entries()) {
    actions += actionsOf(event, all[index - 1]);
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (name) scheduled.set(String(event.eventId), { name, at: timeOf(event) });
    const begun = scheduled.get(String(event.activityTaskCompletedEventAttributes?.scheduledEventId));
    if (begun) activityMs[begun.name] = (activityMs[begun.name] ?? 0) + timeOf(event) - begun.at;
  }
  return { events: all.length, actions, activityMs };
}

function actionsOf(event: Event, previous: Event | undefined): number {
  if (event.workflowExecutionStartedEventAttributes)
    // The continue-as-new that led here has been counted where it was decided.
    return event.workflowExecutionStartedEventAttributes.continuedExecutionRunId ? 0 : 1;
  // Signal-with-start is one action for both.
  if (event.workflowExecutionSignaledEventAttributes)
    return previous?.workflowExecutionStartedEventAttributes && isFirstRun(previous) ? 0 : 1;
  // Retries leave one event that tells the last attempt; each attempt is billed.
  if (event.activityTaskStartedEventAttributes) return event.activityTaskStartedEventAttributes.attempt ?? 1;
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 2;
  const isOne =
    event.timerStartedEventAttributes ??
    event.upsertWorkflowSearchAttributesEventAttributes ??
    event.workflowExecutionContinuedAsNewEventAttributes ??
    event.workflowExecutionUpdateAcceptedEventAttributes ??
    event.signalExternalWorkflowExecutionInitiatedEventAttributes ??
    event.markerRecordedEventAttributes;
  return isOne ? 1 : 0;
}

const isFirstRun = ({ workflowExecutionStartedEventAttributes: started }: Event): boolean =>
  !started?.continuedExecutionRunId;

const timeOf = ({ eventTime }: Event): number =>
  Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
