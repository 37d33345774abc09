import type { Command } from 'commander';
import { type Context, does, type Shell } from '../command.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { carryOut, type ReasonOptions, reasonOf, withReason } from '../operator-command.ts';

interface UnlinkOptions extends ReasonOptions {
  readonly target: string;
}

export function addUnlink(program: Command, shell: Shell): void {
  const command = program
    .command('unlink <person>')
    .description("Take a person's link to an account away, and keep the two apart. The account itself stays as it is.")
    .requiredOption('--target <name>', 'where the account is');
  does(shell, withReason(command), 'lockstep unlink alice@example.com --target cloud --reason wrong-match', unlink);
}

async function unlink(context: Context, options: UnlinkOptions, who: string): Promise<ExitCode> {
  const person = await findPerson(context, who);
  if (person === undefined) return exitCodes.usage;
  const { target } = options;
  return carryOut(context, { kind: 'unlink', target, person, ...reasonOf(options) }, () => [
    `${person} has no account of ${target} any more; the account stays as it is, and is not adopted again by itself.`,
    `\`lockstep link ${person} <account> --target ${target} --reason CODE\` links them again, or to another one.`,
  ]);
}
