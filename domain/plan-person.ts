/**
 * Decides what one person should have at one target and what must change for that. Pure; the bulk path feeds it from
 * the mirror, the live path from fresh reads.
 */
import type { Account } from './account.ts';
import {
  type AccountChange,
  type Finding,
  type FindingCode,
  type MembershipChange,
  orderedReason,
  type Reason,
  saidByOkta,
} from './change.ts';
import { type Desired, type DesiredMember, desiredOf } from './desired.ts';
import { finding } from './finding.ts';
import type { OktaGroupId } from './ids.ts';
import { type MatchResult, matchAccount } from './match.ts';
import type { Memberships, PersonFacts } from './person-facts.ts';
import { planUpdate } from './plan-update.ts';
import { type Policy, provesAbsenceFrom } from './policy.ts';

export interface PersonPlan {
  readonly desired: Desired;
  /** In the order in which they are carried out; the same facts in any order give the same plan. */
  readonly changes: readonly (AccountChange | MembershipChange)[];
  readonly findings: readonly Finding[];
}

export function planPerson(facts: PersonFacts, policy: Policy): PersonPlan {
  const desired = desiredOf(facts, policy);
  switch (desired.state) {
    case 'keep':
      return {
        desired,
        changes: [],
        findings: isWorthTelling(facts, desired.because) ? [about(facts, desired.because)] : [],
      };
    case 'inactive':
      return { desired, ...planLeaver(facts, policy, desired.reason) };
    case 'active':
      return { desired, ...planMember(facts, policy, desired) };
    default:
      return desired satisfies never;
  }
}

/** People who have nothing at the target are no news, unless something about them needs attention. */
const isWorthTelling = (facts: PersonFacts, code: FindingCode): boolean =>
  facts.link !== undefined || code === 'expression-failed';

const about = (facts: PersonFacts, code: FindingCode, subjects?: readonly string[]): Finding =>
  finding({ person: facts.id }, code, subjects);

type Planned = Omit<PersonPlan, 'desired'>;

function planLeaver(facts: PersonFacts, policy: Policy, reason: Reason): Planned {
  if (facts.link === undefined) return { changes: [], findings: unlinkedLeaverFindings(facts, policy, reason) };
  const { account } = facts;
  if (!account) return { changes: [], findings: [] }; // The target no longer has it: nothing is left to take.
  if (policy.isProtectedAccount(account)) return { changes: [], findings: [about(facts, 'protected')] };
  const { leaver, operations } = policy.settings;
  const changes: (AccountChange | MembershipChange)[] = [];
  const findings: Finding[] = [];
  if (account.isActive) {
    if (leaver.action === 'keep') findings.push(about(facts, 'leaver-kept'));
    else if (!operations.deactivate) findings.push(about(facts, 'switched-off'));
    else if (!policy.capabilities.deactivate) findings.push(about(facts, 'deactivate-impossible'));
    else changes.push({ kind: 'deactivate-account', person: facts.id, account: account.id, reason });
  }
  if (leaver.removeMemberships)
    changes.push(...planRemovals(facts, policy, { account, memberships: facts.memberships }, reason));
  // Whoever is to lose all memberships by HR's order loses these by it too: no guard and no question to Okta is in its way.
  const isOrdered = reason === orderedReason && leaver.removeMemberships;
  changes.push(
    ...planEmptying(facts, policy, { account, memberships: facts.memberships }, isOrdered ? reason : undefined),
  );
  return { changes, findings };
}

/** Law 8: an account without a link is never changed; but somebody who left and may still get in is worth a look. */
function unlinkedLeaverFindings(facts: PersonFacts, policy: Policy, reason: Reason): Finding[] {
  if (!saidByOkta.has(reason) && reason !== orderedReason) return [];
  const open = facts.candidates.filter(
    ({ account, linkedTo, isKeptApart }) =>
      account.isActive && linkedTo === undefined && !isKeptApart && !policy.isIgnoredAccount(account),
  );
  return open.length === 0
    ? []
    : [
        about(
          facts,
          'leaver-not-linked',
          open.map(({ account }) => account.id),
        ),
      ];
}

