import type { AccountAttributes } from './account.ts';
import { type FindingCode, orderedReason, type Reason } from './change.ts';
import { entitlementOf } from './entitlement.ts';
import { ExpressionError } from './expression.ts';
import type { OktaGroupId } from './ids.ts';
import type { Person } from './person.ts';
import type { PersonFacts } from './person-facts.ts';
import { type Policy, provesOutOfScope, type Standing } from './policy.ts';

/** What a person should have. `keep`: as it is, since nothing may be decided. */
export type Desired =
  | {
      readonly state: 'active';
      readonly attributes: AccountAttributes;
      readonly groups: ReadonlySet<OktaGroupId>;
      /** Set when the attributes could not be told: they are left as they are, and no account is made or adopted. */
      readonly unmapped?: FindingCode;
    }
  | { readonly state: 'inactive'; readonly reason: Reason }
  | { readonly state: 'keep'; readonly because: FindingCode };

export type DesiredMember = Extract<Desired, { state: 'active' }>;

/** What policy says, whatever the target holds now. */
export function desiredOf(facts: PersonFacts, policy: Policy): Desired {
  const { person, standing } = facts;
  // Protection by id holds for somebody whom Okta no longer shows, too.
  if (policy.isProtectedId(facts.id)) return keep('protected');
  if (person && policy.isProtected(person)) return keep('protected');
  // An offboarding waits for nothing that Okta says.
  if (facts.isHeld) return inactive(orderedReason);
  if (!person) return facts.isDeleted ? inactive('okta-deleted') : keep('missing-at-okta');
  const entitlement = entitlementOf(person);
  switch (entitlement) {
    case 'unclear':
      return keep('status-unclear');
    case 'left':
      return inactive('okta-deprovisioned');
    case 'suspended':
      return inactive('okta-suspended');
    case 'pending':
      return inactive('okta-staged');
    case 'entitled':
      return desiredOfEntitled(person, standing, policy);
    default:
      return entitlement satisfies never;
  }
}

function desiredOfEntitled(person: Person, standing: Standing, policy: Policy): Desired {
  const isInScope = unlessExpressionFails(() => policy.isInScope(person, standing));
  if (isInScope === undefined) return keep('expression-failed');
  if (!isInScope) {
    if (!policy.isScopeCertain) return keep('scope-unclear');
    return provesOutOfScope(policy) ? inactive('out-of-scope') : keep('removal-unproven');
  }
  const groups = policy.managedAmong(standing.groups);
  const attributes = unlessExpressionFails(() => policy.mapAccount(person, standing.assignment));
  if (attributes === undefined) return { state: 'active', attributes: {}, groups, unmapped: 'expression-failed' };
  if (attributes.userName === '') return { state: 'active', attributes: {}, groups, unmapped: 'user-name-empty' };
  return { state: 'active', attributes, groups };
}

function unlessExpressionFails<T>(evaluate: () => T): T | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

const inactive = (reason: Reason): Desired => ({ state: 'inactive', reason });
const keep = (because: FindingCode): Desired => ({ state: 'keep', because });
