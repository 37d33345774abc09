import { describe, expect, it } from 'vitest';
import {
  evidenceOf,
  type ListReading,
  leftOut,
  type Shortfall,
  shortfallCodes,
  shortfallOf,
  unseenGroups,
  wholeEvidence,
} from '../../domain/completeness.ts';
import { planPerson } from '../../domain/plan-person.ts';
import { planUnlinkedMembers } from '../../domain/plan-unlinked-members.ts';
import { shortfallLines, shortfallTexts } from '../../domain/shortfall-texts.ts';
import {
  alice,
  anAccount,
  aPerson,
  aPolicy,
  appId,
  engineers,
  groupId,
  linkedFacts,
  staff,
} from '../support/domain-builders.ts';

describe('a list as it was read', () => {
  it.each<[string, Omit<ListReading, 'list'> & Partial<Pick<ListReading, 'list'>>, Shortfall['code'] | undefined]>([
    ['as many as before', { before: 100, found: 100 }, undefined],
    ['the first reading ever', { before: 0, found: 100 }, undefined],
    ['exactly half', { before: 100, found: 50 }, undefined],
    ['one less than half', { before: 100, found: 49 }, 'halved'],
    ['one left of three people', { before: 3, found: 1 }, undefined],
    ['nobody left of three people', { before: 3, found: 0 }, 'empty'],
    ['four gone of five', { before: 5, found: 1 }, undefined],
    ['five gone of six', { before: 6, found: 1 }, 'halved'],
    ['no people at all, even the first time', { before: 0, found: 0 }, 'empty'],
    ['no accounts in a new directory', { list: 'accounts', before: 0, found: 0 }, undefined],
    ['no accounts where there were some', { list: 'accounts', before: 1, found: 0 }, 'empty'],
    ['pages that did not add up', { before: 100, found: 100, isBroken: true }, 'broken-chain'],
    ['as many as are counted, though half are gone', { before: 100, found: 10, counted: 10 }, undefined],
    ['an emptied group that is counted as empty', { list: 'members', before: 9, found: 0, counted: 0 }, undefined],
    [
      'an emptied group that is counted as full',
      { list: 'members', before: 9, found: 0, counted: 9 },
      'count-mismatch',
    ],
    ['one member less than are counted', { list: 'members', before: 9, found: 8, counted: 9 }, 'count-mismatch'],
    ['one member more than are counted', { list: 'members', before: 9, found: 10, counted: 9 }, 'count-mismatch'],
  ])('%s', (_what, reading, code) => {
    expect(shortfallOf({ list: 'people', ...reading })?.code).toBe(code);
  });

  it('names the group or app that it is about, and the numbers', () => {
    expect(shortfallOf({ list: 'members', subject: '00g1', before: 9, found: 3, counted: 9 })).toEqual({
      code: 'count-mismatch',
      list: 'members',
      subject: '00g1',
      expected: 9,
      found: 3,
    });
  });
});

describe('who is left out', () => {
  it('is no shortfall when there is nobody', () => {
    expect(leftOut([])).toBeUndefined();
    expect(unseenGroups([], 3)).toBeUndefined();
  });

  it('is told by at most ten ids, whatever their order, and by the whole number', () => {
    const ids = Array.from({ length: 30 }, (_, index) => `00u${String(index).padStart(2, '0')}`);
    expect(leftOut(ids.toReversed())).toMatchObject({
      code: 'canary-missing',
      expected: 30,
      missing: ids.slice(0, 10),
    });
    expect(unseenGroups(['00g2', '00g1'], 5)).toMatchObject({ expected: 5, found: 3, missing: ['00g1', '00g2'] });
  });
});

describe('evidence', () => {
  const ofApp: Shortfall = { code: 'halved', list: 'assignments', subject: '0oa1' };

  it('is whole although a single group or app is in doubt', () => {
    const evidence = evidenceOf([{ code: 'empty', list: 'members', subject: engineers }, ofApp], new Set([engineers]));
    expect(evidence).toEqual({ isWhole: true, doubtfulGroups: new Set([engineers]), doubtfulApps: new Set(['0oa1']) });
  });

  it.each(['people', 'groups'] as const)('is not whole when the list of %s fell short', (list) => {
    expect(evidenceOf([{ code: 'empty', list }], new Set()).isWhole).toBe(false);
  });
});

