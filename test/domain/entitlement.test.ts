import { expect, test } from 'vitest';
import { type Entitlement, entitlementOf } from '../../domain/entitlement.ts';
import { oktaStatuses, type Person } from '../../domain/person.ts';

const expected: Record<Person['status'], Entitlement> = {
  ACTIVE: 'entitled',
  PASSWORD_EXPIRED: 'entitled',
  LOCKED_OUT: 'entitled',
  RECOVERY: 'entitled',
  PROVISIONED: 'entitled',
  STAGED: 'pending',
  SUSPENDED: 'suspended',
  DEPROVISIONED: 'left',
  UNKNOWN: 'unclear',
};
const statuses: readonly Person['status'][] = [...oktaStatuses, 'UNKNOWN'];

test('the table names every status that Okta has', () => {
  expect(Object.keys(expected).sort()).toEqual([...statuses].sort());
});

test.each(statuses)('a person who is %s is what the policy says', (status) => {
  expect(entitlementOf({ status, isTransitioning: false })).toBe(expected[status]);
});

test.each(statuses)('nothing is concluded from %s while Okta is still changing it', (status) => {
  expect(entitlementOf({ status, isTransitioning: true })).toBe('unclear');
});
