import type { Command } from 'commander';
import { type Context, does, type Shell } from '../command.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { carryOut, type ReasonOptions, reasonOf, withReason } from '../operator-command.ts';

interface LinkOptions extends ReasonOptions {
  readonly target: string;
  readonly force?: boolean;
}

export function addLink(program: Command, shell: Shell): void {
  const command = program
    .command('link <person> <account>')
    .description(
      'Say whose account it is, where matching left it alone. The person by e-mail address, login or Okta id.',
    )
    .requiredOption('--target <name>', 'where the account is')
    .option('--force', "although the account carries another person's Okta id");
  does(
    shell,
    withReason(command),
    'lockstep link alice@example.com 7c9e6679-7425-40de-944b-e07fc1f90ae7 --target cloud --reason same-human',
    link,
  );
}

async function link(context: Context, options: LinkOptions, who: string, account: string): Promise<ExitCode> {
  const person = await findPerson(context, who);
  if (person === undefined) return exitCodes.usage;
  const { target, force } = options;
  return carryOut(
    context,
    { kind: 'link', target, person, account, ...(force ? { force } : {}), ...reasonOf(options) },
    ({ state }) => [
      state === 'unchanged' ? 'They were linked already.' : `${person} and account ${account} of ${target} are linked.`,
      `\`lockstep explain ${person}\` tells what the next run makes of it.`,
    ],
  );
}
