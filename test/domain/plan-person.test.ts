import { describe, expect, test } from 'vitest';
import type { Account } from '../../domain/account.ts';
import type { PersonFacts } from '../../domain/person-facts.ts';
import { planPerson } from '../../domain/plan-person.ts';
import { withReadyGroups } from '../../domain/policy.ts';
import {
  aCandidate,
  accountId,
  alice,
  anAccount,
  aPerson,
  aPolicy,
  attributesOfAlice,
  bob,
  engineers,
  facts,
  groupId,
  linkedFacts,
  nobody,
  type PolicyOverrides,
  staff,
} from '../support/domain-builders.ts';

const released = groupId('00g-released');
const account = accountId('account-alice');

/** One line per change, findings in brackets. */
function plan(given: PersonFacts, overrides: PolicyOverrides = {}): string[] {
  const { changes, findings } = planPerson(given, aPolicy(overrides));
  return [
    ...changes.map((change) => ('group' in change ? `${change.kind} ${change.group}` : change.kind)),
    ...findings.map(({ code }) => `(${code})`),
  ];
}
const inGroups = (...groups: (typeof staff)[]) => ({ groups: new Set([staff, ...groups]) });
const leaver = { person: aPerson({ status: 'DEPROVISIONED' }) };
/** An account that has something of everything to change. */
const differing = { attributes: { ...attributesOfAlice, userName: 'old', email: 'old@example.com', title: 'Intern' } };

describe('attributes', () => {
  test('only what differs is sent, with what was there before', () => {
    const given = linkedFacts({}, { attributes: { ...attributesOfAlice, title: 'Intern', nickname: 'Al' } });
    expect(planPerson(given, aPolicy()).changes).toEqual([
      {
        kind: 'update-account',
        person: alice,
        account,
        before: { title: 'Intern' },
        after: { title: 'Engineer' },
        reason: 'attributes-differ',
      },
    ]);
  });

  test('a value that is gone in Okta clears the attribute', () => {
    const person = aPerson({ profile: { displayName: 'Alice Adams' } });
    expect(planPerson(linkedFacts({ person }), aPolicy()).changes).toMatchObject([
      { before: { title: 'Engineer' }, after: { title: '' } },
    ]);
  });

  test('an attribute that is empty on both sides is no change', () => {
    const person = aPerson({ profile: { displayName: 'Alice Adams', title: null } });
    const { title: _title, ...untitled } = attributesOfAlice;
    expect(plan(linkedFacts({ person }, { attributes: untitled }))).toEqual([]);
  });

  test('user name and e-mail that differ only in case are no change', () => {
    const attributes = { ...attributesOfAlice, userName: 'Alice@Example.com', email: 'ALICE@EXAMPLE.COM' };
    expect(plan(linkedFacts({}, { attributes }))).toEqual([]);
  });

  test('other attributes that differ in case are a change', () => {
    expect(plan(linkedFacts({}, { attributes: { ...attributesOfAlice, title: 'engineer' } }))).toEqual([
      'update-account',
    ]);
  });

  test('an attribute that the product does not keep is never planned', () => {
    const given = linkedFacts({}, { attributes: { ...attributesOfAlice, title: '' } });
    expect(plan(given, { capabilities: { attributes: ['userName', 'email', 'displayName'] } })).toEqual([]);
  });

  test('an e-mail address that cannot be read back is not sent again and again', () => {
    const { email: _email, ...unread } = attributesOfAlice;
    expect(plan(linkedFacts({}, { attributes: unread }), { capabilities: { readsEmail: false } })).toEqual([]);
  });

  test('where accounts cannot be renamed, everything but the user name is updated', () => {
    const { changes, findings } = planPerson(
      linkedFacts({}, differing),
      aPolicy({ capabilities: { renameAccounts: false } }),
    );
    expect(changes).toMatchObject([{ after: { email: 'alice@example.com', title: 'Engineer' } }]);
    expect(findings).toEqual([{ code: 'rename-impossible', person: alice }]);
  });

  test('a person without a user name is told about and gets no account', () => {
    expect(plan(facts({ person: aPerson({ email: '' }) }))).toEqual(['(user-name-empty)']);
  });
});

