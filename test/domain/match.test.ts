import { describe, expect, test } from 'vitest';
import type { AccountAttributes } from '../../domain/account.ts';
import { matchAccount } from '../../domain/match.ts';
import type { PersonFacts } from '../../domain/person-facts.ts';
import { planPerson } from '../../domain/plan-person.ts';
import type { Policy } from '../../domain/policy.ts';
import {
  aCandidate,
  accountId,
  alice,
  aPolicy,
  attributesOfAlice,
  bob,
  facts,
  linkedFacts,
  nobody,
} from '../support/domain-builders.ts';

const match = (
  given: PersonFacts,
  policy: Policy = aPolicy(),
  desired: AccountAttributes = attributesOfAlice,
): string => {
  const found = matchAccount(given, desired, policy);
  switch (found.result) {
    case 'none':
      return 'none';
    case 'matched':
      return `${found.candidate.account.id}, ${found.reason}`;
    case 'conflict':
      return `conflict ${found.code}: ${found.subjects.join(' ')}`;
    default:
      return found satisfies never;
  }
};
const named = (id: string, attributes: AccountAttributes = attributesOfAlice) => ({ id: accountId(id), attributes });
const otherName: AccountAttributes = { userName: 'a.adams@old.example', email: 'a.adams@old.example' };

describe('whose account it is', () => {
  test('nobody is found where nothing bears their marks', () => {
    expect(match(facts())).toBe('none');
  });

  test('an existing link wins: the linked account is kept and a namesake is left alone', () => {
    const { changes } = planPerson(linkedFacts({ candidates: [aCandidate(named('namesake'))] }), aPolicy());
    expect(changes).toEqual([]);
  });

  test('the Okta id at the account counts, whatever the account is called', () => {
    expect(match(facts({ candidates: [aCandidate({ ...named('one', otherName), externalId: alice })] }))).toBe(
      'one, matched-by-external-id',
    );
  });

  test('an inactive account that carries the Okta id is theirs, returning', () => {
    const given = facts({ candidates: [aCandidate({ ...named('one'), externalId: alice, isActive: false })] });
    expect(match(given)).toBe('one, matched-by-external-id');
    expect(planPerson(given, aPolicy()).changes.map(({ kind }) => kind)).toEqual([
      'link-account',
      'reactivate-account',
    ]);
  });

  test('else the user name counts, whatever its case', () => {
    const account = named('one', { userName: 'ALICE@example.com', email: 'else@example.com' });
    expect(match(facts({ candidates: [aCandidate(account)] }))).toBe('one, matched-by-user-name');
  });

  test('else the e-mail address counts', () => {
    const account = named('one', { userName: 'aadams', email: 'Alice@Example.com' });
    expect(match(facts({ candidates: [aCandidate(account)] }))).toBe('one, matched-by-email');
  });

  test("another system's external id does not stand in the way", () => {
    expect(match(facts({ candidates: [aCandidate({ ...named('one'), externalId: 'azure-4711' })] }))).toBe(
      'one, matched-by-user-name',
    );
  });
});

describe('doubt is a conflict and never a guess', () => {
  test('two accounts, one by user name and one by e-mail', () => {
    const candidates = [
      aCandidate(named('two', { userName: 'aadams', email: 'alice@example.com' })),
      aCandidate(named('one', { userName: 'alice@example.com' })),
    ];
    expect(match(facts({ candidates }))).toMatch('conflict several-candidates');
    expect(planPerson(facts({ candidates }), aPolicy())).toMatchObject({
      changes: [],
      findings: [{ code: 'several-candidates', person: alice, subjects: ['one', 'two'] }],
    });
  });

  test('one account carries the Okta id and another holds the name', () => {
    const candidates = [aCandidate({ ...named('one', otherName), externalId: alice }), aCandidate(named('two'))];
    expect(match(facts({ candidates }))).toBe('conflict several-candidates: one two');
  });

  test('two accounts carry the same Okta id', () => {
    const candidates = ['one', 'two'].map((id) => aCandidate({ ...named(id, otherName), externalId: alice }));
    expect(match(facts({ candidates }))).toBe('conflict several-candidates: one two');
  });

  test('two people want one e-mail address', () => {
    expect(match(facts({ rivals: [bob], candidates: [aCandidate()] }))).toBe(`conflict two-people-one-name: ${bob}`);
    expect(match(facts({ rivals: [bob] }))).toBe(`conflict two-people-one-name: ${bob}`);
  });

  test("the account bears one person's user name and another's e-mail address", () => {
    const both = named('one', { userName: 'alice@example.com', email: 'bob@example.com' });
    expect(match(facts({ candidates: [aCandidate(both, { wantedBy: [bob] })] }))).toBe(
      `conflict two-people-one-name: ${bob}`,
    );
    expect(match(facts({ candidates: [aCandidate({ ...both, externalId: alice }, { wantedBy: [bob] })] }))).toBe(
      'one, matched-by-external-id',
    );
  });

  test('the account is inactive and does not say whose it is', () => {
    expect(match(facts({ candidates: [aCandidate({ ...named('one'), isActive: false })] }))).toBe(
      'conflict candidate-inactive: one',
    );
  });

  test('the account carries another Okta id', () => {
    expect(match(facts({ candidates: [aCandidate({ ...named('one'), externalId: bob })] }))).toBe(
      'conflict candidate-carries-other-id: one',
    );
  });

  test('the account is linked to somebody else, even if it carries the Okta id', () => {
    const candidates = [aCandidate({ ...named('one'), externalId: alice }, { linkedTo: bob })];
    expect(match(facts({ candidates }))).toBe('conflict name-taken: one');
  });
});

describe('ignored and protected accounts', () => {
  const ignoring = aPolicy({ ignoredAccounts: { ...nobody, patterns: ['svc-.*'] } });
  const service = named('service', { userName: 'svc-alice', email: 'alice@example.com' });

  test('an ignored account is not adopted, and its name is not given away either', () => {
    expect(match(facts({ candidates: [aCandidate(service)] }), ignoring)).toBe('conflict name-taken: service');
    expect(planPerson(facts({ candidates: [aCandidate(service)] }), ignoring).changes).toEqual([]);
  });

  test('an ignored account beside a real one does not count as a candidate', () => {
    expect(match(facts({ candidates: [aCandidate(service), aCandidate(named('one'))] }), ignoring)).toBe(
      'one, matched-by-user-name',
    );
  });

  test('a protected account is not adopted', () => {
    const policy = aPolicy({ protectedPeople: { ...nobody, patterns: ['aadams'] } });
    const candidates = [aCandidate(named('one', { userName: 'aadams', email: 'alice@example.com' }))];
    expect(planPerson(facts({ candidates }), policy)).toMatchObject({ changes: [], findings: [{ code: 'protected' }] });
  });
});