describe('planning on incomplete evidence', () => {
  const notWhole = { ...wholeEvidence, isWhole: false };
  const doubting = (...groups: (typeof staff)[]) => ({ ...wholeEvidence, doubtfulGroups: new Set(groups) });
  const outOfScope = linkedFacts({ standing: { groups: new Set() } });
  const outOfGroup = linkedFacts({ memberships: new Set([engineers]) });
  const withEvidence = (evidence: typeof wholeEvidence, overrides: Parameters<typeof aPolicy>[0] = {}) => ({
    ...aPolicy(overrides),
    evidence,
  });
  const kinds = (plan: ReturnType<typeof planPerson>) => plan.changes.map(({ kind }) => kind);

  it.each([
    ['whole', wholeEvidence, ['deactivate-account'], []],
    ['not whole', notWhole, [], [{ code: 'removal-unproven', person: alice }]],
    ['doubtful about the scope group', doubting(staff), [], [{ code: 'removal-unproven', person: alice }]],
    ['doubtful about another group', doubting(engineers), ['deactivate-account'], []],
  ])('out of scope, evidence %s', (_what, evidence, changes, findings) => {
    const plan = planPerson(outOfScope, withEvidence(evidence));
    expect(kinds(plan)).toEqual(changes);
    expect(plan.findings).toEqual(findings);
  });

  it.each([
    ['whole', wholeEvidence, ['remove-member'], []],
    ['not whole', notWhole, [], [{ code: 'removal-unproven', person: alice, subjects: [engineers] }]],
    [
      'doubtful about it',
      doubting(engineers),
      [],
      [{ code: 'removal-unproven', person: alice, subjects: [engineers] }],
    ],
    ['doubtful about another group', doubting(staff), ['remove-member'], []],
  ])('in a group of the target that Okta does not show them in, evidence %s', (_what, evidence, changes, findings) => {
    const plan = planPerson(outOfGroup, withEvidence(evidence));
    expect(kinds(plan)).toEqual(changes);
    expect(plan.findings).toEqual(findings);
  });

  it('names all unproven groups of a person in one finding, and removes from those that are proven', () => {
    const [a, b] = [groupId('00g-a'), groupId('00g-b')];
    const policy = withEvidence(doubting(b, a), { managedGroups: [engineers, b, a] });
    const plan = planPerson(linkedFacts({ memberships: new Set([b, engineers, a]) }), policy);
    expect(plan.changes).toMatchObject([{ kind: 'remove-member', group: engineers }]);
    expect(plan.findings).toEqual([{ code: 'removal-unproven', person: alice, subjects: [a, b] }]);
  });

  it('says nothing where nobody would be removed anyway', () => {
    expect(planPerson(outOfGroup, withEvidence(notWhole, { membershipAuthority: 'add-only' })).findings).toEqual([]);
  });

  it.each(['DEPROVISIONED', 'SUSPENDED'] as const)('deactivates whom Okta calls %s all the same', (status) => {
    expect(kinds(planPerson(linkedFacts({ person: aPerson({ status }) }), withEvidence(notWhole)))).toEqual([
      'deactivate-account',
    ]);
    expect(kinds(planPerson(linkedFacts({ person: undefined, isDeleted: true }), withEvidence(notWhole)))).toEqual([
      'deactivate-account',
    ]);
  });

  it('adds, updates and re-activates all the same', () => {
    const standing = { groups: new Set([staff, engineers]) };
    const facts = linkedFacts({ standing }, { isActive: false, attributes: { title: 'Old' } });
    expect(kinds(planPerson(facts, withEvidence(notWhole)))).toEqual([
      'reactivate-account',
      'update-account',
      'add-member',
    ]);
    expect(kinds(planPerson({ ...facts, link: undefined, account: undefined }, withEvidence(notWhole)))).toEqual([
      'create-account',
      'add-member',
    ]);
  });

  it('by an app, doubts only those whose assignment is to that app', () => {
    const app = appId('0oa1');
    const of = (doubtful: string) => ({ ...wholeEvidence, doubtfulApps: new Set([appId(doubtful)]) });
    const scope = { by: 'app', appId: app } as const;
    expect(kinds(planPerson(outOfScope, withEvidence(of('0oa2'), { scope })))).toEqual(['deactivate-account']);
    expect(planPerson(outOfScope, withEvidence(of('0oa1'), { scope })).findings).toMatchObject([
      { code: 'removal-unproven' },
    ]);
  });

  it('keeps unlinked members under exact', () => {
    const of = (evidence: typeof wholeEvidence) =>
      planUnlinkedMembers(engineers, [anAccount()], withEvidence(evidence, { membershipAuthority: 'exact' }));
    expect(of(wholeEvidence).changes).toHaveLength(1);
    for (const evidence of [notWhole, doubting(engineers)])
      expect(of(evidence)).toEqual({
        changes: [],
        findings: [{ code: 'removal-unproven', group: engineers, subjects: ['account-alice'] }],
      });
  });
});

describe('the words for a shortfall', () => {
  it.each(shortfallCodes)('%s: a sentence each, with what to do, for a list and for one group', (code) => {
    for (const subject of [{}, { subject: '00g1' }]) {
      const [line = '', ...more] = shortfallLines([
        { code, list: 'members', ...subject, expected: 3, found: 1, missing: ['00u1'] },
      ]);
      expect(more).toEqual([]);
      expect(line).toMatch(/^[A-Z].*\. .*\.$/);
      expect(line).not.toMatch(/undefined|NaN|\.\./);
    }
  });

  it('tells many groups in one text, by their names where somebody knows them', () => {
    const many = Array.from(
      { length: 9 },
      (_, index): Shortfall => ({
        code: 'count-mismatch',
        list: 'members',
        subject: `00g${index}`,
        expected: 5,
        found: 4,
      }),
    );
    const [text, ...more] = shortfallTexts(many, (id) => `group ${id.at(-1)}`);
    expect(more).toEqual([]);
    expect(text?.text).toContain('for 9 groups (group 0, group 1, group 2, group 3, group 4, …).');
  });
});
