import {
  condition,
  continueAsNew,
  patched,
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

/** To one activity, whose input is bounded. */
const idsAtOnce = 5_000;

/**
 * What changed at Okta, read at once for everybody instead of person by person: for floods, and as a second net below the
 * events. Whoever is named is planned again even where the reading shows no change; groups that were renamed or deleted lead
 * to a run of everything at the targets that they matter to.
 */
export async function deltaSync(input: DeltaSyncInput): Promise<DeltaSyncResult> {
  // Before, all of them went into one reading's input, which floods made too large.
  const isMarking = patched('named-are-marked');
  const people = new Set(input.people);
  const groups = new Set<string>();
  let isAsked = input.isAsked ?? people.size > 0;
  setHandler(manyChangedSignal, (namedPeople, namedGroups = []) => {
    isAsked = true;
    for (const person of namedPeople) people.add(person);
    for (const group of namedGroups) groups.add(group);
  });
  const mark = async (): Promise<void> => {
    while ((isMarking && people.size > 0) || groups.size > 0) {
      const some = isMarking ? first(people, idsAtOnce) : [];
      const others = first(groups, idsAtOnce - some.length);
      await records.markNews({ people: some, groups: others });
      for (const person of some) people.delete(person);
      for (const group of others) groups.delete(group);
    }
  };
  // A start is always accompanied by a signal; it may only just not be here yet.
  await condition(() => isAsked);
  for (;;) {
    isAsked = false;
    const result = await told(async () => {
      await mark();
      const named = [...people];
      people.clear();
      return readChanges(named);
    });
    // Nothing is awaited between this check and the return, so no signal is lost.
    if (!isAsked) return result;
    await sleep(betweenReadings);
    if (!workflowInfo().continueAsNewSuggested) continue;
    await mark();
    await continueAsNew<typeof deltaSync>({ people: [...people], isAsked: true });
  }
}

const first = (ids: ReadonlySet<string>, count: number): string[] => [...ids.values().take(count)];

async function readChanges(people: readonly string[]): Promise<DeltaSyncResult> {
  showPhase('observing');
  const { changed, marked, regrouped } = await bulkWork.observeChanges.executeWithOptions({ summary: 'read changes' }, [
    { since: 'lastDelta', ...(people.length > 0 ? { people } : {}) },
  ]);
  const whole = regrouped ? await records.startTargetSyncs({ requestId: uuid4(), targets: regrouped.targets }) : [];
  if (regrouped) await records.settleGroupNews({ asOf: regrouped.asOf });
  // A run of everything covers those who changed.
  const concerned = Object.keys(marked)
    .filter((target) => !whole.includes(target))
    .sort();
  const some =
    concerned.length > 0
      ? await records.startTargetSyncs({ requestId: uuid4(), targets: concerned, scope: { only: 'changed' } })
      : [];
  const targets = [...whole, ...some].sort();
  const asked = targets.map((target) => `\`${workflowIds.targetSync(target)}\``).join(', ');
  setCurrentDetails(`${changed} people changed. Asked: ${asked || 'nobody, there is nothing to do'}.`);
  showPhase('done', false);
  return { changed, targets };
}

/** That Okta or the store is away is a result. */
async function told(work: () => Promise<DeltaSyncResult>): Promise<DeltaSyncResult> {
  try {
    return await work();
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    setCurrentDetails(`**${problem.kind}**: ${problem.message}\n\nThe next full sync brings what changed.`);
    showPhase('failed', true);
    if (rethrow !== undefined) throw rethrow;
    return { changed: 0, targets: [], problem };
  }
}
