import type { Command } from 'commander';
import { type Context, does, type Shell } from '../command.ts';
import { explainLines } from '../explain-text.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';

export function addExplain(program: Command, shell: Shell): void {
  const command = program
    .command('explain <person>')
    .description('Tell what one person should have, what they have, and why. By e-mail address, login or Okta id.');
  does(shell, command, 'lockstep explain alice@example.com', explain);
}

async function explain(context: Context, _options: object, person: string): Promise<ExitCode> {
  const { lockstep, out } = context;
  const id = await findPerson(context, person);
  if (id === undefined) return exitCodes.usage;
  const view = await lockstep.reader.explain(id);
  out.result(view, () => explainLines(view, out.paint));
  return exitCodes.done;
}
