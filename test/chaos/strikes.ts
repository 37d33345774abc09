/** Strikes at a moment of a run: the worker is killed or frozen, the database or Temporal is away. */
import { sql } from 'kysely';
import { workflowIds } from '../../workflows/contract.ts';
import { awayFor } from '../support/own-temporal.ts';
import { until } from '../support/until.ts';
import type { Certain } from './orders.ts';
import type { Strike, StrikePoint, TimePoint } from './script.ts';
import type { Stage } from './stage.ts';

export interface Struck {
  /** Whether the moment came; told once the run has ended. */
  readonly hasStruck: () => boolean;
  /** Resolves when everything is back. */
  readonly over: Promise<void>;
  /** The run has ended: what is still away comes back. */
  runEnded(): void;
  /** An order is about to be sent. */
  announce(): void;
}

/**
 * Arms it. What strikes inside a call does so before the directory or Okta goes on with anything else.
 * @param about whose offboarding it is that is struck
 */
export async function arm(stage: Stage, strike: Strike, about?: Certain): Promise<Struck> {
  if (strike.strike === 'kill-beside-second') await stage.second.start();
  let hasStruck = false;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let announce: () => void = () => undefined;
  const announced = new Promise<void>((resolve) => {
    announce = () => {
      if (strike.at === 'ordered') atOnce(stage, strike);
      resolve();
    };
  });
  const moment = momentOf(stage, strike, { ended, announced, about }).then((isHere) => {
    hasStruck = isHere;
    return isHere;
  });
  return {
    hasStruck: () => hasStruck,
    over: moment.then((isHere) => (isHere ? after(stage, strike, ended) : standDown(stage, strike))),
    runEnded: () => end(),
    announce: () => announce(),
  };
}

const pidOf = ({ lab }: Stage): number => {
  const { pid } = lab.system.worker;
  if (pid === undefined) throw new Error('there is no worker');
  return pid;
};

/** What must be done at once, within the call. */
function atOnce(stage: Stage, { strike }: Strike): void {
  if (strike === 'kill' || strike === 'kill-beside-second') process.kill(pidOf(stage), 'SIGKILL');
  if (strike === 'freeze' || strike === 'freeze-overtaken') process.kill(pidOf(stage), 'SIGSTOP');
}

async function after(stage: Stage, { strike, ms }: Strike, runEnded: Promise<void>): Promise<void> {
  const { worker } = stage.lab.system;
  switch (strike) {
    case 'kill':
      await worker.end('SIGKILL');
      return worker.start();
    case 'kill-beside-second':
      await worker.end('SIGKILL');
      await runEnded;
      await worker.start();
      return stage.second.end();
    case 'freeze':
      await awayFor(ms);
      process.kill(pidOf(stage), 'SIGCONT');
      return;
    case 'freeze-overtaken':
      await stage.second.start();
      await runEnded;
      process.kill(pidOf(stage), 'SIGCONT');
      // Whatever it was in the middle of, it goes on with now, and must find that its time is over.
      await awayFor(ms);
      await until('the thawed worker is well', async () => (await fetch(`${worker.url}/readyz`)).ok);
      return stage.second.end();
    case 'database-away':
      await stage.database.cut();
      await awayFor(ms);
      return stage.database.mend();
    case 'temporal-killed':
      return stage.temporal.restart();
    default:
      return strike satisfies never;
  }
}

async function standDown(stage: Stage, { strike }: Strike): Promise<void> {
  if (strike === 'kill-beside-second') await stage.second.end();
}

interface Surroundings {
  readonly ended: Promise<void>;
  readonly announced: Promise<void>;
  readonly about: Certain | undefined;
}

/** True when the moment came, false when the run ended before. */
function momentOf(stage: Stage, strike: Strike, around: Surroundings): Promise<boolean> {
  const seen = seenAt(stage, strike, around);
  const { ended } = around;
  return Promise.race([
    seen.then(() => true),
    // What was seen in the very last moment counts.
    ended.then(() => Promise.race([seen.then(() => true), awayFor(200).then(() => false)])),
  ]);
}

function seenAt(stage: Stage, strike: Strike, { ended, announced, about }: Surroundings): Promise<unknown> {
  const { at } = strike;
  if (isCallPoint(at)) return atCall(stage, strike, calls[at], about);
  if (at === 'ordered') return announced;
  return at === 'held' ? atHold(stage, strike, ended, about) : atRecord(stage, strike, at, ended);
}

type Moment = readonly [
  side: 'okta' | 'cloud',
  when: 'before' | 'after',
  isMeant: (method: string, path: string, about: Certain | undefined) => boolean,
];

