/** Offboardings as HR and operators order them, and what a command does to one. Pure. */

/** What happens to the person at Okta. Deactivating takes every app for good; suspending can be undone. */
export const oktaActions = ['suspend', 'deactivate'] as const;
export type OktaAction = (typeof oktaActions)[number];

/** An instant (ISO 8601 with zone or `Z`), or a local time (`2026-10-25T17:00`) in a zone of the IANA database. */
export type EffectiveTime = { readonly at: string } | { readonly local: string; readonly zone: string };

export type OrderedBy = 'hr' | 'operator';

/** Reason and ticket are codes, never names or prose. */
export type OffboardingCommand = {
  /** Of whoever sends it: the same command twice has the same one. Senders may use it for another one, too. */
  readonly id: string;
  /** Of the person: the highest wins, whatever comes first. One more than the highest so far when absent. */
  readonly seq?: number;
  readonly reason: string;
  readonly ticket?: string;
  /** ISO 8601: when it was accepted from whoever sent it, by their clock or that of their host: to be told, not reckoned with. */
  readonly receivedAt: string;
  /** Who gave it: HR's hook, or an operator by the command line. Absent in commands of builds that did not say so. */
  readonly by?: OrderedBy;
} & (
  | {
      readonly kind: 'request';
      /** At once when absent: as soon as it is taken, by the clock of the database. */
      readonly effective?: EffectiveTime;
      readonly okta?: OktaAction;
      /** How the person was named, when that was not by their Okta id. */
      readonly foundBy?: 'okta' | 'mirror';
      /** Whoever orders by the command line has confirmed it by that. */
      readonly orderedBy?: 'operator';
    }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'release' }
  /** Lets an order above the limit take effect: the one with this number, as whoever confirms saw it. */
  | { readonly kind: 'confirm'; readonly seq: number }
);

/**
 * `unconfirmed`: above the limit, so nothing is done until an operator confirms it; where it would change one that is in
 * force, that one goes on beside it. `scheduled`: waits for its time.
 * `in-effect`: the person is held and access is taken. The others are over.
 */
export const offboardingStates = ['unconfirmed', 'scheduled', 'in-effect', 'cancelled', 'released'] as const;
export type OffboardingState = (typeof offboardingStates)[number];

/** What lists of offboardings are asked for: a state; or those in effect, by whether every system has confirmed. */
export const listedStandings = [...offboardingStates, 'under-way', 'complete'] as const;
export type ListedStanding = (typeof listedStandings)[number];

/** The database decides within moments; longer after its time than this, nobody has been there to do it. */
export const lateAfterSeconds = 60;
/** A system that has not confirmed by then is away or refuses, and somebody may still have access there. */
export const failingAfterSeconds = 300;

/**
 * What became of a command. `repeated`: the same came before. `outdated`: one with a higher number came before.
 * `nothing-to-end`: there is no offboarding to cancel or release; it counts all the same, for requests that come late.
 * `unclear`: the same came before, and others under its id since: an old one sent again, or one anew; nothing was done.
 * `above-limit`: a request that waits to be confirmed. `nothing-to-confirm`: none waits.
 */
export type CommandAnswer =
  | 'accepted'
  | 'repeated'
  | 'outdated'
  | 'nothing-to-end'
  | 'unclear'
  | 'above-limit'
  | 'nothing-to-confirm';

/** Commands that have a number of their own. A confirmation has that of the order which it confirms. */
export type NumberedCommand = Exclude<OffboardingCommand, { readonly kind: 'confirm' }>;

/** What a command with the highest number so far does to the offboarding that is open, if there is one. */
export type Effect = 'open' | 'change' | 'end' | 'nothing';

export function effectOf(open: OffboardingState | undefined, { kind }: NumberedCommand): Effect {
  if (kind === 'request') return open === undefined ? 'open' : 'change';
  return open === undefined ? 'nothing' : 'end';
}

interface Standing {
  readonly state: OffboardingState;
  readonly effectiveAtMs: number;
  readonly okta: OktaAction;
}

/**
 * Whether an order takes access earlier than the one that is in force, or takes more at Okta. Instants are epoch milliseconds.
 *
 * @param order at once when it names no instant
 */
export function asksForMore(
  { state, effectiveAtMs, okta }: Standing,
  order: { readonly atMs?: number | undefined; readonly okta: OktaAction },
  nowMs: number,
): boolean {
  if (order.okta === 'deactivate' && okta === 'suspend') return true;
  if (state === 'in-effect') return false;
  return Math.max(order.atMs ?? 0, nowMs) < effectiveAtMs;
}

/** What a command says, written in one way: what has the same id and says the same is the same command. */
export function wordingOf(command: OffboardingCommand): string {
  const { kind, seq = null, reason, ticket = null } = command;
  const { effective, okta = null } = command.kind === 'request' ? command : {};
  const time = effective && ('at' in effective ? [effective.at] : [effective.local, effective.zone]);
  return JSON.stringify([kind, seq, time ?? null, okta, reason, ticket]);
}

/** What a request asks for, as its sender said it. */
export type Ordered = (EffectiveTime | { readonly isAtOnce: true }) & { readonly okta?: OktaAction };

/** Of a command as `wordingOf` wrote it; undefined when it is no request. */
export function orderedIn(wording: string): Ordered | undefined {
  const [kind, , time, okta] = JSON.parse(wording) as [string, unknown, readonly string[] | null, OktaAction | null];
  if (kind !== 'request') return undefined;
  const [at = '', zone] = time ?? [];
  const when = time === null ? ({ isAtOnce: true } as const) : zone === undefined ? { at } : { local: at, zone };
  return { ...when, ...(okta === null ? {} : { okta }) };
}

/** Whether it makes a difference that a command comes now. */
export function mattersNow(open: OffboardingState | undefined, command: OffboardingCommand): boolean {
  if (command.kind === 'confirm') return true;
  const effect = effectOf(open, command);
  return effect === 'change' ? open !== 'in-effect' : effect !== 'nothing';
}

/** Commands in the order in which they count. */
export const inOrder = (commands: readonly OffboardingCommand[]): OffboardingCommand[] =>
  commands.toSorted((a, b) => (a.seq ?? Number.MAX_SAFE_INTEGER) - (b.seq ?? Number.MAX_SAFE_INTEGER));

/** What is done, one by one, for the evidence. */
export const offboardingSteps = [
  'clear-sessions',
  'suspend',
  'deactivate',
  /** That nobody gets in any more, as read back. */
  'confirm',
  'remove-memberships',
  /** Accounts that bear a name of theirs and are not linked to them: for a human to look at. */
  'find-others',
  /** Whether somebody else than Okta decides about the person there, and may undo what was done: for a human to look at. */
  'find-master',
] as const;
export type OffboardingStep = (typeof offboardingSteps)[number];

/**
 * `done`: by us. `already-so`: found like that. `not-possible`: the vendor or the configuration has no such thing.
 * `failed`: see the detail; it is tried again. `nothing-there`: the person has no account, or none of what was looked for.
 */
export type StepState = 'done' | 'already-so' | 'not-possible' | 'failed' | 'nothing-there';