describe('a user name or e-mail address that is not free', () => {
  const holder = aCandidate({ id: accountId('holder') }, { linkedTo: bob });

  test('is not taken from another account, and the rest of the update goes on', () => {
    const { changes, findings } = planPerson(linkedFacts({ candidates: [holder] }, differing), aPolicy());
    expect(changes).toMatchObject([{ kind: 'update-account', after: { title: 'Engineer' } }]);
    expect(findings).toEqual([{ code: 'name-taken', person: alice, subjects: ['holder'] }]);
  });

  test('is not fought over by two people', () => {
    const { changes, findings } = planPerson(linkedFacts({ rivals: [bob] }, differing), aPolicy());
    expect(changes).toMatchObject([{ kind: 'update-account', after: { title: 'Engineer' } }]);
    expect(findings).toEqual([{ code: 'two-people-one-name', person: alice, subjects: [bob] }]);
  });

  test('is no trouble while it does not change', () => {
    expect(plan(linkedFacts({ rivals: [bob], candidates: [holder] }))).toEqual([]);
  });

  test('an account without e-mail does not hold the empty address', () => {
    const other = aCandidate({ id: accountId('other'), externalId: alice, attributes: { userName: 'x' } });
    const policy = aPolicy({
      mapping: { userName: { from: [{ attribute: 'login' }] }, email: { from: [{ attribute: 'secondEmail' }] } },
    });
    expect(planPerson(linkedFacts({ candidates: [other] }), policy)).toMatchObject({
      changes: [{ kind: 'update-account', after: { email: '' } }],
      findings: [],
    });
  });
});

describe('memberships', () => {
  const old = groupId('00g-old');
  const both: PolicyOverrides = { managedGroups: [engineers, old] };
  const moved = linkedFacts({ standing: inGroups(engineers), memberships: new Set([old]) });

  test('follow Okta for linked people', () => {
    expect(plan(moved, both)).toEqual([`remove-member ${old}`, `add-member ${engineers}`]);
    expect(plan(moved, { ...both, membershipAuthority: 'exact' })).toEqual([
      `remove-member ${old}`,
      `add-member ${engineers}`,
    ]);
  });

  test('are only added under add-only, for leavers too', () => {
    expect(plan(moved, { ...both, membershipAuthority: 'add-only' })).toEqual([`add-member ${engineers}`]);
    const left = linkedFacts({ ...leaver, memberships: new Set([old]) });
    const overrides: PolicyOverrides = {
      ...both,
      membershipAuthority: 'add-only',
      leaver: { removeMemberships: true },
    };
    expect(plan(left, overrides)).toEqual(['deactivate-account']);
  });

  test('of a newcomer are planned with the account', () => {
    expect(plan(facts({ standing: inGroups(engineers) }))).toEqual(['create-account', `add-member ${engineers}`]);
  });

  test('that an adopted account has are neither added again nor left standing', () => {
    const candidate = aCandidate({}, { memberships: new Set([engineers, old]) });
    expect(plan(facts({ standing: inGroups(engineers), candidates: [candidate] }), both)).toEqual([
      'link-account',
      `remove-member ${old}`,
    ]);
  });

  test('in a group that is not managed are untouched', () => {
    const given = linkedFacts({ standing: inGroups(), memberships: new Set([released]) });
    expect(plan(given)).toEqual([]);
    expect(plan({ ...given, ...leaver }, { leaver: { removeMemberships: true } })).toEqual(['deactivate-account']);
  });

  test('wait until the group is ready at the target', () => {
    const policy = withReadyGroups(aPolicy(both), new Set([old]));
    expect(planPerson(moved, policy).changes).toMatchObject([{ kind: 'remove-member', group: old }]);
    expect(planPerson(moved, withReadyGroups(aPolicy(both), new Set())).changes).toEqual([]);
  });

  test('of a leaver stay, unless the policy takes them', () => {
    const left = linkedFacts({ ...leaver, memberships: new Set([engineers]) });
    expect(plan(left)).toEqual(['deactivate-account']);
    expect(plan(left, { leaver: { removeMemberships: true } })).toEqual([
      'deactivate-account',
      `remove-member ${engineers}`,
    ]);
    expect(plan({ ...left, account: anAccount({ isActive: false }) }, { leaver: { removeMemberships: true } })).toEqual(
      [`remove-member ${engineers}`],
    );
  });

  test('are no use to a person who is not entitled, whatever the group lists', () => {
    expect(plan(facts({ ...leaver, standing: inGroups(engineers) }))).toEqual([]);
  });
});

