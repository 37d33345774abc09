/** Decides which attributes of a person's account have to be written. */
import { type Account, type AccountAttribute, type AccountAttributes, sameValue } from './account.ts';
import type { AccountChange, Finding } from './change.ts';
import type { DesiredMember } from './desired.ts';
import { finding } from './finding.ts';
import type { PersonFacts } from './person-facts.ts';
import type { Policy } from './policy.ts';

export interface UpdatePlan {
  /** At most one. */
  readonly changes: readonly AccountChange[];
  readonly findings: readonly Finding[];
}

export function planUpdate(facts: PersonFacts, policy: Policy, desired: DesiredMember, account: Account): UpdatePlan {
  if (desired.unmapped) return { changes: [], findings: [finding({ person: facts.id }, desired.unmapped)] };
  const differing = differingAttributes(desired.attributes, account, policy);
  const findings: Finding[] = [];
  if (differing.has('userName') && !policy.capabilities.renameAccounts) {
    differing.delete('userName');
    findings.push(finding({ person: facts.id }, 'rename-impossible'));
  }
  const obstacle = nameObstacle(facts, account, pick(desired.attributes, differing));
  if (obstacle) {
    differing.delete('userName');
    differing.delete('email');
    findings.push(obstacle);
  }
  if (differing.size === 0) return { changes: [], findings };
  if (!policy.settings.operations.update)
    return { changes: [], findings: [...findings, finding({ person: facts.id }, 'switched-off')] };
  const change: AccountChange = {
    kind: 'update-account',
    person: facts.id,
    account: account.id,
    before: pick(account.attributes, differing),
    after: pick(desired.attributes, differing),
    reason: 'attributes-differ',
  };
  return { changes: [change], findings };
}

function differingAttributes(wanted: AccountAttributes, account: Account, policy: Policy): Set<AccountAttribute> {
  const differing = new Set<AccountAttribute>();
  for (const [name, value] of Object.entries(wanted)) {
    const attribute = name as AccountAttribute;
    // Where e-mail cannot be read back, every run would find it different and send it again.
    if (attribute === 'email' && !policy.capabilities.readsEmail) continue;
    if (!sameValue(attribute, account.attributes[attribute], value)) differing.add(attribute);
  }
  return differing;
}

const pick = (attributes: AccountAttributes, names: ReadonlySet<AccountAttribute>): AccountAttributes =>
  Object.fromEntries([...names].map((name) => [name, attributes[name] ?? '']));

/** Why a new user name or e-mail address cannot be given to this account. */
function nameObstacle(facts: PersonFacts, account: Account, wanted: AccountAttributes): Finding | undefined {
  if (!wanted.userName && !wanted.email) return undefined;
  if (facts.rivals.length > 0) return finding({ person: facts.id }, 'two-people-one-name', facts.rivals);
  const holders = facts.candidates.filter(({ account: other }) => other.id !== account.id && holdsName(other, wanted));
  if (holders.length === 0) return undefined;
  return finding(
    { person: facts.id },
    'name-taken',
    holders.map(({ account: other }) => other.id),
  );
}

const holdsName = ({ attributes }: Account, { userName, email }: AccountAttributes): boolean =>
  (!!userName && sameValue('userName', attributes.userName, userName)) ||
  (!!email && sameValue('email', attributes.email, email));
