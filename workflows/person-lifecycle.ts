import {
  allHandlersFinished,
  condition,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { eventWork, records } from './activity-options.ts';
import {
  changedSignal,
  noOutcomes,
  type PersonAtTarget,
  type PersonInput,
  type PersonResult,
  syncNowUpdate,
} from './contract.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

/**
 * Brings one person in step at every target, each time that something may have changed, and ends when nothing is left to
 * look at. Signals that come while it works are answered by one more round: what counts is how things are, not what happened.
 */
export async function personLifecycle({ person }: PersonInput): Promise<PersonResult> {
  let asked = 0;
  let answered = 0;
  const requests: string[] = [];
  let last: PersonResult = { person, targets: [] };
  setHandler(changedSignal, () => {
    asked += 1;
  });
  setHandler(syncNowUpdate, async ({ requestId }) => {
    asked += 1;
    requests.push(requestId);
    const mine = asked;
    await condition(() => answered >= mine);
    return last;
  });

  for (;;) {
    if (answered < asked) {
      const round = asked;
      last = await syncPerson(person, requests.splice(0));
      answered = round;
      continue;
    }
    // Nothing is awaited between this check and the return, so no signal is lost.
    if (allHandlersFinished()) return last;
    await condition(() => answered < asked || allHandlersFinished());
  }
}

async function syncPerson(person: string, covers: readonly string[]): Promise<PersonResult> {
  const runId = uuid4();
  await records.beginRun({ runId, kind: 'person', covers });
  const result = await syncEverywhere(person, runId);
  await records.endRun({ runId, ...(result.problem ? { problem: result.problem } : {}) });
  const needsAttention = result.problem !== undefined || result.targets.some(({ state }) => state !== 'in-step');
  showPhase(result.problem ? 'failed' : 'done', needsAttention);
  setCurrentDetails(result.targets.map(({ target, state }) => `**${target}**: ${state}`).join('\n\n'));
  return result;
}

async function syncEverywhere(person: string, runId: string): Promise<PersonResult> {
  try {
    const { targets } = await eventWork.observePerson.executeWithOptions({ summary: 'read at Okta' }, [{ person }]);
    return { person, targets: await Promise.all(targets.map((target) => syncAt(target, person, runId))) };
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    // The signal is used up: from now on the store knows that there was news.
    if (!isCancellation(error) && patched('unread-is-marked'))
      await records.markNews({ people: [person], isUnread: true });
    if (rethrow !== undefined) throw rethrow;
    return { person, targets: [], problem };
  }
}

/** One target that fails keeps no other from being brought in step. */
async function syncAt(target: string, person: string, runId: string): Promise<PersonAtTarget> {
  try {
    return await eventWork.syncPersonAtTarget.executeWithOptions({ summary: `sync at ${target}` }, [
      { runId, planId: uuid4(), target, person },
    ]);
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    if (rethrow !== undefined) throw rethrow;
    return { target, state: 'failed', outcomes: noOutcomes, problem };
  }
}