describe('what is switched off or impossible', () => {
  const off = (operation: 'create' | 'update' | 'deactivate' | 'reactivate' | 'groups'): PolicyOverrides => ({
    operations: { [operation]: false },
  });
  const newcomer = facts({ standing: inGroups(engineers) });
  const changed = linkedFacts({ standing: inGroups(engineers) }, differing);
  const returned = linkedFacts({ standing: inGroups() }, { isActive: false });
  const left = linkedFacts({ ...leaver, memberships: new Set([engineers]) });

  test.each<[string, PersonFacts, PolicyOverrides, string[]]>([
    ['create', newcomer, off('create'), ['(switched-off)']],
    ['create, where an account exists', facts({ candidates: [aCandidate()] }), off('create'), ['link-account']],
    ['update', changed, off('update'), [`add-member ${engineers}`, '(switched-off)']],
    ['deactivate', left, { ...off('deactivate') }, ['(switched-off)']],
    ['reactivate', returned, off('reactivate'), ['(switched-off)']],
    ['groups, for a newcomer', newcomer, off('groups'), ['create-account']],
    ['groups, for a leaver', left, { ...off('groups'), leaver: { removeMemberships: true } }, ['deactivate-account']],
    ['the leaver action', left, { leaver: { action: 'keep' } }, ['(leaver-kept)']],
  ])('%s', (_what, given, overrides, expected) => {
    expect(plan(given, overrides)).toEqual(expected);
  });

  test.each<[string, PersonFacts, NonNullable<PolicyOverrides['capabilities']>, string[]]>([
    ['create accounts', newcomer, { createAccounts: false }, ['(switched-off)']],
    ['deactivate accounts', left, { deactivate: false }, ['(deactivate-impossible)']],
    ['activate accounts', returned, { deactivate: false }, ['(switched-off)']],
  ])('a product that cannot %s is not asked to', (_what, given, capabilities, expected) => {
    expect(plan(given, { capabilities })).toEqual(expected);
  });

  test('leavers lose their memberships even where nothing else can be taken', () => {
    const overrides: PolicyOverrides = { leaver: { removeMemberships: true } };
    expect(plan(left, { ...overrides, capabilities: { deactivate: false } })).toEqual([
      `remove-member ${engineers}`,
      '(deactivate-impossible)',
    ]);
    expect(plan(left, { ...overrides, ...off('deactivate') })).toEqual([
      `remove-member ${engineers}`,
      '(switched-off)',
    ]);
  });
});

describe('protected people and accounts are never changed', () => {
  const everything: [string, PersonFacts][] = [
    ['a newcomer', facts({ standing: inGroups(engineers) })],
    ['somebody with changes', linkedFacts({ standing: inGroups(engineers) }, differing)],
    ['a returner', linkedFacts({}, { isActive: false })],
    ['a leaver', linkedFacts({ ...leaver, memberships: new Set([engineers]) })],
    ['somebody out of scope', linkedFacts({ standing: { groups: new Set() } })],
    ['somebody deleted in Okta', linkedFacts({ person: undefined, isDeleted: true })],
  ];

  test.each(everything)('%s, by Okta id', (_who, given) => {
    const policy = aPolicy({
      protectedPeople: { oktaIds: [alice], patterns: [] },
      leaver: { removeMemberships: true },
    });
    expect(planPerson(given, policy).changes).toEqual([]);
  });

  test.each(everything.filter(([, given]) => given.person))('%s, by name in Okta', (_who, given) => {
    expect(plan(given, { protectedPeople: { ...nobody, patterns: ['ALICE@.*'] } })).toEqual(
      given.link ? ['(protected)'] : [],
    );
  });

  test.each(everything.filter(([, given]) => given.link))('%s, by name at the target', (_who, given) => {
    const breakGlass: Account = anAccount({ ...given.account, attributes: { userName: 'break-glass' } });
    const overrides: PolicyOverrides = { protectedPeople: { ...nobody, patterns: ['break-.*'] } };
    expect(plan({ ...given, account: breakGlass }, overrides)).toEqual(['(protected)']);
  });

  test('a pattern has to match the whole value', () => {
    expect(plan(linkedFacts(leaver), { protectedPeople: { ...nobody, patterns: ['alice'] } })).toEqual([
      'deactivate-account',
    ]);
  });
});

