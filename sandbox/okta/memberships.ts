import { reconcileUser } from './assignments.ts';
import type { Org } from './org.ts';
import { type GroupRecord, isoTime, type UserRecord } from './records.ts';
import { type Cause, groupTarget, userTarget } from './system-log.ts';

/** @returns false when the user was a member already: then nothing changes and no event is written */
export function joinGroup(org: Org, cause: Cause, group: GroupRecord, user: UserRecord): boolean {
  return change(org, cause, group, user, true);
}

/** @returns false when the user was no member */
export function leaveGroup(org: Org, cause: Cause, group: GroupRecord, user: UserRecord): boolean {
  return change(org, cause, group, user, false);
}

/** Membership changes move the group's `lastMembershipUpdated` and leave the user's `lastUpdated` alone. */
export function touchMembership(org: Org, cause: Cause, group: GroupRecord): void {
  org.groups.set({ ...group, lastMembershipUpdated: isoTime(cause.now) }, cause.now);
}

function change(org: Org, cause: Cause, group: GroupRecord, user: UserRecord, isMember: boolean): boolean {
  if (!org.setMembership(group.id, user.id, isMember)) return false;
  touchMembership(org, cause, org.groups.get(group.id) ?? group);
  org.log.write(cause, {
    eventType: `group.user_membership.${isMember ? 'add' : 'remove'}`,
    displayMessage: isMember ? 'Add user to group membership' : 'Remove user from group membership',
    target: [userTarget(user), groupTarget(group)],
  });
  reconcileUser(org, cause, user.id);
  return true;
}
