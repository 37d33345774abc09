/** Why changes were parked, in words. */
import type { outcomeCodes } from '../../domain/change.ts';
import type { FailureKind } from '../../domain/failure.ts';
import type { PlannedChange } from '../../reader/client.ts';

/** As docs/failures.md explains them at length. */
const words: Readonly<Record<FailureKind | (typeof outcomeCodes)[number], string>> = {
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

/** A line for each reason among the parked changes, and where to read what to do. */
export function parkedLines(changes: readonly PlannedChange[]): string[] {
  const details = changes.flatMap(({ outcome, detail }) => (outcome === 'parked' && detail ? [detail] : []));
  const known = [...new Set(details.map(codeOf))].filter(isKnown);
  if (known.length === 0) return [];
  return [...known.map((code) => `${code}: ${words[code]}`), '    → docs/failures.md tells what to do'];
}

/** A detail with what it means: `Rejected:invalidValue, the vendor understood the request and will not do it`. */
export function reasonInWords(detail: string): string {
  const code = codeOf(detail);
  return isKnown(code) ? `${detail}, ${words[code]}` : detail;
}

/** The vendor's own code may follow: `Rejected:invalidValue`. */
const codeOf = (detail: string): string => detail.split(':', 1)[0] ?? detail;

const isKnown = (code: string): code is keyof typeof words => Object.hasOwn(words, code);