function planMember(facts: PersonFacts, policy: Policy, desired: DesiredMember): Planned {
  if (facts.link !== undefined) {
    if (!facts.account) return { changes: [], findings: [about(facts, 'account-missing', [facts.link])] };
    const known = { account: facts.account, memberships: facts.memberships };
    return planKnownAccount(facts, policy, desired, known, marking(facts, facts.account, policy));
  }
  if (desired.unmapped) return { changes: [], findings: [about(facts, desired.unmapped)] };
  const match = matchAccount(facts, desired.attributes, policy);
  switch (match.result) {
    case 'conflict':
      return { changes: [], findings: [about(facts, match.code, match.subjects)] };
    case 'matched':
      return planKnownAccount(facts, policy, desired, match.candidate, [linkChange(facts, match)]);
    case 'none':
      if (!policy.settings.operations.create || !policy.capabilities.createAccounts)
        return { changes: [], findings: [about(facts, 'switched-off')] };
      return {
        changes: [
          { kind: 'create-account', person: facts.id, after: desired.attributes, reason: 'entitled-in-scope' },
          ...planAdditions(facts, policy, desired, new Set()),
        ],
        findings: [],
      };
    default:
      return match satisfies never;
  }
}

/** Who was linked by hand may have an account that bears somebody else's Okta id, or none: it gets theirs. */
const marking = (facts: PersonFacts, { id: account, externalId }: Account, policy: Policy): AccountChange[] =>
  facts.isLinkedByOperator && policy.capabilities.keepsExternalId && externalId !== facts.id
    ? [{ kind: 'link-account', person: facts.id, account, reason: 'linked-by-operator' }]
    : [];

const linkChange = (facts: PersonFacts, match: Extract<MatchResult, { result: 'matched' }>): AccountChange => ({
  kind: 'link-account',
  person: facts.id,
  account: match.candidate.account.id,
  reason: match.reason,
});

/** An account that is linked, or will be by this plan. */
interface KnownAccount {
  readonly account: Account;
  readonly memberships: Memberships;
}

function planKnownAccount(
  facts: PersonFacts,
  policy: Policy,
  desired: DesiredMember,
  known: KnownAccount,
  before: readonly AccountChange[] = [],
): Planned {
  const { account, memberships } = known;
  if (policy.isProtectedAccount(account)) return { changes: [], findings: [about(facts, 'protected')] };
  const extra = memberships.difference(desired.groups);
  const removals = planRemovals(facts, policy, { account, memberships: extra }, 'not-in-okta-group');
  const proven = removals.filter(({ group }) => provesAbsenceFrom(policy, group));
  const unproven = removals.filter((one) => !proven.includes(one)).map(({ group }) => group);
  const changes: (AccountChange | MembershipChange)[] = [...before, ...proven, ...planEmptying(facts, policy, known)];
  const findings: Finding[] = unproven.length > 0 ? [about(facts, 'removal-unproven', unproven)] : [];
  if (!account.isActive) {
    if (policy.settings.operations.reactivate && policy.capabilities.deactivate)
      changes.push({ kind: 'reactivate-account', person: facts.id, account: account.id, reason: 'returned' });
    else findings.push(about(facts, 'switched-off'));
  }
  const update = planUpdate(facts, policy, desired, account);
  changes.push(...update.changes, ...planAdditions(facts, policy, desired, memberships));
  return { changes, findings: [...findings, ...update.findings] };
}

const planAdditions = (
  facts: PersonFacts,
  policy: Policy,
  desired: DesiredMember,
  memberships: Memberships,
): MembershipChange[] =>
  managedOnly(desired.groups.difference(memberships), policy).map((group) => ({
    kind: 'add-member',
    person: facts.id,
    group,
    reason: 'in-okta-group',
  }));

const planRemovals = (facts: PersonFacts, policy: Policy, from: KnownAccount, reason: Reason): MembershipChange[] =>
  takeOut(facts, policy, from.account, managedOnly(from.memberships, policy), reason);

/** A group that was deleted at Okta is left by everybody, whether they should have an account or not. */
const planEmptying = (
  facts: PersonFacts,
  policy: Policy,
  from: KnownAccount,
  reason: Reason = 'group-gone-at-okta',
): MembershipChange[] =>
  takeOut(facts, policy, from.account, [...from.memberships.intersection(policy.emptiedGroups)].sort(), reason);

function takeOut(
  facts: PersonFacts,
  policy: Policy,
  { id: account }: Account,
  groups: readonly OktaGroupId[],
  reason: Reason,
): MembershipChange[] {
  if (policy.settings.membershipAuthority === 'add-only') return [];
  return groups.map((group) => ({ kind: 'remove-member', person: facts.id, account, group, reason }));
}

/** Whatever the facts hold: groups that are not, or no longer, managed keep their members. */
const managedOnly = (groups: Memberships, policy: Policy): OktaGroupId[] =>
  [...groups.intersection(policy.managedGroups)].sort();
