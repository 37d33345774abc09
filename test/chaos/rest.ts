/** What operators do once everything works again: resume, try again, approve, until there is nothing left to do. */
import { sql } from 'kysely';
import { approve, unlessOvertaken, waiting } from './decide.ts';
import type { Approval } from './evidence.ts';
import { untilQuiet } from './quiet.ts';
import { command, dueWork, preview, sync } from './requests.ts';
import type { Stage } from './stage.ts';

/** Rounds of operators' work; more than a few mean that something never settles, which the oracles then tell. */
const mostRounds = 8;
/** After so many, what waits hangs on something that was rejected before, which is approved with it. */
const roundsOfWaiting = 2;

/** Nothing is behind any more, and then: */
export async function comeToRestForGood(stage: Stage, approvals: Approval[], story: string[]): Promise<number> {
  stage.catchUp();
  return comeToRest(stage, approvals, story);
}

/** @returns the number of the last call to the directory before the sync that should have found nothing to do */
export async function comeToRest(stage: Stage, approvals: Approval[], story: string[]): Promise<number> {
  const { cloud } = stage.lab.system.sandbox;
  for (let round = 1; round <= mostRounds; round += 1) {
    await untilQuiet(stage);
    await resumeIfPaused(stage);
    await letVerificationsComeDue(stage);
    const { count = 0 } = await command(stage, { kind: 'retry', reason: 'chaos' });
    await untilQuiet(stage);
    const mark = cloud.requests.last;
    const { problem, run } = await sync(stage);
    const told = `rest ${round}: retried ${count}, ${problem ?? `${run?.plan?.changes} changes ${JSON.stringify(run?.outcomes)}`}`;
    if (!problem && count === 0 && run?.plan?.changes === 0) {
      story.push(told);
      await untilQuiet(stage);
      return mark;
    }
    const approved = await approveWhatIsLeft(stage, approvals, round);
    story.push(`${told}, ${approved}`);
  }
  const mark = cloud.requests.last;
  await sync(stage);
  return mark;
}

async function approveWhatIsLeft(stage: Stage, approvals: Approval[], round: number): Promise<string> {
  const [newest] = await waiting(stage);
  if (newest && round <= roundsOfWaiting)
    return (await unlessOvertaken(stage, newest, () => approve(stage, newest, approvals))) ?? 'approved what waited';
  // What was rejected before is shown again by a preview only.
  const plan = await preview(stage);
  if (!plan || plan.changes === 0) return 'nothing left';
  await approve(stage, plan, approvals);
  return `approved a preview of ${plan.changes}`;
}

/** Whoever took over a dead worker's claim looks again after two time-outs: here they pass at once. */
async function letVerificationsComeDue(stage: Stage): Promise<void> {
  const { store } = stage.lab.system;
  const { rows } = await sql`update due set due_at = now() where kind = 'verify' returning id`.execute(store);
  if (rows.length > 0) await dueWork(stage);
}

export async function resumeIfPaused(stage: Stage): Promise<void> {
  const { rows } = await sql`select 1 from target_state where paused_at is not null`.execute(stage.lab.system.store);
  if (rows.length > 0) await command(stage, { kind: 'resume', target: 'cloud', reason: 'chaos' });
}
