/** What stands in the way of giving something never stands in the way of taking it. */
import { describe, expect, test } from 'vitest';
import type { AccountAttributes } from '../../domain/account.ts';
import type { PersonFacts } from '../../domain/person-facts.ts';
import { planPerson } from '../../domain/plan-person.ts';
import {
  aCandidate,
  accountId,
  alice,
  aPerson,
  aPolicy,
  attributesOfAlice,
  bob,
  engineers,
  facts,
  groupId,
  linkedFacts,
  nobody,
  noSelection,
  type PolicyOverrides,
  staff,
} from '../support/domain-builders.ts';

/** Changes by kind, findings in brackets. */
function plan(given: PersonFacts, overrides: PolicyOverrides = {}): string[] {
  const { changes, findings } = planPerson(given, aPolicy(overrides));
  return [
    ...changes.map(({ kind, reason }) => `${kind} ${reason}`),
    ...findings.map(({ code, subjects }) => `(${[code, ...(subjects ?? [])].join(' ')})`),
  ];
}

const oldName: AccountAttributes = { ...attributesOfAlice, userName: 'old@example.com', email: 'old@example.com' };
const namesake = (more: Parameters<typeof aCandidate>[1] = {}, account = {}) =>
  aCandidate({ id: accountId('namesake'), ...account }, more);

/** Each with the code that a newcomer would be told for it. */
const conflicts: [string, Partial<PersonFacts>][] = [
  ['two-people-one-name', { rivals: [bob] }],
  ['two-people-one-name', { candidates: [namesake({ wantedBy: [bob] })] }],
  ['several-candidates', { candidates: [namesake(), aCandidate({ id: accountId('another') })] }],
  ['candidate-inactive', { candidates: [namesake({}, { isActive: false })] }],
  ['candidate-carries-other-id', { candidates: [namesake({}, { externalId: bob })] }],
  ['name-taken', { candidates: [namesake({ linkedTo: bob })] }],
  ['name-taken', { candidates: [namesake({}, { attributes: { userName: 'svc-alice', email: 'alice@example.com' } })] }],
  ['kept-apart', { candidates: [namesake({ isKeptApart: true })] }],
];
const ignoring: PolicyOverrides = {
  ignoredAccounts: { ...nobody, patterns: ['svc-.*'] },
  leaver: { action: 'deactivate', removeMemberships: true },
};

describe.each(conflicts)('%s', (code, conflict) => {
  test('leaves a newcomer out', () => {
    expect(plan(facts(conflict), ignoring)).toEqual([expect.stringMatching(`^\\(${code} `)]);
  });

  test('stops no removal of somebody who is linked to another account', () => {
    const given = linkedFacts({ ...conflict, memberships: new Set([engineers]) }, { attributes: oldName });
    const changes = plan(given, ignoring).filter((line) => !line.startsWith('('));
    expect(changes).toEqual(['remove-member not-in-okta-group']);
  });

  test('stops nothing of what a leaver loses', () => {
    const person = aPerson({ status: 'DEPROVISIONED' });
    const given = linkedFacts({ ...conflict, person, memberships: new Set([engineers]) }, { attributes: oldName });
    expect(plan(given, ignoring)).toEqual([
      'deactivate-account okta-deprovisioned',
      'remove-member okta-deprovisioned',
    ]);
  });
});

describe('an account that an operator decided about', () => {
  test('is not adopted by somebody who was unlinked from it, nor told as theirs when they have left', () => {
    const parted = [namesake({ isKeptApart: true }, { externalId: alice })];
    expect(plan(facts({ candidates: parted }))).toEqual(['(kept-apart namesake)']);
    const left = aPerson({ status: 'DEPROVISIONED' });
    expect(plan(facts({ person: left, candidates: parted }))).toEqual([]);
    expect(plan(facts({ person: left, candidates: [namesake()] }))).toEqual(['(leaver-not-linked namesake)']);
  });

  test('gets the id of the person whom it was linked to, once', () => {
    const byHand = { isLinkedByOperator: true };
    expect(plan(linkedFacts(byHand, { externalId: bob }))).toEqual(['link-account linked-by-operator']);
    expect(plan(linkedFacts(byHand))).toEqual(['link-account linked-by-operator']);
    expect(plan(linkedFacts(byHand, { externalId: alice }))).toEqual([]);
    expect(plan(linkedFacts({}, { externalId: bob }))).toEqual([]);
    expect(plan(linkedFacts(byHand), { capabilities: { keepsExternalId: false } })).toEqual([]);
  });
});

