import { setCurrentDetails, uuid4 } from '@temporalio/workflow';
import { bulkWork, records } from './activity-options.ts';
import type { FullSyncInput, FullSyncResult } from './contract.ts';
import { problemOf } from './problem.ts';

/** Reads Okta once, then asks every target to get in step. By schedule or ad hoc. */
export async function fullSync(input: FullSyncInput = {}): Promise<FullSyncResult> {
  const requestId = input.requestId ?? uuid4();
  const only = input.targets ? { targets: input.targets } : {};
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
        `Asked: ${targets.map((target) => `\`target-sync/${target}\``).join(', ')}.`,
    );
    await records.endRun({ runId: requestId });
    return { requestId, targets };
  } catch (error) {
    const problem = problemOf(error);
    setCurrentDetails(`**${problem.kind}**: ${problem.message}\n\nNo target was asked, nothing was changed.`);
    await records.endRun({ runId: requestId, problem });
    return { requestId, targets: [], problem };
  }
}
