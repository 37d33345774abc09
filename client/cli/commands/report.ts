import type { Command } from 'commander';
import type { ReportPart, ReportView, RunView } from '../../../reader/client.ts';
import { ClientError } from '../../client-error.ts';
import { type Context, does, type Lockstep, type Shell } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { parkedLines } from '../parked-words.ts';
import { shortfallLines, waitingLines } from '../plan-text.ts';
import { problemLines } from '../problem-hints.ts';
import {
  counted,
  findingLines,
  kindCounts,
  outcomeCounts,
  plannedChangeLine,
  rejectedIn,
  runName,
  whenAgo,
} from '../words.ts';

export function addReport(program: Command, shell: Shell): void {
  const command = program
    .command('report [run]')
    .description(
      'Tell what a run did and what it left for you to look at; without an id, the latest that did something; a preview only where there is nothing else.',
    );
  does(shell, command, 'lockstep report', report);
}

async function report({ lockstep, out }: Context, _options: object, id: string | undefined): Promise<ExitCode> {
  const shown = await lockstep.reader.report(id ?? (await latest(lockstep)));
  out.result(shown, () => reportLines(shown));
  return shown.needsAttention ? exitCodes.attention : exitCodes.done;
}

const lookedAt = 100;

/**
 * A full sync tells how things stand even when it changes nothing; other runs may be of nobody in particular. A preview did
 * nothing, and `drift` makes one each time that somebody looks.
 */
const isTelling = ({ kind, outcomes, progress, problem }: RunView): boolean =>
  kind === 'full-sync' ||
  (kind !== 'preview' &&
    (problem !== undefined || Object.values(outcomes).some((count) => count > 0) || (progress?.total ?? 0) > 0));

/** The latest run that did something; where none did, the latest preview that lists something. */
async function latest({ reader }: Lockstep): Promise<string> {
  const [{ items: runs }, { items: previews }] = await Promise.all([
    reader.runs({ limit: lookedAt }),
    reader.plans({ kind: 'preview', limit: lookedAt }),
  ]);
  const planned = new Set(previews.flatMap(({ runId, changes }) => (changes > 0 ? runId : [])));
  const newest = runs.find(isTelling) ?? runs.find(({ id }) => planned.has(id)) ?? runs[0];
  // The report of a full sync has those of all its targets.
  const whole = runs.find(({ kind, id }) => kind === 'full-sync' && newest?.covers.includes(id));
  if (newest) return whole?.id ?? newest.id;
  throw new ClientError('not-found', 'there is no run yet', '`lockstep sync` makes one');
}

function* reportLines({ run, parts, needsAttention }: ReportView): Generator<string> {
  yield `${runName(run)} ${run.id}, began ${whenAgo(run.startedAt)}`;
  if (run.problem) yield* problemLines(run.problem);
  for (const part of parts) yield* partLines(part);
  yield needsAttention ? 'Something needs attention.' : 'Nothing needs attention.';
}

function* partLines({ run, plan, unsettled, attention }: ReportPart): Generator<string> {
  const name = plan?.target ?? run.target ?? run.kind;
  yield '';
  const planned = plan === undefined ? 'no plan' : counted(plan.changes, 'change');
  yield `${name}: ${run.phase}, ${planned}${plan && plan.changes > 0 ? `: ${kindCounts(plan.changesByKind)}` : ''}`;
  const outcomes = outcomeCounts(run.outcomes, rejectedIn(plan));
  if (outcomes !== '') yield `  outcomes: ${outcomes}`;
  const repaired = run.notes?.drift ?? 0;
  if (repaired > 0) yield `  put right: ${counted(repaired, 'change')} made outside`;
  if (run.problem) yield* problemLines(run.problem).map((line) => `  ${line}`);
  if (plan) yield* shortfallLines(plan).map((line) => `  ${line}`);
  if (plan) yield* waitingLines(plan).map((line) => `  ${line}`);
  yield* unsettled.map((change) => `  ${plannedChangeLine(change)}`);
  yield* parkedLines(unsettled).map((line) => `  ${line}`);
  yield* attention.flatMap((finding) => findingLines(finding, name).map((line) => `  ${line}`));
}