describe('emergency people', () => {
  const emergencyPeople = { oktaIds: [alice], patterns: ['glass-.*'] };

  test('are never changed, by Okta id, by name at Okta or by name at the target', () => {
    const left = { person: aPerson({ status: 'DEPROVISIONED' }) };
    expect(plan(linkedFacts(left), { emergencyPeople })).toEqual(['(protected)']);
    const byName = { person: aPerson({ id: bob, login: 'glass-1', status: 'DEPROVISIONED' }), id: bob };
    expect(plan(linkedFacts(byName), { emergencyPeople })).toEqual(['(protected)']);
    const other = { id: bob, person: aPerson({ id: bob, status: 'DEPROVISIONED' }) };
    expect(plan(linkedFacts(other, { attributes: { userName: 'glass-2' } }), { emergencyPeople })).toEqual([
      '(protected)',
    ]);
  });
});

describe('members of a merge', () => {
  const sales = groupId('00g-sales');
  const unions = [{ into: 'Builders', parts: [engineers, sales] }];
  const inGroups = (...groups: (typeof staff)[]) => ({ standing: { groups: new Set([staff, ...groups]) } });
  const merged: PolicyOverrides = { unions, managedGroups: [engineers, sales] };

  test.each([[engineers], [sales], [engineers, sales]])('are those of any of its groups: %s %s', (...groups) => {
    expect(plan(linkedFacts(inGroups(...groups)), merged)).toEqual(['add-member in-okta-group']);
    expect(plan(linkedFacts({ ...inGroups(...groups), memberships: new Set([engineers]) }), merged)).toEqual([]);
  });

  test('leave it with the last of them, but not while one of them is gone', () => {
    const member = linkedFacts({ memberships: new Set([engineers]) });
    expect(plan(member, merged)).toEqual(['remove-member not-in-okta-group']);
    const lost: PolicyOverrides = { unions, managedGroups: [engineers], goneGroups: [sales], deletedGroups: [sales] };
    expect(plan(member, lost)).toEqual(['(removal-unproven 00g-engineers)']);
  });
});

describe('members of a group that was deleted at Okta', () => {
  const deleted: PolicyOverrides = {
    managedGroups: [],
    goneGroups: [engineers],
    deletedGroups: [engineers],
    groups: { ...noSelection, deletedAtOkta: 'empty' },
  };
  const member = (more: Partial<PersonFacts> = {}) => linkedFacts({ memberships: new Set([engineers]), ...more });
  const left = aPerson({ status: 'DEPROVISIONED' });

  test.each<[string, PersonFacts, PolicyOverrides, string[]]>([
    ['go', member(), deleted, ['remove-member group-gone-at-okta']],
    [
      'go as leavers, whatever the policy for leavers',
      member({ person: left }),
      deleted,
      ['deactivate-account okta-deprovisioned', 'remove-member group-gone-at-okta'],
    ],
    [
      'go by order where HR ordered it',
      member({ isHeld: true }),
      { ...deleted, leaver: { action: 'deactivate', removeMemberships: true } },
      ['deactivate-account offboarded', 'remove-member offboarded'],
    ],
    [
      'go as everybody else where an order leaves memberships alone',
      member({ isHeld: true }),
      { ...deleted, leaver: { action: 'deactivate', removeMemberships: false } },
      ['deactivate-account offboarded', 'remove-member group-gone-at-okta'],
    ],
    ['stay under add-only', member(), { ...deleted, membershipAuthority: 'add-only' }, []],
    ['stay without proof', member(), { ...deleted, deletedGroups: [] }, []],
    ['stay where such groups are kept', member(), { ...deleted, groups: noSelection }, []],
    ['stay with groups switched off', member(), { ...deleted, operations: { groups: false } }, []],
    [
      'stay while nobody knows what becomes of them',
      member({ person: aPerson({ status: 'UNKNOWN' }) }),
      deleted,
      ['(status-unclear)'],
    ],
    [
      'stay as protected people',
      member(),
      { ...deleted, emergencyPeople: { ...nobody, oktaIds: [alice] } },
      ['(protected)'],
    ],
  ])('%s', (_what, given, overrides, expected) => {
    expect(plan(given, overrides)).toEqual(expected);
  });
});
