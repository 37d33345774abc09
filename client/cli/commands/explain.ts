import type { Command } from 'commander';
import {
  type AccountFound,
  type ExplainView,
  type PeopleFound,
  ReaderError,
  visibleText,
} from '../../../reader/client.ts';
import { type Context, does, type Shell } from '../command.ts';
import { explainLines } from '../explain-text.ts';
import { lookUp, nobodyNamed } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';

export function addExplain(program: Command, shell: Shell): void {
  const command = program
    .command('explain <person>')
    .description('Tell what one person should have, what they have, and why. By e-mail address, login or Okta id.');
  does(shell, command, 'lockstep explain alice@example.com', explain);
}

async function explain(context: Context, _options: object, text: string): Promise<ExitCode> {
  const { lockstep, out } = context;
  const found = await lookUp(context, text);
  if (found === 'several') return exitCodes.usage;
  if ('nobody' in found) return explainAccounts(context, text, found.nobody, nobodyNamed(text));
  let view: ExplainView;
  try {
    view = await lockstep.reader.explain(found.id);
  } catch (error) {
    if (!(error instanceof ReaderError) || error.code !== 'not-found') throw error;
    return explainAccounts(context, text, await lockstep.reader.findPeople(text), error);
  }
  out.result(view, () => explainLines(view, out.paint));
  return exitCodes.done;
}

/** Somebody whom nobody knows at Okta may still have left an account. @throws `unknown` when not even that is there */
function explainAccounts(
  { out }: Context,
  text: string,
  { people, accounts = [] }: PeopleFound,
  unknown: Error,
): ExitCode {
  if (accounts.length === 0) throw unknown;
  out.result({ people, accounts }, () => [
    visibleText(`Nobody at Okta is known as ${text}.`),
    ...accounts.flatMap(accountLines),
  ]);
  return exitCodes.done;
}

function accountLines({ target, id, userName, isActive, externalId, linkedTo }: AccountFound): string[] {
  const carried = externalId === undefined ? '' : `, carries the Okta id ${externalId}`;
  const what = `${target}: account ${userName ?? id} (${id}), ${isActive ? 'active' : 'deactivated'}${carried}`;
  if (linkedTo !== undefined)
    return [visibleText(`${what}, is linked to ${linkedTo}`), `    → lockstep explain ${linkedTo}`];
  return [
    visibleText(`${what}, is linked to nobody: it is left as it is`),
    `    → lockstep link <person> ${id} --target ${target} --reason CODE, if you know whose it is`,
  ];
}
