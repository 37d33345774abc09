/**
 * Decides what one person should have at one target and what must change for that. Pure; the bulk path feeds it from
 * the mirror, the live path from fresh reads.
 */
import { type Account, type AccountAttributes, sameValue } from './account.ts';
import type { AccountChange, Finding, FindingCode, MembershipChange, Reason } from './change.ts';
import { type Desired, desiredOf } from './desired.ts';
import { type MatchResult, matchAccount } from './match.ts';
import type { PersonFacts } from './person-facts.ts';
import type { Policy } from './policy.ts';

export interface PersonPlan {
  readonly desired: Desired;
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
        findings: isWorthTelling(facts, desired.because) ? [finding(facts, desired.because)] : [],
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
  facts.link !== undefined || code === 'expression-failed' || code === 'user-name-empty';

const finding = (facts: PersonFacts, code: FindingCode, subjects?: readonly string[]): Finding => ({
  code,
  person: facts.id,
  ...(subjects && subjects.length > 0 ? { subjects } : {}),
});

type Planned = Omit<PersonPlan, 'desired'>;

function planLeaver(facts: PersonFacts, policy: Policy, reason: Reason): Planned {
  if (facts.link === undefined) return { changes: [], findings: unlinkedLeaverFindings(facts, policy, reason) };
  const { account } = facts;
  if (!account) return { changes: [], findings: [] }; // The target no longer has it: nothing is left to take.
  if (policy.isProtectedAccount(account)) return { changes: [], findings: [finding(facts, 'protected')] };
  const { leaver, operations, membershipAuthority } = policy.settings;
  const changes: (AccountChange | MembershipChange)[] = [];
  const findings: Finding[] = [];
  if (account.isActive) {
    if (leaver.action === 'keep') findings.push(finding(facts, 'leaver-kept'));
    else if (!operations.deactivate) findings.push(finding(facts, 'switched-off'));
    else if (!policy.capabilities.deactivate) findings.push(finding(facts, 'deactivate-impossible'));
    else changes.push({ kind: 'deactivate-account', person: facts.id, account: account.id, reason });
  }
  if (leaver.removeMemberships && operations.groups && membershipAuthority !== 'add-only')
    for (const group of facts.memberships)
      changes.push({ kind: 'remove-member', person: facts.id, account: account.id, group, reason });
  return { changes, findings };
}

/** Law 8: an account without a link is never changed; but somebody who left and may still get in is worth a look. */
function unlinkedLeaverFindings(facts: PersonFacts, policy: Policy, reason: Reason): Finding[] {
  if (reason !== 'okta-deprovisioned' && reason !== 'okta-suspended') return [];
  const open = facts.candidates.filter(
    ({ account, linkedTo }) => account.isActive && linkedTo === undefined && !policy.isIgnoredAccount(account),
  );
  return open.length === 0
    ? []
    : [
        finding(
          facts,
          'leaver-not-linked',
          open.map(({ account }) => account.id),
        ),
      ];
}

type DesiredMember = Extract<Desired, { state: 'active' }>;

function planMember(facts: PersonFacts, policy: Policy, desired: DesiredMember): Planned {
  if (facts.link !== undefined) {
    if (!facts.account) return { changes: [], findings: [finding(facts, 'account-missing', [facts.link])] };
    return planKnownAccount(facts, policy, desired, facts.account, []);
  }
  const match = matchAccount(facts, desired.attributes, policy);
  switch (match.result) {
    case 'conflict':
      return { changes: [], findings: [finding(facts, match.code, match.subjects)] };
    case 'matched':
      return planKnownAccount(facts, policy, desired, match.account, [linkChange(facts, match)]);
    case 'none':
      if (!policy.settings.operations.create || !policy.capabilities.createAccounts)
        return { changes: [], findings: [finding(facts, 'switched-off')] };
      return {
        changes: [
          { kind: 'create-account', person: facts.id, after: desired.attributes, reason: 'entitled-in-scope' },
          ...planMemberships(facts, policy, desired, undefined),
        ],
        findings: [],
      };
    default:
      return match satisfies never;
  }
}

const linkChange = (facts: PersonFacts, match: Extract<MatchResult, { result: 'matched' }>): AccountChange => ({
  kind: 'link-account',
  person: facts.id,
  account: match.account.id,
  reason: match.reason,
});

function planKnownAccount(
  facts: PersonFacts,
  policy: Policy,
  desired: DesiredMember,
  account: Account,
  before: readonly AccountChange[],
): Planned {
  if (policy.isProtectedAccount(account)) return { changes: [], findings: [finding(facts, 'protected')] };
  const { operations } = policy.settings;
  const changes: (AccountChange | MembershipChange)[] = [...before];
  const findings: Finding[] = [];
  if (!account.isActive) {
    if (operations.reactivate)
      changes.push({ kind: 'reactivate-account', person: facts.id, account: account.id, reason: 'returned' });
    else findings.push(finding(facts, 'switched-off'));
  }
  const update = planUpdate(facts, policy, desired, account);
  if (update.change) changes.push(update.change);
  findings.push(...update.findings);
  changes.push(...planMemberships(facts, policy, desired, account));
  return { changes, findings };
}

function planUpdate(
  facts: PersonFacts,
  policy: Policy,
  desired: DesiredMember,
  account: Account,
): { change?: AccountChange; findings: Finding[] } {
  const before: Record<string, string> = {};
  const after: Record<string, string> = {};
  for (const [name, value] of Object.entries(desired.attributes)) {
    const attribute = name as keyof AccountAttributes;
    if (sameValue(attribute, account.attributes[attribute], value)) continue;
    before[attribute] = account.attributes[attribute] ?? '';
    after[attribute] = value ?? '';
  }
  const findings: Finding[] = [];
  const drop = (code: FindingCode, subjects?: readonly string[]): void => {
    for (const key of ['userName', 'email']) {
      delete before[key];
      delete after[key];
    }
    findings.push(finding(facts, code, subjects));
  };
  if ('userName' in after || 'email' in after) {
    const holders = facts.candidates.filter(({ account: other }) => holdsName(other, after) && other.id !== account.id);
    if (!policy.capabilities.renameAccounts && 'userName' in after) drop('rename-impossible');
    else if (facts.rivals.length > 0) drop('two-people-one-name', facts.rivals);
    else if (holders.length > 0)
      drop(
        'name-taken',
        holders.map(({ account: other }) => other.id),
      );
  }
  if (Object.keys(after).length === 0) return { findings };
  if (!policy.settings.operations.update) return { findings: [...findings, finding(facts, 'switched-off')] };
  const change: AccountChange = {
    kind: 'update-account',
    person: facts.id,
    account: account.id,
    before,
    after,
    reason: 'attributes-differ',
  };
  return { change, findings };
}

const holdsName = ({ attributes }: Account, wanted: AccountAttributes): boolean =>
  (wanted.userName !== undefined && sameValue('userName', attributes.userName, wanted.userName)) ||
  (wanted.email !== undefined && sameValue('email', attributes.email, wanted.email));

/** `account` is undefined while it still has to be created. */
function planMemberships(
  facts: PersonFacts,
  policy: Policy,
  desired: DesiredMember,
  account: Account | undefined,
): MembershipChange[] {
  if (!policy.settings.operations.groups) return [];
  const changes: MembershipChange[] = [];
  for (const group of desired.groups.difference(facts.memberships))
    changes.push({ kind: 'add-member', person: facts.id, group, reason: 'in-okta-group' });
  if (account && policy.settings.membershipAuthority !== 'add-only')
    for (const group of facts.memberships.difference(desired.groups))
      changes.push({
        kind: 'remove-member',
        person: facts.id,
        account: account.id,
        group,
        reason: 'not-in-okta-group',
      });
  return changes;
}
