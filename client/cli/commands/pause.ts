import type { Command } from 'commander';
import { type Context, does, type Shell } from '../command.ts';
import type { ExitCode } from '../io.ts';
import { carryOut, type ReasonOptions, reasonOf, withReason } from '../operator-command.ts';

export function addPause(program: Command, shell: Shell): void {
  const command = program
    .command('pause <target>')
    .description('Let no run begin at a target until it is resumed. One that is under way goes on to its end.');
  does(shell, withReason(command), 'lockstep pause cloud --reason CHG-1234', pause);
}

const pause = (context: Context, options: ReasonOptions, target: string): Promise<ExitCode> =>
  carryOut(context, { kind: 'pause', target, ...reasonOf(options) }, ({ state }) => [
    state === 'unchanged' ? `${target} was paused already, for this reason.` : `${target} is paused.`,
    `\`lockstep resume ${target} --reason CODE\` lets it go on.`,
  ]);
