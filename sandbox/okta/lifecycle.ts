import { reconcileUser } from './assignments.ts';
import { leaveGroup, touchMembership } from './memberships.ts';
import { OktaError } from './okta-error.ts';
import type { Org } from './org.ts';
import { isoTime, USER_STATUSES, type UserRecord, type UserStatus } from './records.ts';
import type { OktaSettings } from './settings.ts';
import { type Cause, type EventInput, userTarget } from './system-log.ts';

export type LifecycleStep = 'activate' | 'deactivate' | 'reactivate' | 'suspend' | 'unsuspend' | 'unlock';

interface StepRule {
  from: readonly UserStatus[];
  refusal(): OktaError;
}

const wrongStatus = () => new OktaError('E0000038');
const notValid = (text: string) => () => new OktaError('E0000001', text, [text]);

// Statuses and errors from User Lifecycle operations and "Okta API error codes".
const STEPS: Record<LifecycleStep, StepRule> = {
  activate: { from: ['STAGED', 'DEPROVISIONED'], refusal: () => new OktaError('E0000016') },
  deactivate: { from: USER_STATUSES.filter((status) => status !== 'DEPROVISIONED'), refusal: wrongStatus },
  reactivate: { from: ['PROVISIONED', 'RECOVERY'], refusal: wrongStatus },
  suspend: { from: ['ACTIVE'], refusal: notValid('Cannot suspend a user that is not active') },
  unsuspend: { from: ['SUSPENDED'], refusal: notValid('Cannot unsuspend a user that is not suspended') },
  unlock: { from: ['LOCKED_OUT'], refusal: () => new OktaError('E0000032') },
};

const DIRECT_STEPS: Record<Exclude<LifecycleStep, 'activate' | 'deactivate'>, [UserStatus, string]> = {
  reactivate: ['PROVISIONED', 'user.lifecycle.reactivate'],
  suspend: ['SUSPENDED', 'user.lifecycle.suspend'],
  unsuspend: ['ACTIVE', 'user.lifecycle.unsuspend'],
  unlock: ['ACTIVE', 'user.account.unlock_by_admin'],
};

const MESSAGES: Record<string, string> = {
  'user.lifecycle.activate': 'Activate Okta user',
  'user.lifecycle.deactivate': 'Deactivate Okta User',
  'user.lifecycle.reactivate': 'Reactivate Okta user',
  'user.lifecycle.suspend': 'Suspend Okta user',
  'user.lifecycle.unsuspend': 'Unsuspend Okta user',
  'user.account.unlock_by_admin': 'Unlock user account by admin',
  'user.account.lock': 'Max sign in attempts exceeded',
  'user.account.reset_password': 'Fired when the user password is reset',
  'user.account.expire_password': 'Fired when the user password is expired',
};

/**
 * Takes one step of the user's lifecycle, or begins it where that takes time.
 * @throws OktaError when the status does not allow it.
 */
export function takeStep(org: Org, cause: Cause, settings: OktaSettings, user: UserRecord, step: LifecycleStep): void {
  if (user.transition) throw new OktaError('E0000112');
  const { from, refusal } = STEPS[step];
  if (!from.includes(user.status)) throw refusal();
  if (step === 'activate') move(org, cause, settings, user, user.hasPassword ? 'ACTIVE' : 'PROVISIONED');
  else if (step === 'deactivate') move(org, cause, settings, user, 'DEPROVISIONED');
  else setStatus(org, cause, user, ...DIRECT_STEPS[step]);
}

/** Ends the (de)activations whose time has come. */
export function finishTransitions(org: Org, settings: OktaSettings, pending: Map<string, Cause>, now: number): void {
  for (const [id, cause] of pending) {
    const user = org.users.get(id);
    if (user?.transition && user.transition.at > now) continue;
    pending.delete(id);
    if (user?.transition) arrive(org, { ...cause, now }, settings, user, user.transition.to);
  }
}

/** Deletes a user for good; only the deactivated can be. */
export function deleteUser(org: Org, cause: Cause, user: UserRecord): void {
  write(org, cause, user, {
    eventType: 'user.lifecycle.delete.initiated',
    displayMessage: 'Delete Okta user initiated',
  });
  const groups = org.groupsOf(user.id);
  for (const entry of org.apps.all()) entry.removeUser(user.id);
  org.removeUser(user, cause.now);
  for (const group of groups) touchMembership(org, cause, group);
  write(org, cause, user, {
    eventType: 'user.lifecycle.delete.completed',
    displayMessage: 'Delete Okta user completed',
  });
}

/** Sets a status and writes its event; for what no API call but a sign-in or an administrator's page brings about, too. */
export function setStatus(org: Org, cause: Cause, user: UserRecord, status: UserStatus, eventType?: string): void {
  const { transition: _, ...settled } = user;
  const time = isoTime(cause.now);
  const activated = eventType === 'user.lifecycle.activate' ? time : user.activated;
  org.setUser({ ...settled, status, activated, statusChanged: time, lastUpdated: time }, cause.now);
  if (eventType) write(org, cause, user, { eventType, displayMessage: MESSAGES[eventType] ?? eventType });
}

function move(org: Org, cause: Cause, settings: OktaSettings, user: UserRecord, to: UserStatus): void {
  const at = cause.now + settings.transitionMs;
  if (settings.transitionMs > 0) org.setUser({ ...user, transition: { to, at } }, cause.now);
  else arrive(org, cause, settings, user, to);
}

function arrive(org: Org, cause: Cause, settings: OktaSettings, user: UserRecord, to: UserStatus): void {
  const isLeaving = to === 'DEPROVISIONED';
  setStatus(org, cause, user, to, isLeaving ? 'user.lifecycle.deactivate' : 'user.lifecycle.activate');
  reconcileUser(org, cause, user.id);
  if (!isLeaving || !settings.deactivationDropsGroups) return;
  for (const group of org.groupsOf(user.id)) if (group.type === 'OKTA_GROUP') leaveGroup(org, cause, group, user);
}

function write(org: Org, cause: Cause, user: UserRecord, event: Omit<EventInput, 'target'>): void {
  org.log.write(cause, { ...event, target: [userTarget(user)] });
}
