import { createHash } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { hashPrefix } from '../../../domain/approval-commands.ts';
import type { OffboardingSummary } from '../../../reader/client.ts';
import { ClientError } from '../../client-error.ts';
import type { OrderOutcome, SentOrder } from '../../offboard.ts';
import { type Context, does, type Shell } from '../command.ts';
import { findPerson } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { offboardingColumns } from '../offboarding-text.ts';
import { type ReasonOptions, reasonOf, withReason } from '../operator-command.ts';
import { isSettled, outcomeLines } from '../order-outcome.ts';
import { waitOptions } from '../progress.ts';
import { counted } from '../words.ts';

interface ConfirmOptions extends ReasonOptions {
  readonly allWaiting?: boolean;
  readonly hash?: string;
  readonly wait: boolean;
}

/** As many as the reader lists at once. */
const mostAtOnce = 500;

export function addConfirmOffboarding(program: Command, shell: Shell): void {
  const command = program
    .command('confirm-offboarding [person...]')
    .description(
      'Let offboardings take effect that wait because more were ordered within a day than the limit lets through.',
    )
    .option('--all-waiting', 'list all that wait, with a hash of the list; with that hash, confirm them')
    .option('--hash <prefix>', 'at least eight characters of the hash of the list that you saw', hashOption)
    .option('--no-wait', 'confirm and return at once');
  does(
    shell,
    withReason(command),
    'lockstep confirm-offboarding alice@example.com bob@example.com --reason closing-of-site --ticket HR-9',
    confirmOffboarding,
  );
}

async function confirmOffboarding(
  context: Context,
  options: ConfirmOptions,
  people: readonly string[],
): Promise<ExitCode> {
  const { allWaiting = false, hash } = options;
  if (allWaiting === people.length > 0)
    throw new ClientError(
      'wrong-options',
      allWaiting ? '--all-waiting goes without names' : 'whose offboarding is confirmed?',
      'name people, or list all that wait with --all-waiting',
    );
  if (hash !== undefined && !allWaiting)
    throw new ClientError('wrong-options', '--hash goes with --all-waiting', 'leave it out');
  if (!allWaiting) {
    const found = await waitingOf(context, people);
    return found ? confirmAll(context, options, found) : exitCodes.usage;
  }
  const { items } = await context.lockstep.reader.offboardings({ state: 'unconfirmed', limit: mostAtOnce });
  if (hash === undefined) return listWaiting(context, items);
  if (!listHash(items).startsWith(hash))
    throw new ClientError(
      'refused',
      `what waits is not what you saw: its hash is ${hashPrefix(listHash(items))}…, not ${hash}`,
      'look at the list again: `lockstep confirm-offboarding --all-waiting --reason CODE`',
    );
  return confirmAll(context, options, items);
}

/** Undefined when a name is that of several. @throws ClientError when somebody has none that waits */
async function waitingOf(
  context: Context,
  people: readonly string[],
): Promise<readonly OffboardingSummary[] | undefined> {
  const waiting = new Map<string, OffboardingSummary>();
  for (const who of people) {
    const person = await findPerson(context, who);
    if (person === undefined) return undefined;
    const [found] = (await context.lockstep.reader.offboardings({ person, state: 'unconfirmed', limit: 1 })).items;
    if (!found)
      throw new ClientError(
        'not-found',
        `no offboarding of ${who} waits to be confirmed; nothing was done`,
        '`lockstep offboardings --state unconfirmed` lists those that do',
      );
    waiting.set(person, found);
  }
  return [...waiting.values()];
}

function listWaiting({ out }: Context, items: readonly OffboardingSummary[]): ExitCode {
  const hash = listHash(items);
  out.result({ hash, items }, function* () {
    if (items.length === 0) {
      yield 'No offboarding waits to be confirmed.';
      return;
    }
    yield* offboardingColumns(items);
    yield '';
    const more = items.length < mostAtOnce ? '' : ' There may be more; these are the newest.';
    yield `${counted(items.length, 'offboarding waits', 'offboardings wait')}.${more} To confirm just these:`;
    yield `    → lockstep confirm-offboarding --all-waiting --hash ${hashPrefix(hash)} --reason CODE`;
  });
  return items.length === 0 ? exitCodes.done : exitCodes.attention;
}

/** Sent all at once, then waited for one by one: they go on beside each other. */
async function confirmAll(
  context: Context,
  options: ConfirmOptions,
  items: readonly OffboardingSummary[],
): Promise<ExitCode> {
  const { lockstep, out } = context;
  const sent: SentOrder[] = [];
  for (const { person, seq } of items)
    sent.push(await lockstep.sendOrder({ kind: 'confirm', person: person.id, seq, ...reasonOf(options) }));
  if (!options.wait) {
    out.result(sent, () =>
      sent.map(({ person }) => `Confirmed. \`lockstep offboarding show ${person}\` tells how it goes.`),
    );
    return exitCodes.done;
  }
  const outcomes: OrderOutcome[] = [];
  for (const one of sent) outcomes.push(await lockstep.waitForOrder(one, waitOptions(context)));
  out.result(outcomes, function* () {
    if (outcomes.length === 0) yield 'No offboarding waits to be confirmed.';
    for (const outcome of outcomes) yield* outcomeLines('confirm', outcome);
  });
  return outcomes.every(isSettled) ? exitCodes.done : exitCodes.attention;
}

/** Of which orders there are, and of what they say now. */
const listHash = (items: readonly OffboardingSummary[]): string =>
  createHash('sha256')
    .update(
      items
        .map(({ id, seq }) => `${id} ${seq}\n`)
        .sort()
        .join(''),
    )
    .digest('hex');

function hashOption(text: string): string {
  if (!/^[0-9a-f]{8,64}$/i.test(text))
    throw new InvalidArgumentError('Write at least eight characters of the hash below the list.');
  return text.toLowerCase();
}
