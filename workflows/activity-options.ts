/** Time limits and retries by class of work; the only place that sets them. */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { taskQueues } from './contract.ts';

/** Records in the store: short, and tried until the database is back. */
const record: ActivityOptions = {
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
};

/**
 * Reading a side or carrying out a plan: minutes to an hour, heartbeating, so that a dead worker is noticed in 30 s.
 * A vendor that stays away for an hour is a result of the run, and the next run tries again.
 */
const bulk: ActivityOptions = {
  taskQueue: taskQueues.bulk,
  startToCloseTimeout: '6h',
  scheduleToCloseTimeout: '7h',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '2s', maximumInterval: '1m', maximumAttempts: 60 },
};

/**
 * Somebody's access ends now: short beats, and another try within ten seconds, for as long as it takes. After a hiccup it
 * goes on at once; what stays away is soon asked no more often than that, since each try repeats its requests by itself.
 */
const urgent: ActivityOptions = {
  taskQueue: taskQueues.urgent,
  startToCloseTimeout: '2m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '200ms', backoffCoefficient: 3, maximumInterval: '10s' },
};

/** One person's news: minutes at most, then it is told as it is, and the next run of everybody goes on with it. */
const event: ActivityOptions = {
  taskQueue: taskQueues.event,
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '15m',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
};

/** A reading that goes on for minutes, and is taken up again wherever it was cut off; Okta may be away for long. */
const following: ActivityOptions = {
  taskQueue: taskQueues.event,
  startToCloseTimeout: '15m',
  heartbeatTimeout: '20s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
};

/** Somebody waits for the answer: give up early. */
const prompt: ActivityOptions = {
  ...bulk,
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '1s', maximumAttempts: 3 },
};

/** The end of a run settles what became of each change: a statement over a whole plan may take its time. */
const ending: ActivityOptions = { ...record, startToCloseTimeout: '10m', scheduleToCloseTimeout: '2h' };

/** Somebody waits for the answer, and a refusal is one: only what is away is tried again. */
const decision: ActivityOptions = {
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '1s', maximumInterval: '10s' },
};

export const decisions = proxyActivities<Activities>(decision);
export const endings = proxyActivities<Activities>(ending);
export const records = proxyActivities<Activities>(record);
export const urgentWork = proxyActivities<Activities>(urgent);
/** While Okta is away all that wait for it go on asking, beside those who lose access at the targets meanwhile. */
export const urgentAtOkta = proxyActivities<Activities>({
  ...urgent,
  retry: { ...urgent.retry, maximumInterval: '30s' },
});
export const urgentRecords = proxyActivities<Activities>({
  taskQueue: taskQueues.urgent,
  startToCloseTimeout: '30s',
  retry: { initialInterval: '100ms', maximumInterval: '10s' },
});
export const eventWork = proxyActivities<Activities>(event);
export const followingWork = proxyActivities<Activities>(following);
export const bulkWork = proxyActivities<Activities>(bulk);
export const promptWork = proxyActivities<Activities>(prompt);
