/** How a sync went, in words and as an exit code. */
import type { GroupSynced, SyncResult, TargetResult } from '../lockstep-client.ts';
import { type ExitCode, exitCodes } from './io.ts';
import { shortfallLines, waitingLines } from './plan-text.ts';
import { problemLines, targetProblemLines } from './problem-hints.ts';
import { codeOfFailure } from './run-codes.ts';
import { counted, duration, outcomeCounts, rejectedIn } from './words.ts';

export function* syncLines({ problem, targets, requestId }: SyncResult | GroupSynced): Generator<string> {
  if (problem) yield* problemLines(problem);
  for (const one of targets) yield* targetLines(one);
  if (targets.some(needsAttention)) yield `\`lockstep report ${requestId}\` tells what needs attention.`;
}

function* targetLines(one: TargetResult): Generator<string> {
  const { target, run, plan } = one;
  if (!run) {
    yield `${target}: ended without an answer; its workflow was ended from outside`;
    return;
  }
  const took = duration(Date.parse(run.finishedAt ?? run.startedAt) - Date.parse(run.startedAt));
  if (run.problem) {
    yield* targetProblemLines(target, run.problem);
  }
  const changes = plan?.changes ?? 0;
  const done =
    changes > 0
      ? `${counted(changes, 'change')}: ${outcomeCounts(run.outcomes, rejectedIn(plan)) || 'none carried out'}`
      : 'nothing to change';
  if (plan && !run.problem && !needsAttention(one))
    yield `${target}: ${people(plan.people)} in step; ${done} (${took})`;
  else if (plan) yield `${target}: ${people(plan.people)}; ${done} (${took})`;
  if (plan) yield* shortfallLines(plan);
  if (plan) yield* waitingLines(plan);
  if (plan && plan.attention > 0) yield `${target}: ${counted(plan.attention, 'finding')} to look at`;
}

const people = (count: number): string => counted(count, 'person', 'people');

const needsAttention = ({ run, plan }: TargetResult): boolean =>
  !run ||
  run.problem !== undefined ||
  (run.outcomes.parked ?? 0) > 0 ||
  (run.outcomes.waiting ?? 0) > rejectedIn(plan) ||
  plan?.shortfalls !== undefined ||
  (plan?.attention ?? 0) > 0;

/** All targets failed, or Okta could not be read: failed, or wrong configuration. Some of it: needs attention. */
export function codeOfSync({ problem, targets }: Pick<SyncResult, 'problem' | 'targets'>): ExitCode {
  const hasFailed = ({ run }: TargetResult): boolean => !run || run.problem !== undefined;
  if (problem) return codeOfFailure([problem.kind]);
  if (targets.length > 0 && targets.every(hasFailed))
    return codeOfFailure(targets.map(({ run }) => run?.problem?.kind));
  return targets.some(needsAttention) ? exitCodes.attention : exitCodes.done;
}
