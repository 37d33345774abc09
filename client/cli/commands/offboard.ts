import { type Command, Option } from 'commander';
import { type OktaAction, oktaActions } from '../../../domain/offboarding.ts';
import { ClientError } from '../../client-error.ts';
import type { OffboardingOrder } from '../../offboard.ts';
import { type Context, does, type Shell } from '../command.ts';
import { effectiveTime, type TimeOptions } from '../effective-time.ts';
import { type FoundPerson, findPerson, lookUp, nobodyNamed } from '../find-person.ts';
import { type ExitCode, exitCodes } from '../io.ts';
import { type ReasonOptions, reasonOf, withReason } from '../operator-command.ts';
import { isSettled, outcomeLines } from '../order-outcome.ts';
import { waitOptions } from '../progress.ts';

interface OrderOptions extends ReasonOptions {
  readonly wait: boolean;
}

interface OffboardOptions extends OrderOptions, TimeOptions {
  readonly okta?: OktaAction;
}

export function addOffboard(program: Command, shell: Shell): void {
  const command = program
    .command('offboard <person>')
    .description(
      'Take all access from one person, now or at a time, and keep it from them until they are released. By e-mail address, login or Okta id.',
    )
    .option(
      '--at <time>',
      'when: an instant (2026-11-30T16:00:00Z) or a local time (2026-11-30T17:00); now when left out',
    )
    .option('--zone <name>', 'time zone of a local time, as in Europe/Berlin')
    .addOption(
      new Option('--okta <action>', 'what happens at Okta; deactivating takes every app for good').choices(oktaActions),
    );
  does(
    shell,
    withWaiting(withReason(command)),
    'lockstep offboard alice@example.com --at 2026-11-30T17:00 --zone Europe/Berlin --reason last-day --ticket HR-7',
    offboard,
  );
}

export function addCancelOffboard(program: Command, shell: Shell): void {
  const command = program
    .command('cancel-offboard <person>')
    .description('Withdraw an offboarding, scheduled or in effect. What was done at Okta until then stays as it is.');
  does(
    shell,
    withWaiting(withReason(command)),
    'lockstep cancel-offboard alice@example.com --reason stays-after-all',
    (context, options: OrderOptions, who: string) => end(context, options, who, 'cancel'),
  );
}

export function addRelease(program: Command, shell: Shell): void {
  const command = program
    .command('release <person>')
    .description(
      'End the hold of somebody who was offboarded and comes back. The next sync gives them what Okta says.',
    );
  does(
    shell,
    withWaiting(withReason(command)),
    'lockstep release alice@example.com --reason rehired',
    (context, options: OrderOptions, who: string) => end(context, options, who, 'release'),
  );
}

const withWaiting = (command: Command): Command => command.option('--no-wait', 'order it and return at once');

async function offboard(context: Context, options: OffboardOptions, who: string): Promise<ExitCode> {
  const effective = effectiveTime(options, new Date());
  const found = await whom(context, who);
  if (found === undefined) return exitCodes.usage;
  const { id: person, source } = found;
  return carryOut(context, options, who, {
    kind: 'request',
    person,
    ...reasonOf(options),
    ...(effective ? { effective } : {}),
    ...(options.okta ? { okta: options.okta } : {}),
    ...(source === 'okta' || source === 'mirror' ? { foundBy: source } : {}),
  });
}

async function end(
  context: Context,
  options: OrderOptions,
  who: string,
  kind: 'cancel' | 'release',
): Promise<ExitCode> {
  const person = await findPerson(context, who);
  if (person === undefined) return exitCodes.usage;
  return carryOut(context, options, who, { kind, person, ...reasonOf(options) });
}

/** Who only had the name once is not taken for the one who is meant. @throws ClientError */
async function whom(context: Context, text: string): Promise<FoundPerson | undefined> {
  const found = await lookUp(context, text);
  if (found === 'several') return undefined;
  if ('nobody' in found) throw nobodyNamed(text);
  if (found.source !== 'history') return found;
  throw new ClientError(
    'not-found',
    `nobody has the name ${text} now; ${found.id} once had it`,
    `\`lockstep explain ${found.id}\` tells who that is; name them by this id if you mean them`,
  );
}

async function carryOut(
  context: Context,
  { wait }: OrderOptions,
  who: string,
  order: OffboardingOrder,
): Promise<ExitCode> {
  const { lockstep, out } = context;
  const sent = await lockstep.sendOrder(order);
  if (!wait) {
    out.result(sent, () => [`Ordered. \`lockstep offboarding show ${sent.person}\` tells how it goes.`]);
    return exitCodes.done;
  }
  const outcome = await lockstep.waitForOrder(sent, waitOptions(context));
  out.result(outcome, () => outcomeLines(order.kind, outcome, who));
  return isSettled(outcome) ? exitCodes.done : exitCodes.attention;
}
