import { continueAsNew, isCancellation, patched, setCurrentDetails, sleep } from '@temporalio/workflow';
import { followingWork, records } from './activity-options.ts';
import type { CatchUpInput, CatchUpResult, Problem } from './contract.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

/** Each round lasts for minutes. A fresh history about every hour, so that a later build goes on with it. */
const rounds = 12;
/** Somebody has to mend it: a scope that is missing, for instance. */
const afterRefusal = '1m';
const refusalsBetweenDeltas = 5;

/**
 * Follows Okta's System Log for as long as it is switched on, so that changes go over within seconds although nobody at Okta
 * can call in. What it has told stands in the store; this sees to it that somebody reads on.
 */
export async function catchUp(input: CatchUpInput = {}): Promise<CatchUpResult> {
  let { problem } = input;
  if (!problem) showPhase('observing', false);
  for (let round = 0; round < rounds; round += 1) {
    const ended = await follow(problem);
    if (ended === 'switched-off') return { ended };
    problem = ended;
    if (!problem) continue;
    // The second net must not hang on the first.
    if (round % refusalsBetweenDeltas === 0 && patched('delta-while-refused')) await records.askForDelta();
    await sleep(afterRefusal);
  }
  return continueAsNew<typeof catchUp>(problem ? { problem } : {});
}

async function follow(before: Problem | undefined): Promise<Problem | 'switched-off' | undefined> {
  try {
    const { state, readUntil, people, groups, together } = await followingWork.followEvents();
    if (state === 'switched-off') return state;
    if (before) showPhase('observing', false);
    setCurrentDetails(
      `Follows Okta's System Log. Told in the last minutes: ${people} people, ${groups} groups` +
        `${together > 0 ? `, and ${together} more together by a delta sync` : ''}.` +
        `${readUntil === undefined ? '' : ` Read until ${readUntil}.`}`,
    );
    // What an event did not tell, or told while nobody listened.
    await records.askForDelta();
    return undefined;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { problem, rethrow } = endingOf(error);
    if (rethrow !== undefined) throw rethrow;
    setCurrentDetails(
      `**${problem.kind}**: ${problem.message}\n\nTried again every minute. Until then changes go over by the delta sync and the full sync.`,
    );
    showPhase('failed', true);
    return problem;
  }
}
