import type { Command } from 'commander';
import type { PlanView } from '../../../reader/client.ts';
import type { Problem } from '../../../workflows/contract.ts';
import { ClientError } from '../../client-error.ts';
import { type Context, does, type Shell, type TargetOptions, withTargets } from '../command.ts';
import { deliver } from '../destination.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { planCsvHead, planCsvLine } from '../plan-csv.ts';
import { planLines, readPlan, readPlanForPeople, type WholePlan } from '../plan-text.ts';
import { problemLines, targetProblemLines } from '../problem-hints.ts';
import { waitOptions } from '../progress.ts';
import { codeOfFailure } from '../run-codes.ts';
import { targetsOf } from '../targets.ts';

interface PlanOptions extends TargetOptions {
  readonly all?: boolean;
  readonly file?: string;
}

/** A screen or two; a first load has a line for everybody. */
const linesShown = 100;
const formats = ['text', 'json', 'csv', 'html'] as const;

export function addPlan(program: Command, shell: Shell): void {
  const command = program
    .command('plan')
    .description('Read both sides and list exactly what a sync would change. Writes nothing.')
    .option('--all', `list every change, not only the first ${linesShown} of each target`)
    .option('--file <path>', 'write the CSV or the HTML page to this file');
  withTargets(command, 'plan only this target');
  does(shell, command, 'lockstep plan --target cloud', plan, formats);
  const show = command
    .command('show <plan>')
    .description('Show a plan that was made before: its changes, what holds them back, and what to do next.');
  show.option('--file <path>', 'write the CSV or the HTML page to this file').option('--all', 'list every change');
  does(
    shell,
    show,
    'lockstep plan show 0b5f0c1e-6a63-4f8e-9d07-2f6f5c1d7d31 --output html --file plan.html',
    showPlan,
    formats,
  );
}

/** Programs get everything in the order of work. */
function read({ lockstep, out }: Context, { all }: PlanOptions, id: string): Promise<WholePlan> {
  if (out.format === 'json') return readPlan(lockstep, id, Number.POSITIVE_INFINITY);
  return readPlanForPeople(lockstep, id, all ? Number.POSITIVE_INFINITY : linesShown);
}

async function plan(context: Context, options: PlanOptions): Promise<ExitCode> {
  const { lockstep, out } = context;
  fitsFile(context, options);
  const asked = await targetsOf(context, options);
  if (out.format === 'html') await onlyOneTarget(context, asked.targets);
  const result = await lockstep.plan({ ...asked, ...waitOptions(context) });
  const isForPeople = out.format === 'text' || out.format === 'json';
  const targets = await Promise.all(
    result.plans.map(async ({ target, plan: made, problem }) => ({
      target,
      ...(problem ? { problem } : {}),
      ...(made
        ? { plan: await (isForPeople ? read(context, options, made.planId) : readPlan(lockstep, made.planId, 0)) }
        : {}),
    })),
  );
  const { requestId, problem } = result;
  const problems = [...(problem ? problemLines(problem) : []), ...targets.flatMap(problemLinesOf)];
  if (isForPeople)
    out.result({ requestId, ...(problem ? { problem } : {}), targets }, function* () {
      yield* problems;
      for (const one of targets) if (one.plan) yield* planLines(one.plan);
    });
  else {
    for (const line of problems) out.note(line);
    await deliverPlans(
      context,
      targets.flatMap((one) => one.plan ?? []),
      options,
    );
  }
  if (problem) return codeOfFailure([problem.kind]);
  if (targets.length > 0 && targets.every((one) => one.problem))
    return codeOfFailure(targets.map((one) => one.problem?.kind));
  if (targets.some((one) => one.plan && one.plan.changes > 0)) out.note('Nothing was changed: this is a plan.');
  const needsAttention = targets.some(
    (one) => one.problem || (one.plan && (one.plan.shortfalls || one.plan.attention + one.plan.waiting > 0)),
  );
  return needsAttention ? exitCodes.attention : exitCodes.done;
}

const problemLinesOf = ({ target, problem }: { readonly target: string; readonly problem?: Problem }): string[] =>
  problem ? targetProblemLines(target, problem) : [];

async function showPlan(context: Context, options: PlanOptions, id: string): Promise<ExitCode> {
  const { lockstep, out } = context;
  fitsFile(context, options);
  if (out.format === 'csv' || out.format === 'html') {
    await deliverPlans(context, [await lockstep.reader.plan(id)], options);
    return exitCodes.done;
  }
  const shown: WholePlan = await read(context, options, id);
  out.result(shown, () => planLines(shown));
  return exitCodes.done;
}

/** A page shows one plan; a table may hold several. */
function deliverPlans(context: Context, plans: readonly PlanView[], { file }: PlanOptions): Promise<void> {
  const { reader } = context.lockstep;
  const [first] = plans;
  if (context.out.format === 'html')
    return first ? deliver(context, reader.planPage(first.id), file) : Promise.resolve();
  return deliver(context, csvOf(context, plans), file);
}

async function* csvOf({ lockstep }: Context, plans: readonly PlanView[]): AsyncGenerator<string> {
  yield planCsvHead();
  for (const made of plans)
    for await (const change of lockstep.reader.changes(made.id)) yield planCsvLine(made, change);
}

/** @throws ClientError */
function fitsFile({ out }: Context, { file }: PlanOptions): void {
  if (file === undefined || out.format === 'csv' || out.format === 'html') return;
  throw new ClientError('wrong-options', '--file goes with --output csv or html', 'redirect the output of the others');
}

/** Before anything is started. @throws ClientError */
async function onlyOneTarget({ lockstep }: Context, named: readonly string[] | undefined): Promise<void> {
  const targets = named ?? (await lockstep.reader.targets()).items.map(({ name }) => name);
  if (targets.length === 1) return;
  throw new ClientError('wrong-options', 'a page shows the plan of one target', `name one of: ${targets.join(', ')}`);
}
