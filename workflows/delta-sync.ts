import {
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { bulkWork, records } from './activity-options.ts';
import { type DeltaSyncInput, type DeltaSyncResult, manyChangedSignal, workflowIds } from './contract.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

/** A flood comes in waves: one reading for each is enough. */
const betweenReadings = '10s';

/**
 * What changed at Okta, read at once for everybody instead of person by person: for floods, and as a second net below the
 * events. Whoever is named is planned again even where the reading shows no change.
 */
export async function deltaSync(input: DeltaSyncInput): Promise<DeltaSyncResult> {
  const people = new Set(input.people);
  let isAsked = people.size > 0;
  setHandler(manyChangedSignal, (named) => {
    isAsked = true;
    for (const person of named) people.add(person);
  });
  // A start is always accompanied by a signal; it may only just not be here yet.
  await condition(() => isAsked);
  for (;;) {
    isAsked = false;
    const named = [...people];
    people.clear();
    const result = await readChanges(named);
    // Nothing is awaited between this check and the return, so no signal is lost.
    if (!isAsked) return result;
    await sleep(betweenReadings);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof deltaSync>({ people: [...people] });
  }
}

async function readChanges(people: readonly string[]): Promise<DeltaSyncResult> {
  showPhase('observing');
  try {
    const { changed, marked } = await bulkWork.observeChanges.executeWithOptions({ summary: 'read changes' }, [
      { since: 'lastDelta', ...(people.length > 0 ? { people } : {}) },
    ]);
    const concerned = Object.keys(marked).sort();
    const targets =
      concerned.length > 0
        ? await records.startTargetSyncs({ requestId: uuid4(), targets: concerned, scope: { only: 'changed' } })
        : [];
    const asked = targets.map((target) => `\`${workflowIds.targetSync(target)}\``).join(', ');
    setCurrentDetails(`${changed} people changed. Asked: ${asked || 'nobody, there is nothing to do'}.`);
    showPhase('done', false);
    return { changed, targets };
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    setCurrentDetails(`**${problem.kind}**: ${problem.message}\n\nThe next full sync brings what changed.`);
    showPhase('failed', true);
    if (rethrow !== undefined) throw rethrow;
    return { changed: 0, targets: [], problem };
  }
}
