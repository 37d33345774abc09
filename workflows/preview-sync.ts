import { CancellationScope, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import { bulkWork, records } from './activity-options.ts';
import type { PreviewedTarget, PreviewInput, PreviewResult } from './contract.ts';
import { endingOf } from './problem.ts';
import { showPhase } from './show-phase.ts';

/** Reads both sides, or the targets alone, and plans every target, and writes nothing to any of them. */
export async function previewSync({ requestId, targets, isOktaAsLastRead }: PreviewInput): Promise<PreviewResult> {
  await records.beginRun({ runId: requestId, kind: 'preview', covers: [requestId] });
  try {
    const names = targets ?? (await records.targetNames());
    showPhase('observing');
    if (!isOktaAsLastRead) {
      setCurrentDetails('Reading Okta.');
      await bulkWork.observeSource.executeWithOptions({ summary: 'read Okta' }, []);
    }
    showPhase('planning');
    const plans: PreviewedTarget[] = [];
    for (const target of names) plans.push(await previewTarget(requestId, target));
    setCurrentDetails(
      plans
        .map(({ target, plan, guard, problem }) =>
          problem
            ? `**${target}**: ${problem.message}`
            : `**${target}**: ${plan?.changes} changes, ${guard?.stopped} would wait`,
        )
        .join('\n\n'),
    );
    const needsAttention = plans.some(
      ({ plan, guard, problem }) => problem !== undefined || (plan?.attention ?? 0) > 0 || (guard?.stopped ?? 0) > 0,
    );
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

async function previewTarget(runId: string, target: string): Promise<PreviewedTarget> {
  setCurrentDetails(`Reading and planning **${target}**.`);
  try {
    await bulkWork.observeTarget.executeWithOptions({ summary: `read ${target}` }, [{ target }]);
    const plan = await bulkWork.planTarget.executeWithOptions({ summary: `plan ${target}` }, [
      { planId: uuid4(), runId, target, kind: 'preview' },
    ]);
    const guard = await bulkWork.guardPlan.executeWithOptions({ summary: `guard ${target}` }, [
      { planId: plan.planId, target, isPreview: true },
    ]);
    return { target, plan, guard };
  } catch (error) {
    const { problem, rethrow } = endingOf(error);
    if (rethrow !== undefined) throw rethrow;
    return { target, problem };
  }
}
