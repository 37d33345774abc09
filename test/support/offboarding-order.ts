/** Orders straight into the store, as the workflow's activity takes them. */
import { randomUUID } from 'node:crypto';
import type { OktaUserId } from '../../domain/ids.ts';
import type { OffboardingCommand, OktaAction } from '../../domain/offboarding.ts';
import type { Store } from '../../store/connect.ts';
import { takeCommand, takeEffectIfDue } from '../../store/offboardings.ts';

export interface OrderOf {
  readonly kind?: 'request' | 'release';
  readonly okta?: OktaAction;
  readonly targets?: readonly string[];
}

/** One that was due long ago. */
export async function order(
  store: Store,
  person: OktaUserId,
  { kind = 'request', okta = 'suspend', targets = [] }: OrderOf = {},
): Promise<void> {
  const said = { id: randomUUID(), reason: 'HR-1', receivedAt: new Date().toISOString() };
  const command: OffboardingCommand = kind === 'request' ? { ...said, kind, okta } : { ...said, kind };
  await takeCommand(store, person, command, { id: randomUUID(), okta, effective: { at: new Date(0) } }, targets);
}

/** @returns the id of the offboarding, which is in effect */
export async function offboarded(store: Store, person: OktaUserId, of: OrderOf = {}): Promise<string> {
  await order(store, person, of);
  return (await takeEffectIfDue(store, person, of.targets ?? []))?.id ?? '';
}
