import type { Command } from 'commander';
import type { CheckReport } from '../../../workflows/contract.ts';
import { type Context, does, type Shell, type TargetOptions, withTargets } from '../command.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { waitOptions } from '../progress.ts';
import { codeOfFailure } from '../run-codes.ts';
import { targetsOf } from '../targets.ts';

export function addCheck(program: Command, shell: Shell): void {
  const command = program
    .command('check')
    .description('Look whether everything that a sync needs is in place. Writes nothing.');
  withTargets(command, 'check only this target');
  does(shell, command, 'lockstep check --target cloud', check);
}

async function check(context: Context, options: TargetOptions): Promise<ExitCode> {
  const { lockstep, out } = context;
  const report = await lockstep.check({ ...(await targetsOf(context, options)), ...waitOptions(context) });
  out.result(report, () => report.results.map((result) => line(context, result)));
  const failed = report.results.filter(({ status }) => status === 'failed');
  if (failed.length > 0) return codeOfFailed(failed);
  return report.results.some(({ status }) => status === 'warning') ? exitCodes.attention : exitCodes.done;
}

/** Whether the configured groups are there is the one check of the configuration itself; the others ask the systems. */
const codeOfFailed = (failed: CheckReport['results']): ExitCode =>
  codeOfFailure(failed.every(({ check: name }) => name === 'groups') ? ['Misconfigured'] : []);

function line({ out }: Context, { status, system, check: name, message }: CheckReport['results'][number]): string {
  const marks = { ok: ['green', 'ok     '], warning: ['yellow', 'warning'], failed: ['red', 'failed '] } as const;
  const [style, mark] = marks[status];
  return `${out.paint(style, mark)}  ${out.paint('bold', system)}  ${name}: ${message}`;
}
