import { CancellationScope, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import { bulkWork, records } from './activity-options.ts';
import type { PreviewInput, PreviewResult } from './contract.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

/** Reads both sides and plans every target, and writes nothing to any of them. */
export async function previewSync({ requestId, targets }: PreviewInput): Promise<PreviewResult> {
  await records.beginRun({ runId: requestId, kind: 'preview', covers: [requestId] });
  try {
    const names = targets ?? (await records.targetNames());
    showPhase('observing');
    setCurrentDetails('Reading Okta.');
    await bulkWork.observeSource.executeWithOptions({ summary: 'read Okta' }, []);
    showPhase('planning');
    const plans: PreviewResult['plans'][number][] = [];
    for (const target of names) plans.push(await previewTarget(requestId, target));
    setCurrentDetails(
      plans
        .map(({ target, plan, problem }) => `**${target}**: ${problem ? problem.message : `${plan?.changes} changes`}`)
        .join('\n\n'),
    );
    const needsAttention = plans.some(({ plan, problem }) => problem !== undefined || (plan?.attention ?? 0) > 0);
    showPhase('done', needsAttention);
    await records.endRun({ runId: requestId });
    return { plans };
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    showPhase('failed', true);
    await CancellationScope.nonCancellable(() => records.endRun({ runId: requestId, problem }));
    if (rethrow !== undefined) throw rethrow;
    return { plans: [], problem };
  }
}

async function previewTarget(runId: string, target: string): Promise<PreviewResult['plans'][number]> {
  setCurrentDetails(`Reading and planning **${target}**.`);
  try {
    await bulkWork.observeTarget.executeWithOptions({ summary: `read ${target}` }, [{ target }]);
    const plan = await bulkWork.planTarget.executeWithOptions({ summary: `plan ${target}` }, [
      { planId: uuid4(), runId, target },
    ]);
    return { target, plan };
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    if (rethrow !== undefined) throw rethrow;
    return { target, problem };
  }
}
