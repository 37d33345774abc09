import type { Command } from 'commander';
import { type Context, does, type Shell, type TargetOptions, withTargets } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { planLines, readPlan, type WholePlan } from '../plan-text.ts';
import { problemLines } from '../problem-hints.ts';
import { waitOptions } from '../progress.ts';
import { codeOfFailure } from '../run-codes.ts';
import { targetsOf } from '../targets.ts';

interface PlanOptions extends TargetOptions {
  readonly all?: boolean;
}

/** A screen or two; a first load has a line for everybody. */
const linesShown = 100;

export function addPlan(program: Command, shell: Shell): void {
  const command = program
    .command('plan')
    .description('Read both sides and list exactly what a sync would change. Writes nothing.')
    .option('--all', `list every change, not only the first ${linesShown} of each target`);
  withTargets(command, 'plan only this target');
  does(shell, command, 'lockstep plan --target cloud', plan);
  const show = command.command('show <plan>').description('List the changes of a plan that was made before.');
  does(shell, show, 'lockstep plan show 0b5f0c1e-6a63-4f8e-9d07-2f6f5c1d7d31 --all', showPlan);
}

/** Programs get everything. */
const most = ({ out }: Context, { all }: PlanOptions): number =>
  all || out.format === 'json' ? Number.POSITIVE_INFINITY : linesShown;

async function plan(context: Context, options: PlanOptions): Promise<ExitCode> {
  const { lockstep, out } = context;
  const result = await lockstep.plan({ ...(await targetsOf(context, options)), ...waitOptions(context) });
  const targets = await Promise.all(
    result.plans.map(async ({ target, plan: made, problem }) => ({
      target,
      ...(problem ? { problem } : {}),
      ...(made ? { plan: await readPlan(lockstep, made.planId, most(context, options)) } : {}),
    })),
  );
  const { requestId, problem } = result;
  out.result({ requestId, ...(problem ? { problem } : {}), targets }, function* () {
    if (problem) yield* problemLines(problem);
    for (const one of targets) {
      if (one.problem)
        yield* problemLines(one.problem).map((line, index) => (index === 0 ? `${one.target}: ${line}` : line));
      if (one.plan) yield* planLines(one.plan);
    }
  });
  if (problem) return codeOfFailure([problem.kind]);
  if (targets.length > 0 && targets.every((one) => one.problem))
    return codeOfFailure(targets.map((one) => one.problem?.kind));
  if (targets.some((one) => one.plan && one.plan.changes > 0))
    out.note('Nothing was changed. `lockstep sync` carries it out.');
  const needsAttention = targets.some((one) => one.problem || (one.plan && one.plan.attention > 0));
  return needsAttention ? exitCodes.attention : exitCodes.done;
}

async function showPlan(context: Context, options: PlanOptions, id: string): Promise<ExitCode> {
  const shown: WholePlan = await readPlan(context.lockstep, id, most(context, options));
  context.out.result(shown, () => planLines(shown));
  return exitCodes.done;
}
