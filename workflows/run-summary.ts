/** What operators read about a run that has ended. */
import { type TargetRun, workflowIds } from './contract.ts';
import { doubtLines } from './doubts.ts';

const rejectedIn = ({ guard }: { readonly guard?: TargetRun['guard'] | undefined }): number =>
  guard?.stoppedBy.rejected ?? 0;

/** What somebody rejected is settled until that expires. */
export const isWorthAttention = ({ problem, outcomes, plan, guard, shortfalls }: TargetRun): boolean =>
  problem !== undefined ||
  shortfalls !== undefined ||
  outcomes.parked > 0 ||
  outcomes.waiting > rejectedIn({ guard }) ||
  (plan?.attention ?? 0) > 0;

export function runSummary(run: TargetRun): string {
  const { plan, outcomes, runId } = run;
  const { applied, unchanged, stale, parked, waiting } = outcomes;
  const rejected = rejectedIn(run);
  const undone = [`${waiting - rejected} waiting`, ...(rejected > 0 ? [`${rejected} rejected`] : [])].join(', ');
  const lines = [
    headline(run),
    '',
    `${plan?.changes ?? 0} planned: ${applied} applied, ${unchanged} unchanged, ${stale} stale, ${undone}, ${parked} parked.`,
    ...waitingLines(run),
    '',
    `Next: ${isWorthAttention(run) ? `\`lockstep report ${runId}\` tells what needs attention.` : 'nothing to do.'}`,
  ];
  return lines.join('\n') + doubtLines(run.shortfalls);
}

function headline({ target, problem, ...run }: TargetRun): string {
  if (problem) return `**${problem.kind}**: ${problem.message}`;
  return isWorthAttention({ target, ...run })
    ? `**${target}** is in step but for what needs attention.`
    : `**${target}** is in step.`;
}

function* waitingLines({ guard, target }: TargetRun): Generator<string> {
  const stoppedBy = Object.entries(guard?.stoppedBy ?? {});
  if (stoppedBy.length === 0) return;
  yield '';
  yield `Held back: ${stoppedBy.map(([rule, count]) => `${count} by \`${rule}\``).join(', ')}.`;
  if (!guard?.waiting) return;
  yield '';
  yield `\`${workflowIds.approval(target)}\` tells how to release them; \`lockstep plan show ${guard.waiting.planId}\` lists them.`;
}
