import { condition, isCancellation, patched, setCurrentDetails, setHandler, uuid4 } from '@temporalio/workflow';
import { bulkWork, records } from './activity-options.ts';
import { changedSignal, type GroupInput, type GroupResult, workflowIds } from './contract.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

/**
 * A group that was renamed, deleted or otherwise changed at Okta: reads it, and asks the targets that it matters to for a run,
 * which alone decides about groups.
 */
export async function groupSync({ group }: GroupInput): Promise<GroupResult> {
  let isAsked = false;
  setHandler(changedSignal, () => {
    isAsked = true;
  });
  // A start is always accompanied by a signal; it may only just not be here yet.
  await condition(() => isAsked);
  for (;;) {
    isAsked = false;
    const result = await syncGroup(group);
    // Nothing is awaited between this check and the return, so no signal is lost.
    if (!isAsked) return result;
  }
}

async function syncGroup(group: string): Promise<GroupResult> {
  showPhase('observing');
  try {
    const { targets, isMissing } = await bulkWork.observeGroup.executeWithOptions({ summary: 'read at Okta' }, [
      { group },
    ]);
    const requestId = uuid4();
    if (targets.length > 0) await records.startTargetSyncs({ requestId, targets });
    const asked = targets.map((target) => `\`${workflowIds.targetSync(target)}\``).join(', ');
    setCurrentDetails(targets.length > 0 ? `Asked: ${asked}.` : 'No target has anything to do with this group.');
    showPhase('done', false);
    return {
      group,
      targets,
      ...(targets.length > 0 ? { requestId } : {}),
      ...(isMissing ? { isMissing } : {}),
    };
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    setCurrentDetails(
      `**${problem.kind}**: ${problem.message}\n\nNo target was asked; it is read again with what changed.`,
    );
    showPhase('failed', true);
    // The signal is used up: from now on the store knows that there was news.
    if (!isCancellation(error) && patched('unread-is-marked')) await records.markNews({ groups: [group] });
    if (rethrow !== undefined) throw rethrow;
    return { group, targets: [], problem };
  }
}
