import { expect, it } from 'vitest';
import { countHistory } from '../../bench/histories.ts';

type History = Parameters<typeof countHistory>[0];
type Event = NonNullable<History['events']>[number];

const history = (...events: Event[]): History => ({ events }) as History;
const started: Event = { workflowExecutionStartedEventAttributes: { workflowType: { name: 'targetSync' } } };
const signalled: Event = { workflowExecutionSignaledEventAttributes: { signalName: 'syncRequested' } };
const task: Event = { workflowTaskCompletedEventAttributes: {} };

it('bills a start with its signal as one action, a later signal as one more', () => {
  expect(countHistory(history(started, signalled, task)).actions).toBe(1);
  expect(countHistory(history(started, signalled, task, signalled)).actions).toBe(2);
});

it('bills each attempt of an activity, which leaves one event', () => {
  expect(countHistory(history(started, { activityTaskStartedEventAttributes: { attempt: 4 } })).actions).toBe(5);
});

it('bills a continue-as-new where it was decided, and not again as a start', () => {
  const continued: Event = { workflowExecutionStartedEventAttributes: { continuedExecutionRunId: 'r' } };
  expect(countHistory(history(started, { workflowExecutionContinuedAsNewEventAttributes: {} })).actions).toBe(2);
  expect(countHistory(history(continued, signalled)).actions).toBe(1);
});

it('adds up how long activities took, from being scheduled to their end', () => {
  const at = (seconds: number) => ({ seconds: seconds as never, nanos: 500_000_000 });
  const counted = countHistory(
    history(
      started,
      {
        eventId: 5 as never,
        eventTime: at(1),
        activityTaskScheduledEventAttributes: { activityType: { name: 'applyPlan' } },
      },
      { activityTaskStartedEventAttributes: { attempt: 1 } },
      { eventTime: at(3), activityTaskCompletedEventAttributes: { scheduledEventId: 5 as never } },
    ),
  );
  expect(counted).toEqual({ events: 4, actions: 2, activityMs: { applyPlan: 2_000 } });
});
