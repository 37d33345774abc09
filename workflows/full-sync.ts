import { CancellationScope, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import { bulkWork, records } from './activity-options.ts';
import { type FullSyncInput, type FullSyncResult, workflowIds } from './contract.ts';
import { doubtLines } from './doubts.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

/** Reads Okta once, then asks every target to get in step. By schedule or ad hoc. */
export async function fullSync(input: FullSyncInput = {}): Promise<FullSyncResult> {
  const requestId = input.requestId ?? uuid4();
  const only = input.targets ? { targets: input.targets } : {};
  showPhase('observing');
  await records.beginRun({ runId: requestId, kind: 'full-sync', covers: [requestId] });
  try {
    setCurrentDetails('Reading people, groups and memberships from Okta.');
    const read = await bulkWork.observeSource.executeWithOptions({ summary: 'read Okta' }, []);
    await records.enterPhase({ runId: requestId, phase: 'planning' });
    const targets = await records.startTargetSyncs.executeWithOptions({ summary: 'ask targets' }, [
      { requestId, ...only },
    ]);
    setCurrentDetails(
      `Read ${read.people} people and ${read.groups} groups (members of ${read.groupsRead}). ` +
        `Asked: ${targets.map((target) => `\`${workflowIds.targetSync(target)}\``).join(', ')}.` +
        doubtLines(read.shortfalls),
    );
    showPhase('done', read.shortfalls !== undefined);
    await records.endRun({ runId: requestId });
    return { requestId, targets, ...(read.shortfalls ? { shortfalls: read.shortfalls } : {}) };
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    setCurrentDetails(`**${problem.kind}**: ${problem.message}\n\nNo target was asked, nothing was changed.`);
    showPhase('failed', true);
    await CancellationScope.nonCancellable(() => records.endRun({ runId: requestId, problem }));
    if (rethrow !== undefined) throw rethrow;
    return { requestId, targets: [], problem };
  }
}
