/** Which existing account belongs to a person who has no link yet. Never a guess: doubt is a conflict. */
import { type Account, type AccountAttributes, sameValue } from './account.ts';
import type { FindingCode, Reason } from './change.ts';
import type { OktaUserId } from './ids.ts';
import type { CandidateAccount, PersonFacts } from './person-facts.ts';
import type { Policy } from './policy.ts';

export type MatchResult =
  | { readonly result: 'none' }
  | { readonly result: 'matched'; readonly candidate: CandidateAccount; readonly reason: Reason }
  | { readonly result: 'conflict'; readonly code: FindingCode; readonly subjects: readonly string[] };

export function matchAccount(facts: PersonFacts, desired: AccountAttributes, policy: Policy): MatchResult {
  if (facts.rivals.length > 0) return conflict('two-people-one-name', facts.rivals);
  const candidates = facts.candidates.filter(({ account }) => !policy.isIgnoredAccount(account));
  if (candidates.length === 0 && facts.candidates.length > 0) return conflict('name-taken', idsOf(facts.candidates));
  const linked = candidates.filter(({ linkedTo }) => linkedTo !== undefined);
  if (linked.length > 0) return conflict('name-taken', idsOf(linked));
  const parted = candidates.filter(({ isKeptApart }) => isKeptApart);
  if (parted.length > 0) return conflict('kept-apart', idsOf(parted));

  const [only, ...more] = candidates;
  if (!only) return { result: 'none' };
  if (more.length > 0) return conflict('several-candidates', idsOf(candidates));
  const { externalId, isActive, attributes } = only.account;
  // The target itself says whose account this is, so its being inactive is a return and no riddle.
  if (externalId === facts.id) return { result: 'matched', candidate: only, reason: 'matched-by-external-id' };
  if (externalId !== undefined && bearsOktaId(externalId))
    return conflict('candidate-carries-other-id', idsOf(candidates));
  if (only.wantedBy.length > 0) return conflict('two-people-one-name', only.wantedBy);
  if (!isActive) return conflict('candidate-inactive', idsOf(candidates));
  const reason = sameValue('userName', attributes.userName, desired.userName)
    ? 'matched-by-user-name'
    : 'matched-by-email';
  return { result: 'matched', candidate: only, reason };
}

/** Whether an account that a plan adopts may still be adopted, as it is now. */
export const isStillAdoptable = ({ externalId, isActive }: Account, person: OktaUserId): boolean =>
  externalId === person || (isActive && (externalId === undefined || !bearsOktaId(externalId)));

/** Written by something that syncs from Okta, whatever the exact form; another system's id says nothing about Okta. */
export const bearsOktaId = (externalId: string): boolean => /^00u[0-9A-Za-z]+$/.test(externalId);

const idsOf = (candidates: readonly CandidateAccount[]): string[] => candidates.map(({ account }) => account.id);

const conflict = (code: FindingCode, subjects: readonly string[]): MatchResult => ({
  result: 'conflict',
  code,
  subjects,
});
