/** Which existing account belongs to a person who has no link yet. Never a guess: doubt is a conflict. */
import { type Account, type AccountAttributes, sameValue } from './account.ts';
import type { FindingCode, Reason } from './change.ts';
import type { PersonFacts } from './person-facts.ts';
import type { Policy } from './policy.ts';

export type MatchResult =
  | { readonly result: 'none' }
  | { readonly result: 'matched'; readonly account: Account; readonly reason: Reason }
  | { readonly result: 'conflict'; readonly code: FindingCode; readonly subjects: readonly string[] };

export function matchAccount(facts: PersonFacts, desired: AccountAttributes, policy: Policy): MatchResult {
  if (facts.rivals.length > 0) return conflict('two-people-one-name', facts.rivals);
  const candidates = facts.candidates.filter(({ account }) => !policy.isIgnoredAccount(account));
  const ignoredHolder = facts.candidates.find(({ account }) => policy.isIgnoredAccount(account));
  if (candidates.length === 0 && ignoredHolder) return conflict('name-taken', [ignoredHolder.account.id]);
  const linked = candidates.filter(({ linkedTo }) => linkedTo !== undefined);
  if (linked.length > 0)
    return conflict(
      'name-taken',
      linked.map(({ account }) => account.id),
    );

  const accounts = candidates.map(({ account }) => account);
  const [byExternalId, ...moreByExternalId] = accounts.filter(({ externalId }) => externalId === facts.id);
  if (moreByExternalId.length > 0)
    return conflict(
      'several-candidates',
      accounts.map(({ id }) => id),
    );
  // The target itself says whose account this is, so its being inactive is a return and no riddle.
  if (byExternalId) {
    const others = accounts.filter((account) => account !== byExternalId);
    if (others.length > 0)
      return conflict(
        'several-candidates',
        accounts.map(({ id }) => id),
      );
    return { result: 'matched', account: byExternalId, reason: 'matched-by-external-id' };
  }
  const [only, ...more] = accounts;
  if (!only) return { result: 'none' };
  if (more.length > 0)
    return conflict(
      'several-candidates',
      accounts.map(({ id }) => id),
    );
  if (only.externalId !== undefined && isOktaUserId(only.externalId))
    return conflict('candidate-carries-other-id', [only.id]);
  if (!only.isActive) return conflict('candidate-inactive', [only.id]);
  const reason = sameValue('userName', only.attributes.userName, desired.userName)
    ? 'matched-by-user-name'
    : 'matched-by-email';
  return { result: 'matched', account: only, reason };
}

/** Okta user ids begin with 00u and have 20 characters; another system's external id says nothing about Okta. */
const isOktaUserId = (externalId: string): boolean => /^00u[0-9A-Za-z]{17}$/.test(externalId);

const conflict = (code: FindingCode, subjects: readonly string[]): MatchResult => ({
  result: 'conflict',
  code,
  subjects,
});
