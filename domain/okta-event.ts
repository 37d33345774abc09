/** Events of Okta's System Log as hints that somebody or something should be read again. Ids only, never a name. */
import type { OktaAppId, OktaGroupId, OktaUserId } from './ids.ts';

export type EventSubject =
  | { readonly kind: 'person'; readonly id: OktaUserId }
  | { readonly kind: 'group'; readonly id: OktaGroupId }
  | { readonly kind: 'app'; readonly id: OktaAppId };

export interface SourceEvent {
  /** Okta's uuid, the same in an event hook's delivery and in the log; `unreadable` where it cannot be read. */
  readonly id: string;
  /** Or `unreadable`. */
  readonly type: string;
  /** ISO 8601, when it happened; the log is in the order of persistence, which is another one. */
  readonly published?: string;
  /** Whom and what it is about, each once, as far as that can be read; empty where Okta tells no target. */
  readonly targets: readonly EventSubject[];
  /** `SUCCESS`, `FAILURE`, `DEFERRED`, ... */
  readonly outcome?: string;
}

/** Of an event that is not of the form that Okta documents. */
export const unreadable = 'unreadable';

/** One page of the polled log. */
export interface SourceEvents {
  /** In order of persistence; may repeat events of earlier pages, and may be empty without meaning the end. */
  readonly events: readonly SourceEvent[];
  /** Where the next call goes on. To be kept once these events are in safe hands, not before. */
  readonly next: string;
}

/** The code of the `Rejected` that says that Okta does not take a cursor any more. */
export const cursorInvalid = 'cursor-invalid';

export interface EventOptions {
  /** Sign-ins to apps too, which are many. */
  readonly signIns?: boolean;
  /** Assignments to these apps, for targets whose scope is an app; of none otherwise. */
  readonly apps?: readonly OktaAppId[];
}

/**
 * The event types that can change what a target should hold ("Event types"), each with why. Left out on purpose: passwords,
 * lock-outs and factors, which take no entitlement away; group rules and assignments of groups to apps, since each person
 * whom they move has an event of their own.
 */
export const eventTypes: Readonly<Record<string, string>> = {
  'user.lifecycle.create': 'may be entitled, or wait as STAGED',
  'user.lifecycle.activate': 'becomes entitled, or returns',
  'user.lifecycle.reactivate': 'is invited again',
  'user.lifecycle.suspend': 'loses access, for now',
  'user.lifecycle.unsuspend': 'gets access back',
  'user.lifecycle.deactivate': 'leaves',
  'user.lifecycle.delete.initiated': 'leaves for good; hooks tell this one only',
  'user.lifecycle.delete.completed': 'is gone, which the log alone proves',
  'user.account.update_profile': 'mapped attributes, scope by expression',
  'user.account.update_primary_email': 'the address that accounts are matched by',
  'user.account.update_user_type': 'may bring other attributes',
  'group.user_membership.add': 'scope and memberships of one person',
  'group.user_membership.remove': 'scope and memberships of one person',
  'group.profile.update': 'a name that may have to change at the targets',
  'group.lifecycle.delete': 'a managed group that is to be emptied',
};

/** Of the people assigned to one app ("Event types"): who is in scope, and the app's own values for them. */
export const assignmentEvents = 'application.user_membership.';

/** The person is who did it, not a target. */
export const signInEvent = 'user.authentication.sso';

/** Of a group itself; those of its members are about the member. */
const groupEvents: ReadonlySet<string> = new Set(['group.profile.update', 'group.lifecycle.delete']);

/** Whom an event of this type is to be told of; undefined when it can change nothing here. */
export function concernOf(type: string): 'people' | 'groups' | undefined {
  if (groupEvents.has(type)) return 'groups';
  const isAboutPeople = Object.hasOwn(eventTypes, type) || type.startsWith(assignmentEvents) || type === signInEvent;
  return isAboutPeople ? 'people' : undefined;
}

/** Of a person, done and not only asked for. */
export const deletionEvent = 'user.lifecycle.delete.completed';

/** What no list of changes will show of the people whom some events are about. */
export interface Unlisted {
  /** Gone for good, as these events prove: an id is never given to anybody else. */
  readonly deleted: ReadonlySet<OktaUserId>;
  /** Of assignments to an app that they had, some may have ended, which is seen only by asking for theirs. */
  readonly unassigned: ReadonlySet<OktaUserId>;
}

const endOfAssignment = new Set(['remove', 'deprovision', 'revoke'].map((end) => assignmentEvents + end));

/**
 * Whoever is deactivated loses all assignments. The list of people shows that they left, so these matter once they are back,
 * whenever that is.
 */
export function unlistedIn(events: readonly SourceEvent[]): Unlisted {
  const those = (isSo: (event: SourceEvent) => boolean): Set<OktaUserId> =>
    new Set(
      events.filter(isSo).flatMap(({ targets }) => targets.flatMap((one) => (one.kind === 'person' ? one.id : []))),
    );
  const succeeded = (wanted: string) => those(({ type, outcome }) => type === wanted && outcome === 'SUCCESS');
  const deleted = succeeded(deletionEvent);
  const left = succeeded('user.lifecycle.deactivate').union(deleted);
  const back = those(({ type }) => type === 'user.lifecycle.activate');
  const lost = those(({ type }) => endOfAssignment.has(type));
  return { deleted, unassigned: lost.difference(left).union(back) };
}

/**
 * Whether it may be about somebody without telling about whom. Who signs in changes nothing at Okta by that, and is found by
 * no other reading.
 */
export function isUnclear({ type, targets }: Pick<SourceEvent, 'type' | 'targets'>): boolean {
  if (type === unreadable) return true;
  const concern = type === signInEvent ? undefined : concernOf(type);
  return concern !== undefined && !targets.some(({ kind }) => kind === (concern === 'people' ? 'person' : 'group'));
}
