import type { Person } from './person.ts';

/**
 * What Okta's word means for access.
 * `entitled`: may have an account. `pending`: has not begun, or is back at the beginning: no access yet.
 * `suspended`: no access for now, and no deletion clock. `left`: a leaver.
 * `unclear`: read again later and change nothing.
 */
export type Entitlement = 'entitled' | 'pending' | 'suspended' | 'left' | 'unclear';

/** LOCKED_OUT, PASSWORD_EXPIRED and RECOVERY are states of a password, PROVISIONED of an invitation: all keep access. */
export function entitlementOf(person: Pick<Person, 'status' | 'isTransitioning'>): Entitlement {
  if (person.isTransitioning) return 'unclear';
  switch (person.status) {
    case 'ACTIVE':
    case 'PROVISIONED':
    case 'RECOVERY':
    case 'PASSWORD_EXPIRED':
    case 'LOCKED_OUT':
      return 'entitled';
    case 'STAGED':
      return 'pending';
    case 'SUSPENDED':
      return 'suspended';
    case 'DEPROVISIONED':
      return 'left';
    case 'UNKNOWN':
      return 'unclear';
    default:
      return person.status satisfies never;
  }
}
