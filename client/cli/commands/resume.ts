import type { Command } from 'commander';
import { type Context, does, type Shell } from '../command.ts';
import type { ExitCode } from '../io.ts';
import { carryOut, type ReasonOptions, reasonOf, withReason } from '../operator-command.ts';

export function addResume(program: Command, shell: Shell): void {
  const command = program
    .command('resume <target>')
    .description('Let a paused target go on, whether an operator paused it or it did so itself.');
  does(shell, withReason(command), 'lockstep resume cloud --reason CHG-1234', resume);
}

const resume = (context: Context, options: ReasonOptions, target: string): Promise<ExitCode> =>
  carryOut(context, { kind: 'resume', target, ...reasonOf(options) }, ({ state }) => [
    state === 'unchanged' ? `${target} was not paused.` : `${target} goes on with its next run.`,
    `\`lockstep sync --target ${target}\` runs it now; \`lockstep parked --target ${target}\` tells what is left over.`,
  ]);
