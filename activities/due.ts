/**
 * Asks for what has come due: targets for parked changes whose next try it is and for people marked as changed,
 * offboardings whose grace at Okta is over, or that nobody is at any more, a reading where there is news of groups, and
 * somebody to follow Okta's log, should nobody do.
 */
import { activityInfo, getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import { hasMarkedGroups } from '../store/changed-groups.ts';
import { markDue, noteAsked, targetsWithDueWork } from '../store/due.ts';
import { unfinishedOffboardings } from '../store/offboarding-watch.ts';
import { dueAtOkta } from '../store/offboardings.ts';
import { keepCatchingUp, keepOffboarding, tellManyChanged, tellOffboardingDue } from '../temporal/ask.ts';
import { type DueWorkAsked, workflowIds } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { askTarget } from './start-target-syncs.ts';

/** The others are told the next minute. */
const offboardingsAtOnce = 200;

/**
 * One request per target, whatever is due there. Targets at work are left alone until they have ended, since their run
 * may settle it. Whatever fails in between is asked for again the next time: nothing is forgotten before a run settled it.
 */
export async function askForDueWork(deps: Dependencies): Promise<DueWorkAsked> {
  const { store, targets } = deps;
  const asked: string[] = [];
  if (deps.catchUp) await keepCatchingUp(getClient());
  if (await hasMarkedGroups(store)) await tellManyChanged(getClient());
  const people = await dueAtOkta(store, offboardingsAtOnce);
  for (const person of people) await tellOffboardingDue(getClient(), person);
  for (const person of await unfinishedOffboardings(store, offboardingsAtOnce))
    await keepOffboarding(getClient(), person);
  for (const target of await targetsWithDueWork(store)) {
    if (!targets.has(target) || (await isRunning(target))) continue;
    const due = await markDue(store, target);
    const { workflowExecution } = activityInfo();
    const requestId = `due-${workflowExecution?.runId ?? ''}`;
    await askTarget(target, { requestId, ...(due.needsWholeRun ? {} : { scope: { only: 'changed' } }) });
    await noteAsked(store, target, due);
    asked.push(target);
  }
  return { targets: asked, ...(people.length > 0 ? { offboardings: people.length } : {}) };
}

async function isRunning(target: string): Promise<boolean> {
  try {
    const { status } = await getClient().workflow.getHandle(workflowIds.targetSync(target)).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
