/** The schedules: full syncs as lockstep.yaml describes them, and every minute a look at what has come due. */
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import type { Schedule } from '../config/config.ts';
import { keepCatchingUp } from '../temporal/ask.ts';
import { dueWorkScheduleId, fullSyncScheduleId, taskQueues, workflowIds } from '../workflows/contract.ts';
import { ClientError } from './client-error.ts';

export interface ScheduleView {
  readonly id: string;
  readonly isPaused: boolean;
  /** Why it is paused, or the last word of whoever changed it. */
  readonly note?: string;
  /** `every 15m`, or the cron expression as Temporal understood it. */
  readonly when: string;
  readonly nextRuns: readonly string[];
  readonly lastRuns: readonly { readonly at: string; readonly workflowId: string }[];
}

/** By this note a pause is known to be the configuration's, which may lift it again; what an operator said stays. */
const pausedByConfiguration = 'paused by lockstep.yaml';
const shown = 5;

/**
 * Creates the schedules, or brings the existing ones in line, and has Okta's log followed where the configuration says so.
 * Repeating it changes nothing.
 */
export async function applySchedule(
  client: Client,
  schedule: Schedule,
  { followsLog }: { readonly followsLog: boolean },
): Promise<ScheduleView> {
  const wanted = optionsOf(schedule);
  try {
    const note = schedule.isPaused ? { note: pausedByConfiguration } : {};
    await client.schedule.create({ ...wanted, state: { paused: schedule.isPaused, ...note } });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule
      .getHandle(fullSyncScheduleId)
      .update((existing) => ({ ...wanted, state: stateAfter(existing, schedule) }));
  }
  await applyDueWork(client);
  // From then on the look at what is due sees to it.
  if (followsLog) await keepCatchingUp(client);
  return showSchedule(client);
}

/**
 * It goes on while full syncs are paused: notices are told, and what a run by hand left over is followed up. `lockstep
 * pause` stops a target, and whoever paused this schedule itself has their word.
 */
async function applyDueWork(client: Client): Promise<void> {
  try {
    await client.schedule.create(dueWork);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(dueWorkScheduleId).update(({ state }) => ({
      ...dueWork,
      state: { paused: state.paused, ...(state.note ? { note: state.note } : {}) },
    }));
  }
}

// A run that is missed is not made up for: the next one does the same and more.
const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' } as const;

const dueWork = {
  scheduleId: dueWorkScheduleId,
  spec: { intervals: [{ every: '1 minute' }] },
  action: {
    type: 'startWorkflow',
    workflowType: 'dueWork',
    workflowId: workflowIds.dueWork('scheduled'),
    taskQueue: taskQueues.workflows,
    args: [],
    staticSummary: 'What has come due, by schedule',
  },
  policies,
} satisfies ScheduleOptions;

function stateAfter({ state }: ScheduleDescription, { isPaused }: Schedule): ScheduleUpdateOptions['state'] {
  const { paused, note } = state;
  // Whoever pauses or lets it go on leaves a note; a restart must not take that back.
  const isOperators = note === undefined || note === '' ? paused : note !== pausedByConfiguration;
  if (isOperators) return { paused, ...(note === undefined ? {} : { note }) };
  return isPaused ? { paused: true, note: pausedByConfiguration } : { paused: false };
}

const optionsOf = (schedule: Schedule) =>
  ({
    scheduleId: fullSyncScheduleId,
    spec:
      'everyMs' in schedule
        ? { intervals: [{ every: schedule.everyMs }] }
        : // Temporal turns the expression into a calendar; what stands after # is kept to be shown.
          { cronExpressions: [`${schedule.cron} #${schedule.cron}`], timezone: schedule.timezone },
    action: {
      type: 'startWorkflow',
      workflowType: 'fullSync',
      // Temporal appends the time of the run.
      workflowId: workflowIds.fullSync('scheduled'),
      taskQueue: taskQueues.workflows,
      args: [{}],
      staticSummary: 'Full sync by schedule',
    },
    policies,
  }) satisfies ScheduleOptions;

export async function showSchedule(client: Client): Promise<ScheduleView> {
  const { scheduleId, state, spec, info } = await withSchedule(client, (handle) => handle.describe());
  const every = spec.intervals?.at(0)?.every;
  return {
    id: scheduleId,
    isPaused: state.paused,
    ...(state.note === undefined || state.note === '' ? {} : { note: state.note }),
    when: every === undefined ? describeCalendar(spec) : `every ${formatMs(every)}`,
    nextRuns: state.paused ? [] : info.nextActionTimes.slice(0, shown).map((at) => at.toISOString()),
    lastRuns: info.recentActions.slice(-shown).map(({ takenAt, action }) => ({
      at: takenAt.toISOString(),
      workflowId: action.workflow.workflowId,
    })),
  };
}

export const pauseSchedule = (client: Client, reason: string): Promise<void> =>
  withSchedule(client, (handle) => handle.pause(reason));

export const unpauseSchedule = (client: Client, reason: string): Promise<void> =>
  withSchedule(client, (handle) => handle.unpause(reason));

/** Starts a run now, unless one is under way. */
export const triggerSchedule = (client: Client): Promise<void> =>
  withSchedule(client, (handle) => handle.trigger(ScheduleOverlapPolicy.SKIP));

async function withSchedule<T>(client: Client, work: (handle: ScheduleHandle) => Promise<T>): Promise<T> {
  try {
    return await work(client.schedule.getHandle(fullSyncScheduleId));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new ClientError(
      'not-found',
      'there is no schedule of full syncs',
      '`lockstep schedule apply` creates it',
      error,
    );
  }
}

function describeCalendar({ calendars, timezone }: ScheduleDescription['spec']): string {
  const [first] = calendars ?? [];
  const zone = timezone === undefined || timezone === '' ? 'UTC' : timezone;
  return first?.comment ? `${first.comment} (${zone})` : `by calendar (${zone})`;
}

function formatMs(ms: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const)
    if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms / 1000}s`;
}
