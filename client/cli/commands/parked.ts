import type { Command } from 'commander';
import {
  type ConflictsView,
  number,
  type ParkedChange,
  type ParkedView,
  type PauseView,
  reasonInWords,
} from '../../../reader/client.ts';
import { type Context, does, type Shell } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { knownWhereEmpty } from '../targets.ts';
import { changeLine, counted, findingLines, moment, whenAgo } from '../words.ts';

interface ParkedOptions {
  readonly target?: string;
}

/** As many as the reader gives at once. */
const most = 500;

export function addParked(program: Command, shell: Shell): void {
  const command = program
    .command('parked')
    .description('List what could not be done, why, and when it is tried again; and conflicts that only you can solve.')
    .option('--target <name>', 'only of this target');
  does(shell, command, 'lockstep parked --target cloud', parked);
}

async function parked({ lockstep, out }: Context, { target }: ParkedOptions): Promise<ExitCode> {
  const view = await lockstep.reader.parked({ limit: most, ...(target === undefined ? {} : { target }) });
  const count = view.paused.length + view.parked.length + view.conflicts.length;
  await knownWhereEmpty({ lockstep }, target, count);
  out.result(view, () => lines(view));
  return count === 0 ? exitCodes.done : exitCodes.attention;
}

function* lines({ paused, parked: changes, conflicts }: ParkedView): Generator<string> {
  yield* paused.flatMap(pauseLines);
  yield changes.length === 0 ? 'Nothing is parked.' : `${counted(changes.length, 'parked change')}, the next try first`;
  yield* changes.flatMap(parkedChangeLines);
  if (changes.length > 0) yield '  → `lockstep retry <id>`, or `--all`, tries now; docs/failures.md tells what to do';
  if (changes.length === most) yield `  … there may be more than ${most}: name one target`;
  yield* conflicts.flatMap(conflictLines);
}

const pausers = { operator: 'by an operator', failures: 'by itself', credentials: 'by itself' } as const;

const pauseLines = ({ target, by, reason, since }: PauseView): string[] => [
  `! ${target} is paused ${pausers[by]} (${reason}) since ${moment(since)}`,
  `    → lockstep resume ${target} --reason CODE`,
];

function parkedChangeLines(parkedChange: ParkedChange): string[] {
  const { id, target, change, detail, vendorRequestId, tries, firstAt, nextTryAt, isRemoval } = parkedChange;
  const request = vendorRequestId === undefined ? '' : `; request ${vendorRequestId} at the vendor`;
  const isLate = Date.parse(nextTryAt) <= Date.now();
  return [
    `${isRemoval ? '!' : ' '} ${id}  ${target}  ${changeLine(change)}`,
    `    ${detail === undefined ? 'failed' : reasonInWords(detail)}${request}`,
    `    tried ${tries === 1 ? 'once' : `${number(tries)} times`} since ${whenAgo(firstAt)}; next try ${isLate ? 'now' : moment(nextTryAt)}`,
  ];
}

const conflictLines = ({ target, planId, plannedAt, findings }: ConflictsView): string[] => [
  `${target}: ${counted(findings.length, 'finding')} to look at, by plan ${planId} of ${moment(plannedAt)}`,
  ...findings.flatMap((finding) => findingLines(finding, target).map((line) => `  ${line}`)),
];