const isStep = (method: string, path: string, about: Certain | undefined): boolean =>
  method === 'POST' && path.includes(`/users/${about?.person}/lifecycle/`);
const isDeactivation = (method: string, path: string, about: Certain | undefined): boolean =>
  method === 'PATCH' && path.endsWith(`/Users/${about?.account}`);

const calls = {
  'okta-read': ['okta', 'before', (method) => method === 'GET'],
  'target-read': ['cloud', 'before', (method) => method === 'GET'],
  'fresh-read': ['okta', 'before', (method, path) => method === 'GET' && /\/users\/00u\w+$/.test(path)],
  'write-begins': ['cloud', 'before', (method) => method !== 'GET'],
  'write-done': ['cloud', 'after', (method) => method !== 'GET'],
  'suspend-begins': ['okta', 'before', isStep],
  'suspend-done': ['okta', 'after', isStep],
  'deactivate-begins': ['cloud', 'before', isDeactivation],
  'deactivate-done': ['cloud', 'after', isDeactivation],
  'log-read': ['okta', 'before', (method, path) => method === 'GET' && path === '/api/v1/logs'],
} as const satisfies Partial<Record<StrikePoint | TimePoint, Moment>>;

const isCallPoint = (at: StrikePoint | TimePoint): at is keyof typeof calls => at in calls;

function atCall(
  stage: Stage,
  strike: Strike,
  [side, when, isMeant]: Moment,
  about: Certain | undefined,
): Promise<unknown> {
  let count = 0;
  return new Promise<void>((resolve) => {
    stage.journal.whenCalled = (request, calledSide, calledWhen) => {
      if (calledSide !== side || calledWhen !== when || !isMeant(request.method, request.path, about)) return;
      count += 1;
      if (count !== strike.nth) return;
      stage.journal.whenCalled = undefined;
      atOnce(stage, strike);
      resolve();
    };
  });
}

/** Nothing else happens at this moment than that a row is written: it is struck as soon as that can be seen. */
async function atHold(stage: Stage, strike: Strike, ended: Promise<void>, about: Certain | undefined): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const isHeld = async (): Promise<boolean> => {
    const { rows } = await sql`
      select 1 from subject where person_id = ${about?.person} and hold is not null`.execute(stage.lab.system.store);
    return rows.length > 0;
  };
  await until(`${about?.person} is held`, async () => isOver || (await isHeld()), 600_000);
  if (isOver && !(await isHeld())) await new Promise(() => undefined);
  atOnce(stage, strike);
}

/** In their order; a moment that passes between two looks is struck a little late. */
const records: readonly (StrikePoint | TimePoint)[] = [
  'observing',
  'planning',
  'planned',
  'guarded',
  'applied',
  'reported',
];

async function atRecord(
  stage: Stage,
  strike: Strike,
  at: StrikePoint | TimePoint,
  runEnded: Promise<void>,
): Promise<void> {
  const wanted = records.indexOf(at);
  const before = await lastRun(stage);
  let isOver = false;
  void runEnded.then(() => {
    isOver = true;
  });
  await until(`a run is ${at}`, async () => isOver || records.indexOf(await reached(stage, before)) >= wanted, 600_000);
  if (isOver && records.indexOf(await reached(stage, before)) < wanted) await new Promise(() => undefined);
  atOnce(stage, strike);
}

const lastRun = async ({ lab }: Stage): Promise<string> => {
  const { rows } = await sql<{ id: string }>`
    select id from run where workflow_id = ${workflowIds.targetSync('cloud')} order by started_at desc limit 1`.execute(
    lab.system.store,
  );
  return rows[0]?.id ?? '';
};

async function reached({ lab }: Stage, before: string): Promise<StrikePoint> {
  const { rows } = await sql<{
    planned: boolean;
    guarded: boolean;
    applied: boolean;
    reported: boolean;
    phase: string;
  }>`
    select r.phase, p.finished_at is not null as planned, p.verdict is not null as guarded,
      r.finished_at is not null as reported,
      p.verdict is not null and not exists (select 1 from change c where c.plan_id = p.id and c.outcome is null)
        as applied
    from run r left join plan p on p.run_id = r.id and p.kind = 'run'
    where r.workflow_id = ${workflowIds.targetSync('cloud')} and r.id <> ${before}
    order by r.started_at desc limit 1`.execute(lab.system.store);
  const [run] = rows;
  if (!run) return 'okta-read';
  if (run.reported) return 'reported';
  if (run.applied) return 'applied';
  if (run.guarded) return 'guarded';
  if (run.planned) return 'planned';
  return run.phase === 'planning' ? 'planning' : 'observing';
}