describe('a conflict never parks a removal', () => {
  test('a leaver who shares an e-mail address with somebody is deactivated', () => {
    const shared = { rivals: [bob], candidates: [aCandidate({ id: accountId('other') }, { linkedTo: bob })] };
    expect(plan(linkedFacts({ ...leaver, ...shared }))).toEqual(['deactivate-account']);
    expect(plan(linkedFacts({ standing: { groups: new Set() }, ...shared }))).toEqual(['deactivate-account']);
  });

  const givenUp = { standing: inGroups(), memberships: new Set([engineers]) };

  test('a name that is taken does not stop membership changes', () => {
    const candidates = [aCandidate({ id: accountId('holder') })];
    const attributes = { ...attributesOfAlice, userName: 'old', email: 'old@example.com' };
    expect(plan(linkedFacts({ ...givenUp, candidates }, { attributes }))).toEqual([
      `remove-member ${engineers}`,
      '(name-taken)',
    ]);
  });

  test('a mapping that fails does not stop membership changes', () => {
    const title = { from: [{ expression: 'user.title + 1' }] };
    const mapping = { userName: { from: [{ attribute: 'email' }] }, title };
    expect(plan(linkedFacts(givenUp), { mapping })).toEqual([`remove-member ${engineers}`, '(expression-failed)']);
    expect(plan(facts(givenUp), { mapping })).toEqual(['(expression-failed)']);
  });

  test('a user name that became empty does not stop membership changes', () => {
    expect(plan(linkedFacts({ ...givenUp, person: aPerson({ email: '' }) }))).toEqual([
      `remove-member ${engineers}`,
      '(user-name-empty)',
    ]);
  });
});

describe('scope', () => {
  const byExpression = (expression: string): PolicyOverrides => ({ scope: { by: 'expression', expression } });
  const byApp: PolicyOverrides = { scope: { by: 'app', appId: '0oa1' as never } };

  test('by expression lets in whom it is true of', () => {
    expect(plan(facts(), byExpression('user.title == "Engineer"'))).toEqual(['create-account']);
    expect(plan(linkedFacts(), byExpression('user.title == "Pilot"'))).toEqual(['deactivate-account']);
    expect(plan(facts(), byExpression('user.title'))).toEqual([]);
  });

  test('by expression takes a missing attribute for a no', () => {
    expect(plan(facts(), byExpression('user.costCentre == "R&D"'))).toEqual([]);
  });

  test('by an expression that fails decides nothing', () => {
    expect(plan(linkedFacts(), byExpression('user.title > 3'))).toEqual(['(expression-failed)']);
    expect(plan(facts(), byExpression('user.title > 3'))).toEqual(['(expression-failed)']);
  });

  test('by app goes by the assignment to that app', () => {
    const assignment = { appId: '0oa1' as never, personId: alice, profile: {} };
    expect(plan(facts({ standing: { groups: new Set(), assignment } }), byApp)).toEqual(['create-account']);
    expect(plan(facts(), byApp)).toEqual([]);
    const other = { ...assignment, appId: '0oa2' as never };
    expect(plan(facts({ standing: { groups: new Set(), assignment: other } }), byApp)).toEqual([]);
  });

  test('by groups of which none was found lets nobody in', () => {
    expect(plan(facts(), { scopeGroups: [] })).toEqual([]);
  });
});

describe('somebody whom Okta does not show', () => {
  const absent = linkedFacts({ person: undefined, standing: { groups: new Set() }, memberships: new Set([engineers]) });

  test('keeps everything, and it is told', () => {
    expect(plan(absent, { leaver: { removeMemberships: true } })).toEqual(['(missing-at-okta)']);
  });

  test('is a leaver once the deletion is proven', () => {
    expect(planPerson({ ...absent, isDeleted: true }, aPolicy()).changes).toMatchObject([
      { kind: 'deactivate-account', reason: 'okta-deleted' },
    ]);
  });

  test('is told about when an account that carries their id still works', () => {
    const candidates = [aCandidate({ externalId: alice })];
    expect(plan(facts({ person: undefined, isDeleted: true, candidates }))).toEqual(['(leaver-not-linked)']);
  });
});

describe('a linked account that the target no longer shows', () => {
  test('is told and not made anew', () => {
    expect(plan(facts({ link: account, candidates: [aCandidate({ id: accountId('other') })] }))).toEqual([
      '(account-missing)',
    ]);
  });

  test('is nothing to take from a leaver', () => {
    expect(plan(facts({ ...leaver, link: account }))).toEqual([]);
  });
});
