/** Why something could not be done, in words. */
import type { outcomeCodes } from '../domain/change.ts';
import type { FailureKind } from '../domain/failure.ts';

/** As docs/failures.md explains them at length. */
export const detailWords: Readonly<Record<FailureKind | (typeof outcomeCodes)[number], string>> = {
  RateLimited: 'the vendor asked to wait',
  Unavailable: 'no usable answer from the vendor, the network or the database',
  UnexpectedResponse: 'an answer that makes no sense',
  AccessDenied: 'the credential may not do this',
  Conflict: 'the target is in a state that the change did not expect',
  Rejected: 'the vendor understood the request and will not do it',
  GuardTripped: 'Lockstep stopped itself before it wrote',
  Misconfigured: 'the configuration does not fit what is there',
  'found-after-lost-answer': 'an earlier try had taken effect',
  'found-after-conflict': 'the target had it already',
  'account-gone': 'the account is no longer there',
  'group-gone': 'the group is no longer there',
  'account-not-linked': 'the person has no linked account yet',
  'group-not-linked': 'the group is not linked yet',
  'linked-to-something-else': 'one of the two is linked to something else',
  'person-busy': 'somebody else was writing this person or account',
  'person-changed': 'the person changed after the plan was made',
  'person-held': 'the person is held until released',
  'approval-over': 'not carried out while the approval was valid',
};

/** The vendor's own code may follow: `Rejected:invalidValue`. */
export const codeOfDetail = (detail: string): string => detail.split(':', 1)[0] ?? detail;

export const isKnownDetail = (code: string): code is keyof typeof detailWords => Object.hasOwn(detailWords, code);

/** A detail with what it means: `Rejected:invalidValue, the vendor understood the request and will not do it`. */
export function reasonInWords(detail: string): string {
  const code = codeOfDetail(detail);
  return isKnownDetail(code) ? `${detail}, ${detailWords[code]}` : detail;
}
