import type { Command } from 'commander';
import { type DriftItem, number, type TargetDrift } from '../../../reader/client.ts';
import type { Problem } from '../../../workflows/contract.ts';
import { type Context, does, type Shell, type TargetOptions, withTargets } from '../command.ts';
import { driftLine } from '../drift-words.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { problemLines, targetProblemLines } from '../problem-hints.ts';
import { waitOptions } from '../progress.ts';
import { codeOfFailure } from '../run-codes.ts';
import { targetsOf } from '../targets.ts';
import { counted, moment, plannedChangeLine, whenAgo } from '../words.ts';

/** As many as the reader gives at once. */
const most = 500;

export function addDrift(program: Command, shell: Shell): void {
  const command = program
    .command('drift')
    .description('Read the targets and list what was changed there by somebody else. Writes nothing.');
  withTargets(command, 'look only at this target');
  does(shell, command, 'lockstep drift --target cloud', drift);
}

interface Looked {
  readonly target: string;
  readonly problem?: Problem;
  readonly drift?: TargetDrift;
}

async function drift(context: Context, options: TargetOptions): Promise<ExitCode> {
  const { lockstep, out } = context;
  const asked = await targetsOf(context, options);
  const { requestId, plans, problem } = await lockstep.plan({
    ...asked,
    ...waitOptions(context),
    isOktaAsLastRead: true,
  });
  const targets: Looked[] = await Promise.all(
    plans.map(async ({ target, problem: own }) => {
      const [found] = (await lockstep.reader.drift({ target, limit: most })).targets;
      return { target, ...(own ? { problem: own } : {}), ...(found ? { drift: found } : {}) };
    }),
  );
  out.result({ requestId, ...(problem ? { problem } : {}), targets }, function* () {
    if (problem) yield* problemLines(problem);
    for (const one of targets) yield* linesOf(one);
    if (targets.some(hasDrift)) yield* whoLines;
  });
  if (problem) return codeOfFailure([problem.kind]);
  if (targets.length > 0 && targets.every((one) => one.problem))
    return codeOfFailure(targets.map((one) => one.problem?.kind));
  return targets.some((one) => one.problem || hasDrift(one)) ? exitCodes.attention : exitCodes.done;
}

const hasDrift = ({ drift: found }: Looked): boolean => (found?.open ?? 0) > 0;

const whoLines = [
  "Who did it stands in Atlassian's audit log, which the credentials of provisioning cannot read; look there.",
];

function* linesOf({ target, problem, drift: found }: Looked): Generator<string> {
  if (problem) yield* targetProblemLines(target, problem);
  if (!found) return;
  const { open, items, readAt, oktaReadAt } = found;
  const read = readAt === undefined ? 'never read' : `read ${moment(readAt)}`;
  const compared = oktaReadAt === undefined ? '' : `, Okta ${moment(oktaReadAt)}`;
  const summary = open === 0 ? 'nothing was changed outside' : `${counted(open, 'change')} made outside`;
  yield `${target}: ${summary} (${read}${compared})`;
  yield* items.flatMap((item) => itemLines(item));
  if (open > items.length) yield `  … and ${number(open - items.length)} more`;
  if (open > 0) yield `${target}: ${actionWords[found.action]}`;
}

const itemLines = (item: DriftItem): string[] => [
  `  ${driftLine(item)}  (seen ${whenAgo(item.seenAt)})`,
  `    → ${item.change ? plannedChangeLine(item.change) : 'stays: a sync leaves it as it is'}`,
];

const actionWords: Readonly<Record<TargetDrift['action'], string>> = {
  repair: '`lockstep sync` does what stands below each line, and nothing where it says that it stays.',
  report: 'a sync only reports it, but for access that Okta has taken away; `drift: repair` has it put right.',
};
