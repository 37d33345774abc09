import type { AccountAttributes } from './account.ts';
import type { FindingCode, Reason } from './change.ts';
import { entitlementOf } from './entitlement.ts';
import { ExpressionError } from './expression.ts';
import type { OktaGroupId } from './ids.ts';
import type { Person } from './person.ts';
import type { PersonFacts } from './person-facts.ts';
import type { Policy, Standing } from './policy.ts';

/** What a person should have. `keep`: as it is, since nothing may be decided. */
export type Desired =
  | {
      readonly state: 'active';
      readonly attributes: AccountAttributes;
      readonly groups: ReadonlySet<OktaGroupId>;
    }
  | { readonly state: 'inactive'; readonly reason: Reason }
  | { readonly state: 'keep'; readonly because: FindingCode };

/** What policy says, whatever the target holds now. */
export function desiredOf(facts: PersonFacts, policy: Policy): Desired {
  const { person, standing } = facts;
  if (!person) return facts.isDeleted ? inactive('okta-deleted') : keep('missing-at-okta');
  if (policy.isProtected(person)) return keep('protected');
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
  try {
    if (!policy.isInScope(person, standing)) return inactive('out-of-scope');
    const attributes = policy.mapAccount(person, standing.assignment);
    if (attributes.userName === '') return keep('user-name-empty');
    return { state: 'active', attributes, groups: standing.groups.intersection(policy.managedGroups) };
  } catch (error) {
    if (error instanceof ExpressionError) return keep('expression-failed');
    throw error;
  }
}

const inactive = (reason: Reason): Desired => ({ state: 'inactive', reason });
const keep = (because: FindingCode): Desired => ({ state: 'keep', because });
