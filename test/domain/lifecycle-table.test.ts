/** Every status, in and out of scope, in every situation at the target: written out by hand from the policy. */
import { describe, expect, test } from 'vitest';
import type { Person } from '../../domain/person.ts';
import { planPerson } from '../../domain/plan-person.ts';
import { aCandidate, aPerson, aPolicy, facts, linkedFacts, staff } from '../support/domain-builders.ts';

const situations = {
  'linked to an active account': linkedFacts(),
  'linked to an inactive account': linkedFacts({}, { isActive: false }),
  'not linked, but an account bears the name': facts({ candidates: [aCandidate()] }),
  'not linked and unknown at the target': facts(),
};
type Situation = keyof typeof situations;

const nothing: Record<Situation, string> = {
  'linked to an active account': '',
  'linked to an inactive account': '',
  'not linked, but an account bears the name': '',
  'not linked and unknown at the target': '',
};
const member: Record<Situation, string> = {
  'linked to an active account': '',
  'linked to an inactive account': 'reactivate-account: returned',
  'not linked, but an account bears the name': 'link-account: matched-by-user-name',
  'not linked and unknown at the target': 'create-account: entitled-in-scope',
};
const outOfScope: Record<Situation, string> = {
  ...nothing,
  'linked to an active account': 'deactivate-account: out-of-scope',
};
const notBegun: Record<Situation, string> = {
  ...nothing,
  'linked to an active account': 'deactivate-account: okta-staged',
};
const suspended: Record<Situation, string> = {
  'linked to an active account': 'deactivate-account: okta-suspended',
  'linked to an inactive account': '',
  'not linked, but an account bears the name': '(leaver-not-linked)',
  'not linked and unknown at the target': '',
};
const leaver: Record<Situation, string> = {
  ...suspended,
  'linked to an active account': 'deactivate-account: okta-deprovisioned',
};
const unclear: Record<Situation, string> = {
  'linked to an active account': '(status-unclear)',
  'linked to an inactive account': '(status-unclear)',
  'not linked, but an account bears the name': '',
  'not linked and unknown at the target': '',
};

const table: Record<
  Person['status'] | 'ACTIVE, in transition' | 'DEPROVISIONED, in transition',
  [typeof member, typeof member]
> = {
  // in scope, out of scope
  ACTIVE: [member, outOfScope],
  PROVISIONED: [member, outOfScope],
  RECOVERY: [member, outOfScope],
  PASSWORD_EXPIRED: [member, outOfScope],
  LOCKED_OUT: [member, outOfScope],
  STAGED: [notBegun, notBegun],
  SUSPENDED: [suspended, suspended],
  DEPROVISIONED: [leaver, leaver],
  UNKNOWN: [unclear, unclear],
  'ACTIVE, in transition': [unclear, unclear],
  'DEPROVISIONED, in transition': [unclear, unclear],
};

const policy = aPolicy();

describe.each(Object.entries(table))('somebody who is %s', (named, [inScope, outside]) => {
  const [status] = named.split(',') as [Person['status']];
  const person = aPerson({ status, isTransitioning: named.endsWith('in transition') });

  test.each(Object.entries(inScope))(`in scope and %s: %s`, (situation, expected) => {
    const standing = { groups: new Set([staff]) };
    expect(summaryOf({ ...situations[situation as Situation], person, standing })).toBe(expected);
  });

  test.each(Object.entries(outside))(`out of scope and %s: %s`, (situation, expected) => {
    const standing = { groups: new Set<never>() };
    expect(summaryOf({ ...situations[situation as Situation], person, standing })).toBe(expected);
  });
});

/** Changes with their reasons, findings in brackets. */
function summaryOf(situation: (typeof situations)[Situation]): string {
  const { changes, findings } = planPerson(situation, policy);
  return [...changes.map(({ kind, reason }) => `${kind}: ${reason}`), ...findings.map(({ code }) => `(${code})`)].join(
    ', ',
  );
}
