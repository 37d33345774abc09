import { type Command, Option } from 'commander';
import { type ListedStanding, listedStandings } from '../../../domain/offboarding.ts';
import type { OffboardingView } from '../../../reader/client.ts';
import { ClientError } from '../../client-error.ts';
import { type Context, does, type Shell, wholeNumber } from '../command.ts';
import { deliver } from '../destination.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { offboardingColumns, offboardingLines } from '../offboarding-text.ts';

interface ListOptions {
  readonly state?: ListedStanding;
  readonly limit: number;
}

export function addOffboardings(program: Command, shell: Shell): void {
  const command = program
    .command('offboardings')
    .description('List offboardings, newest first, with what of them is not done.')
    .addOption(
      new Option(
        '--state <state>',
        'only these; in-effect is under-way or complete (every system has confirmed)',
      ).choices(listedStandings),
    )
    .option('--limit <count>', 'how many', wholeNumber, 20);
  does(shell, command, 'lockstep offboardings --state scheduled', list);
}

async function list({ lockstep, out }: Context, { state, limit }: ListOptions): Promise<ExitCode> {
  const { items } = await lockstep.reader.offboardings({ limit, ...(state === undefined ? {} : { state }) });
  out.result(items, () => (items.length === 0 ? ['no offboardings'] : offboardingColumns(items)));
  return items.some(({ needsAttention }) => needsAttention) ? exitCodes.attention : exitCodes.done;
}

interface ShowOptions {
  readonly file?: string;
}

export function addOffboarding(program: Command, shell: Shell): void {
  const command = program.command('offboarding').description('Show the evidence of one offboarding.');
  const show = command
    .command('show <person>')
    .description(
      "Show one offboarding with each step, who ordered it and what the vendors answered. By its id, or by e-mail address, login or Okta id for the person's newest.",
    )
    .option('--file <path>', 'write the HTML page to this file');
  does(shell, show, 'lockstep offboarding show alice@example.com --output html --file evidence.html', showOffboarding, [
    'text',
    'json',
    'html',
  ]);
}

async function showOffboarding(context: Context, { file }: ShowOptions, who: string): Promise<ExitCode> {
  const { lockstep, out } = context;
  if (file !== undefined && out.format !== 'html')
    throw new ClientError('wrong-options', '--file goes with --output html', 'redirect the output of the others');
  const id = offboardingId.test(who) ? who : await findPerson(context, who);
  if (id === undefined) return exitCodes.usage;
  const view = await lockstep.reader.offboarding(id);
  if (out.format === 'html') await deliver(context, lockstep.reader.offboardingPage(view.id), file);
  else out.result(view, () => offboardingLines(view, out.paint));
  return codeOf(view);
}

const offboardingId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const codeOf = ({ needsAttention }: OffboardingView): ExitCode =>
  needsAttention ? exitCodes.attention : exitCodes.done;
