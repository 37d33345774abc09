import type { Command } from 'commander';
import { number, type RunView } from '../../../reader/client.ts';
import { type Context, does, type Shell, wholeNumber } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { problemLines } from '../problem-hints.ts';
import { knownWhereEmpty } from '../targets.ts';
import { columns, duration, moment, outcomeCounts, runName, whenAgo } from '../words.ts';

interface RunsOptions {
  readonly target?: string;
  readonly limit: number;
}

export function addRuns(program: Command, shell: Shell): void {
  const command = program
    .command('runs')
    .description('List the latest runs, newest first.')
    .option('--target <name>', 'only runs of this target')
    .option('--limit <count>', 'how many', wholeNumber, 20);
  does(shell, command, 'lockstep runs --target cloud --limit 5', runs);
  const show = command.command('show <run>').description('Show one run, and those that answer the same request.');
  does(shell, show, 'lockstep runs show 0b5f0c1e-6a63-4f8e-9d07-2f6f5c1d7d31', showRun);
}

async function runs({ lockstep, out }: Context, { target, limit }: RunsOptions): Promise<ExitCode> {
  const { items } = await lockstep.reader.runs({ limit, ...(target === undefined ? {} : { target }) });
  await knownWhereEmpty({ lockstep }, target, items.length);
  out.result(items, () => (items.length === 0 ? ['no runs yet'] : columns([heading, ...items.map(row)])));
  return exitCodes.done;
}

const heading = ['BEGAN', 'WHAT', 'PHASE', 'CHANGES', 'RUN'];

const row = (run: RunView): string[] => [
  moment(run.startedAt),
  runName(run),
  run.phase,
  outcomeCounts(run.outcomes, run.rejected) ||
    (run.progress ? `${number(run.progress.done)} of ${number(run.progress.total)}` : '-'),
  run.id,
];

async function showRun({ lockstep, out }: Context, _options: object, id: string): Promise<ExitCode> {
  const run = await lockstep.reader.run(id);
  const related =
    run.kind === 'full-sync' ? (await lockstep.reader.request(id)).runs.filter((one) => one.id !== id) : [];
  out.result({ ...run, related }, () => [...runLines(run), ...related.flatMap((one) => ['', ...runLines(one)])]);
  return exitCodes.done;
}

function* runLines(run: RunView): Generator<string> {
  yield `${runName(run)}: ${run.phase}`;
  yield `  run       ${run.id}`;
  yield `  workflow  ${run.workflowId}`;
  yield `  began     ${whenAgo(run.startedAt)}`;
  if (run.finishedAt !== undefined)
    yield `  took      ${duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}`;
  if (run.planId !== undefined) yield `  plan      ${run.planId}`;
  if (run.progress) yield `  changes   ${number(run.progress.done)} of ${number(run.progress.total)}`;
  const outcomes = outcomeCounts(run.outcomes, run.rejected);
  if (outcomes !== '') yield `  outcomes  ${outcomes}`;
  if (run.problem) yield* problemLines(run.problem).map((line) => `  ${line}`);
}
