/** Decides about members of a managed group to whom no person is linked. */
import type { Account } from './account.ts';
import type { Finding, MembershipChange } from './change.ts';
import { finding } from './finding.ts';
import type { OktaGroupId } from './ids.ts';
import { type Policy, provesAbsenceFrom } from './policy.ts';

export interface UnlinkedMembersPlan {
  readonly changes: readonly MembershipChange[];
  readonly findings: readonly Finding[];
}

/**
 * `members`: accounts in the target group that are linked to nobody and that this plan does not link either. Under
 * `exact` they are removed, else only told; protected and ignored accounts are neither.
 */
export function planUnlinkedMembers(
  group: OktaGroupId,
  members: readonly Account[],
  policy: Policy,
): UnlinkedMembersPlan {
  if (!policy.managedGroups.has(group)) return { changes: [], findings: [] };
  const strangers = members
    .filter((account) => !policy.isProtectedAccount(account) && !policy.isIgnoredAccount(account))
    .map(({ id }) => id)
    .sort();
  if (strangers.length === 0) return { changes: [], findings: [] };
  if (policy.settings.membershipAuthority !== 'exact')
    return { changes: [], findings: [finding({ group }, 'unlinked-members', strangers)] };
  if (!provesAbsenceFrom(policy, group))
    return { changes: [], findings: [finding({ group }, 'removal-unproven', strangers)] };
  return {
    changes: strangers.map((account) => ({ kind: 'remove-member', account, group, reason: 'unlinked-member' })),
    findings: [],
  };
}
