/** What approvers do about what waits: the right thing, the wrong thing, and the same thing twice. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { ClientError } from '../../client/client-error.ts';
import type { Approval, Line } from './evidence.ts';
import { preview, targetRests } from './requests.ts';
import type { DecisionName } from './script.ts';
import type { Stage } from './stage.ts';

interface Waiting {
  readonly planId: string;
  readonly hash: string;
}

/** Plans that wait, the newest first. */
export async function waiting({ lab }: Stage): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select plan_id as "planId", hash from approval where target = 'cloud' and state = 'open' order by opened_at desc`.execute(
    lab.system.store,
  );
  return rows;
}

async function linesOf({ lab }: Stage, planId: string): Promise<Line[]> {
  const { rows } = await sql<Line>`
    select kind, person_id as person, account_id as account, group_id as "group" from change
    where plan_id = ${planId} order by seq`.execute(lab.system.store);
  return rows;
}

/** Approves, keeps what exactly was approved, and waits for the run that carries it out. */
export async function approve(stage: Stage, { planId, hash }: Waiting, approvals: Approval[]): Promise<void> {
  const approval = { planId, at: Date.now(), lines: await linesOf(stage, planId) };
  await decideBy(stage, true, { planId, hash });
  approvals.push(approval);
  await targetRests(stage);
}

/** Runs that nobody here asked for may put another revision in its place before the decision is there. */
export const unlessOvertaken = async (
  stage: Stage,
  { planId }: Waiting,
  decideNow: () => Promise<unknown>,
): Promise<'overtaken' | undefined> => {
  try {
    await decideNow();
    return undefined;
  } catch (error) {
    if (!isRefusal(error) || (await isWaiting(stage, planId))) throw error;
    return 'overtaken';
  }
};

const isRefusal = (error: unknown): boolean => error instanceof ClientError && error.code === 'refused';

const isWaiting = async (stage: Stage, planId: string): Promise<boolean> =>
  (await waiting(stage)).some((plan) => plan.planId === planId);

/** @returns what is wrong: a decision that should have been refused and was not, or the other way round */
export async function decide(stage: Stage, how: DecisionName, approvals: Approval[]): Promise<string | undefined> {
  const [newest] = await waiting(stage);
  if (how === 'preview') {
    const plan = await preview(stage);
    if (plan && plan.changes > 0) await approve(stage, plan, approvals);
    return undefined;
  }
  if (how === 'unknown-plan')
    return refused(() => decideBy(stage, true, { planId: randomUUID(), hash: 'f'.repeat(64) }), how);
  if (!newest) return undefined;
  if (how === 'wrong-hash') return refused(() => decideBy(stage, true, { ...newest, hash: 'f'.repeat(64) }), how);
  if (how === 'older-revision') {
    // What it lists and is still wanted goes, and nothing else.
    const older = await replaced(stage);
    if (older) await approve(stage, older, approvals);
    return undefined;
  }
  if (how === 'both-at-once') return approveAndReject(stage, newest, approvals);
  await unlessOvertaken(stage, newest, () =>
    how === 'reject' ? decideBy(stage, false, newest) : approve(stage, newest, approvals),
  );
  return undefined;
}

/** Two people at once: one of them has the say, and the other is told so. */
async function approveAndReject(stage: Stage, plan: Waiting, approvals: Approval[]): Promise<string | undefined> {
  const approval = { planId: plan.planId, at: Date.now(), lines: await linesOf(stage, plan.planId) };
  const ends = await Promise.allSettled([decideBy(stage, true, plan), decideBy(stage, false, plan)]);
  const [approved, rejected] = ends.map(({ status }) => status === 'fulfilled');
  if (approved) {
    approvals.push(approval);
    await targetRests(stage);
  }
  if (!approved && !rejected && !(await isWaiting(stage, plan.planId))) return undefined;
  return approved === rejected
    ? `of an approval and a rejection at once ${approved ? 'both' : 'none'} went through`
    : undefined;
}

const decideBy = (stage: Stage, approves: boolean, plan: Waiting): Promise<unknown> =>
  stage.client.decide({ target: 'cloud', approves, ...plan, reason: 'chaos' });

async function refused(attempt: () => Promise<unknown>, what: string): Promise<string | undefined> {
  try {
    await attempt();
    return `a decision about ${what} was accepted`;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** A revision that something newer has taken the place of. */
async function replaced({ lab }: Stage): Promise<Waiting | undefined> {
  const { rows } = await sql<Waiting>`
    select plan_id as "planId", hash from approval where target = 'cloud' and state = 'superseded'
    order by opened_at desc limit 1`.execute(lab.system.store);
  return rows[0];
}
