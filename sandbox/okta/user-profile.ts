import { invalid } from './okta-error.ts';
import type { Org } from './org.ts';
import type { Profile, UserRecord } from './records.ts';

// Limits of the base attributes (User object, "profile").
const MAX_LENGTH: Record<string, number> = {
  login: 100,
  email: 100,
  firstName: 50,
  lastName: 50,
  countryCode: 2,
  mobilePhone: 100,
};
const MIN_ADDRESS_LENGTH = 5;

/**
 * Checks a whole profile as it would be after the change.
 * @throws OktaError E0000001 with the cause Okta gives for a field.
 */
export function checkProfile(org: Org, profile: Profile, ownId?: string): UserRecord['profile'] {
  for (const field of ['login', 'email'] as const) {
    const value = profile[field];
    if (typeof value !== 'string' || value === '') throw invalid(field, 'The field cannot be left blank');
    if (value.length < MIN_ADDRESS_LENGTH || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) {
      throw invalid(
        field,
        field === 'login' ? 'Username must be in the form of an email address' : 'Does not match required pattern',
      );
    }
  }
  for (const [field, value] of Object.entries(profile)) checkValue(field, value);
  const checked = profile as UserRecord['profile'];
  if (org.isLoginTaken(checked.login, ownId)) {
    throw invalid('login', 'An object with this field already exists in the current organization');
  }
  return checked;
}

/** Names of the attributes that differ; null and absent are the same. */
export function changedAttributes(before: Profile, after: Profile): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null))
    .sort();
}

function checkValue(field: string, value: unknown): void {
  if (typeof value !== 'string') return;
  const max = MAX_LENGTH[field];
  if (max !== undefined && value.length > max) throw invalid(field, `The field is too long: at most ${max} characters`);
  if ((field === 'firstName' || field === 'lastName') && value === '')
    throw invalid(field, 'The field cannot be left blank');
  // Core Okta API, "Character sets": only characters of at most three bytes in UTF-8.
  if (/\p{Surrogate}|[\u{10000}-\u{10FFFF}]/u.test(value)) throw invalid(field, 'Contains an unsupported character');
}
