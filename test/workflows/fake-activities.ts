import { translateFailures } from '../../activities/failure.ts';
import type { Activities } from '../../activities/index.ts';
import { noOutcomes, type PlanCounts } from '../../workflows/contract.ts';

export interface Call {
  readonly activity: keyof Activities;
  readonly input: unknown;
}

export interface FakeActivities {
  /** For a worker; failures leave them translated as those of the real ones do. */
  readonly activities: Activities;
  /** What the workflows asked for, in order; repeats after a failure included. */
  readonly calls: readonly Call[];
  /** The inputs of one activity's calls. */
  inputsOf<Name extends keyof Activities>(activity: Name): Parameters<Activities[Name]>[0][];
  /** Replaces what some of them do, and forgets the calls. The others find nothing to do. */
  become(behaviours?: Partial<Activities>): void;
}

const silent = { info() {}, warn() {}, error() {} };

/** Changes of each plan. */
const planned = new Map<string, number>();

const idle: Activities = {
  beginRun: async () => {},
  enterPhase: async () => {},
  endRun: async () => noOutcomes,
  observeSource: async () => ({ snapshot: 'source-1', people: 3, groups: 2, groupsRead: 1, missing: 0 }),
  observeTarget: async () => ({ snapshot: 'target-1', accounts: 3, groups: 1 }),
  planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 0, attention: 0 }),
  // Lets through whatever was planned.
  guardPlan: async ({ planId }) => ({ free: planned.get(planId) ?? 0, stopped: 0, stoppedBy: {} }),
  recordDecision: async ({ approves, decision: { requestId } }) =>
    approves ? { state: 'approved', signers: [], requestId } : { state: 'rejected', signers: [] },
  expireApproval: async () => {},
  observeChanges: async () => ({ people: 0, groups: 0, groupsRead: 0, changed: 0, marked: {} }),
  verifyGroups: async () => ({ groups: 0, unread: 0, lost: 0, repaired: 0, notKept: 0 }),
  applyPlan: async () => ({ done: 0, hasMore: false }),
  startTargetSyncs: async ({ targets }) => targets ?? ['cloud', 'jira'],
  askForDueWork: async () => ({ targets: [] }),
  sendNotices: async () => ({ told: 0, failed: 0 }),
  runCommand: async () => ({ state: 'done', targets: [] }),
  observePerson: async () => ({ targets: ['cloud', 'jira'] }),
  observeGroup: async () => ({ targets: ['cloud', 'jira'] }),
  followEvents: async () => ({ state: 'switched-off', people: 0, groups: 0, together: 0 }),
  askForDelta: async () => {},
  markNews: async () => {},
  settleGroupNews: async () => {},
  syncPersonAtTarget: async ({ target }) => ({ target, state: 'in-step', outcomes: noOutcomes }),
  advanceOffboarding: async () => ({ state: 'none', targets: ['cloud', 'jira'] }),
  offboardAtOkta: async () => ({ state: 'done' }),
  offboardAtTarget: async () => ({ state: 'done' }),
  endOffboarding: async () => {},
  targetNames: async () => ['cloud', 'jira'],
  checkSystems: async () => ({ results: [] }),
};

function remembered(result: unknown): unknown {
  const { planId, changes } = result as PlanCounts;
  planned.set(planId, changes);
  return result;
}

/** Activities that only remember what they were asked for, so that workflows can be watched alone. */
export function fakeActivities(): FakeActivities {
  let behaviours: Partial<Activities> = {};
  let calls: Call[] = [];
  const remembering = <Name extends keyof Activities>(activity: Name): Activities[Name] => {
    const run = (input: never) => {
      calls.push({ activity, input });
      const behaviour = (behaviours[activity] ?? idle[activity]) as (input: never) => Promise<unknown>;
      return activity === 'planTarget' ? behaviour(input).then(remembered) : behaviour(input);
    };
    return run as Activities[Name];
  };
  const names = Object.keys(idle) as (keyof Activities)[];
  const all = Object.fromEntries(names.map((name) => [name, remembering(name)])) as unknown as Activities;
  return {
    activities: translateFailures(all, silent),
    get calls() {
      return calls;
    },
    inputsOf: <Name extends keyof Activities>(activity: Name) =>
      calls.filter((call) => call.activity === activity).map(({ input }) => input as Parameters<Activities[Name]>[0]),
    become(next = {}) {
      behaviours = next;
      calls = [];
    },
  };
}

/** A place in an activity where a test holds it. */
export interface Gate {
  /** For the activity: tells that it is there, and goes on when the gate is opened. */
  pass(): Promise<void>;
  readonly reached: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    pass() {
      reached.resolve();
      return opened.promise;
    },
    reached: reached.promise,
    open: () => opened.resolve(),
  };
}
