import type { Command } from 'commander';
import type { CheckReport } from '../../../workflows/contract.ts';
import { type Context, does, type Shell, type TargetOptions, targetsOf, withTargets } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { waitOptions } from '../progress.ts';

export function addCheck(program: Command, shell: Shell): void {
  const command = program
    .command('check')
    .description('Look whether everything that a sync needs is in place. Writes nothing.');
  withTargets(command, 'check only this target');
  does(shell, command, 'lockstep check --target cloud', check);
}

async function check(context: Context, options: TargetOptions): Promise<ExitCode> {
  const { lockstep, out } = context;
  const report = await lockstep.check({ ...targetsOf(options), ...waitOptions(context) });
  out.result(report, () => report.results.map((result) => line(context, result)));
  const has = (status: string): boolean => report.results.some((result) => result.status === status);
  if (has('failed')) return exitCodes.failed;
  return has('warning') ? exitCodes.attention : exitCodes.done;
}

function line({ out }: Context, { status, system, check: name, message }: CheckReport['results'][number]): string {
  const marks = { ok: ['green', 'ok     '], warning: ['yellow', 'warning'], failed: ['red', 'failed '] } as const;
  const [style, mark] = marks[status];
  return `${out.paint(style, mark)}  ${out.paint('bold', system)}  ${name}: ${message}`;
}
