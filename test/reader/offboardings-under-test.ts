/** Offboardings as the worker leaves them in the store, in every state. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { OktaUserId } from '../../domain/ids.ts';
import type { OffboardingCommand } from '../../domain/offboarding.ts';
import type { Store } from '../../store/connect.ts';
import { recordStep, type Step } from '../../store/offboarding-steps.ts';
import { completeOffboarding, takeCommand, takeEffectIfDue } from '../../store/offboardings.ts';

const targets = ['cloud'];

type Order = Partial<OffboardingCommand> & Pick<OffboardingCommand, 'kind'>;

/** Takes one command, as the worker does. @param at at once when absent @returns its id */
export async function take(store: Store, person: OktaUserId, order: Order, at?: Date): Promise<string> {
  const command = {
    id: randomUUID(),
    reason: 'last-day',
    receivedAt: new Date().toISOString(),
    ...order,
  } as OffboardingCommand;
  const local =
    command.kind === 'request' && command.effective && 'local' in command.effective ? command.effective : {};
  const okta = (command.kind === 'request' ? command.okta : undefined) ?? 'suspend';
  const effective = at && { effective: { at, ...local } };
  await takeCommand(store, person, command, { id: randomUUID(), okta, ...effective }, targets);
  return command.id;
}

/** Orders an offboarding above the limit, which is that nobody's goes without confirmation. */
export async function takeAboveLimit(store: Store, person: OktaUserId, order: Partial<Order> = {}): Promise<void> {
  const command = { id: randomUUID(), reason: 'last-day', receivedAt: new Date().toISOString(), ...order };
  const limit = { percent: 0, atLeast: 0, atMost: 0 };
  const make = { id: randomUUID(), okta: 'suspend', limit } as const;
  await takeCommand(store, person, { ...command, kind: 'request' } as OffboardingCommand, make, targets);
}

export async function takeEffect(store: Store, person: OktaUserId): Promise<string> {
  const row = await takeEffectIfDue(store, person, targets);
  if (row?.state !== 'in-effect') throw new Error('the offboarding is not due');
  return row.id;
}

const oktaSteps: readonly Step[] = [
  { system: 'okta', step: 'clear-sessions', state: 'done', requestId: 'okta-1' },
  { system: 'okta', step: 'suspend', state: 'done', requestId: 'okta-2' },
  { system: 'okta', step: 'confirm', state: 'done', detail: 'SUSPENDED' },
];

const cloudSteps: readonly Step[] = [
  { system: 'cloud', step: 'deactivate', state: 'done', requestId: 'cloud-1' },
  { system: 'cloud', step: 'remove-memberships', state: 'done', detail: '2/2' },
  { system: 'cloud', step: 'find-others', state: 'nothing-there' },
  { system: 'cloud', step: 'confirm', state: 'done' },
];

/** @param instead of the usual steps of the same names */
export async function doSteps(store: Store, id: string, instead: readonly Step[] = []): Promise<void> {
  const key = ({ system, step }: Step): string => `${system} ${step}`;
  const other = new Map(instead.map((step) => [key(step), step]));
  for (const step of [...oktaSteps, ...cloudSteps]) await recordStep(store, id, other.get(key(step)) ?? step);
}

/** From the order to the last confirmation. */
export async function offboarded(store: Store, person: OktaUserId, instead: readonly Step[] = []): Promise<string> {
  await take(store, person, { kind: 'request' });
  const id = await takeEffect(store, person);
  await doSteps(store, id, instead);
  if (instead.every(({ state }) => state !== 'failed')) await completeOffboarding(store, id);
  return id;
}

/** Nobody has ever been offboarded. */
export async function forgetOffboardings(store: Store): Promise<void> {
  await sql`truncate offboarding, offboarding_command, offboarding_step, offboarding_told`.execute(store);
  await sql`update subject set hold = null, held_since = null`.execute(store);
}
