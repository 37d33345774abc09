import { describe, expect, test } from 'vitest';
import { parkedLines } from '../../client/cli/parked-words.ts';
import {
  counted,
  findingLines,
  kindCounts,
  outcomeCounts,
  ownChangeLine,
  standingOf,
  whenAgo,
} from '../../client/cli/words.ts';
import type { FindingView, PlannedChange } from '../../reader/client.ts';
import { findingTexts } from '../../reader/finding-texts.ts';

const finding = (changes: Partial<FindingView>): FindingView => ({
  code: 'several-candidates',
  attention: true,
  text: 'Look.',
  advice: '',
  subjects: [],
  ...changes,
});
const shared = 'astrid@example.com';

describe('a finding', () => {
  test('about several people tells each by login and Okta id', () => {
    const person = { id: '00u1', login: 'astrid.b', email: shared };
    const subjects = [{ id: '00u2', name: 'astrid.k', isPerson: true }];
    expect(findingLines(finding({ person, subjects }), 'cloud')).toEqual([
      '! astrid.b (00u1): Look. [astrid.k (00u2)]',
    ]);
  });

  test('about accounts that bear one name tells them apart by id', () => {
    const person = { id: '00u1', login: shared, email: shared };
    const subjects = [{ id: 'a-1', name: 'Astrid@example.com', isPerson: false }];
    expect(findingLines(finding({ person, subjects }), 'cloud')).toEqual([
      '! astrid@example.com (00u1): Look. [Astrid@example.com (a-1)]',
    ]);
  });

  test('about one person stays short', () => {
    const person = { id: '00u1', login: 'astrid.b', email: shared };
    const subjects = [
      { id: 'a-1', name: 'kovacs', isPerson: false },
      { id: 'a-2', isPerson: false },
    ];
    expect(findingLines(finding({ person, subjects }), 'cloud')).toEqual(['! astrid@example.com: Look. [kovacs, a-2]']);
  });
});

describe('the advice of a finding', () => {
  const person = { id: '00u1', login: 'ada@example.com', email: 'ada@example.com' };
  const account = (id: string) => ({ id, name: 'ada@example.com', isPerson: false });
  const { advice } = findingTexts['candidate-inactive'];

  test('about one account holds the command that links it, to the letter', () => {
    const inactive = finding({ code: 'candidate-inactive', advice, person, subjects: [account('a-1')] });
    expect(findingLines(inactive, 'cloud')[1]).toContain('`lockstep link 00u1 a-1 --target cloud --reason CODE`');
  });

  test('about several accounts leaves the choice', () => {
    const several = finding({ advice, person, subjects: [account('a-1'), account('a-2')] });
    expect(findingLines(several, 'cloud')[1]).toContain('`lockstep link <person> <account> --target <name>');
  });
});

test('counts are grouped by thousands wherever people read them', () => {
  expect([counted(1, 'change'), counted(1234, 'change'), counted(1234, 'person', 'people')]).toEqual([
    '1 change',
    '1,234 changes',
    '1,234 people',
  ]);
  expect(kindCounts({ 'create-account': 12_345 })).toBe('12,345 create account');
  expect(outcomeCounts({ applied: 1000, waiting: 2500 }, 1500)).toBe(
    '1,000 done, 1,000 wait for approval, 1,500 rejected',
  );
});

describe("a change in somebody's own history", () => {
  const person = { id: '00u1', login: 'new@example.com', email: 'new@example.com' };
  const account = { id: 'a-1', userName: 'new@example.com' };
  const [why, reason] = ['because', 'attributes-differ'] as const;

  test('keeps the values of then and leaves out the names of now', () => {
    const after = { userName: 'old@example.com' };
    expect(ownChangeLine({ kind: 'create-account', reason, why, person, account, after })).toMatch(
      /^create account +userName: "old@example.com" {2}\(because\)$/,
    );
    const renamed = { before: after, after: { userName: 'new@example.com' } };
    expect(ownChangeLine({ kind: 'update-account', reason, why, person, account, ...renamed })).toMatch(
      /^update account +userName: "old@example.com" → "new@example.com" {2}\(because\)$/,
    );
    for (const kind of ['link-account', 'deactivate-account', 'reactivate-account'] as const)
      expect(ownChangeLine({ kind, reason, why, person, account })).not.toContain('@');
  });

  test('names the group', () => {
    const group = { id: '00g1', name: 'engineers' };
    expect(ownChangeLine({ kind: 'add-member', reason, why, person, group })).toMatch(
      /^add to group +→ engineers {2}\(because\)$/,
    );
  });
});

test('a name can neither steer the terminal nor turn the line around', () => {
  const group = { id: '00g1', name: 'ops\u001b[2K\rnothing\u202E' };
  const shown = ownChangeLine({ kind: 'add-member', reason: 'in-okta-group', why: 'because', group });
  expect(shown).toContain('→ ops⟨U+001B⟩[2K⟨U+000D⟩nothing⟨U+202E⟩');
  expect(findingLines(finding({ group }), 'cloud')).toEqual(['! ops⟨U+001B⟩[2K⟨U+000D⟩nothing⟨U+202E⟩: Look.']);
});

test('a time is told to the second', () => {
  const now = Date.parse('2026-11-05T09:31:07.123Z');
  expect(whenAgo('2026-11-05T09:30:07.123Z', now)).toBe('2026-11-05 09:30:07 UTC, 60 s ago');
});

test('one needs attention, two need attention', () => {
  expect(outcomeCounts({ parked: 1, waiting: 2, unchanged: 1 })).toBe(
    '1 was so already, 2 wait for approval, 1 needs attention',
  );
  expect(outcomeCounts({ parked: 2, waiting: 1 })).toBe('1 waits for approval, 2 need attention');
});

test('what is held back says why in words, without the name of a guard', () => {
  const stopped: PlannedChange = {
    kind: 'remove-member',
    reason: 'not-in-okta-group',
    why: '',
    seq: 0,
    outcome: 'waiting',
    detail: 'memberRemovals',
    stoppedBy: 'memberRemovals',
    stoppedWhy: 'more removals from groups than go without approval',
  };
  expect(standingOf(stopped)).toBe('waits: more removals from groups than go without approval');
  expect(standingOf({ ...stopped, stoppedBy: 'rejected', stoppedWhy: 'somebody did' })).toBe('rejected: somebody did');
});

test('each reason of parked changes is told once, without the code of the vendor', () => {
  const parked = (detail: string, seq: number): PlannedChange => ({
    kind: 'create-account',
    reason: 'returned',
    why: '',
    seq,
    outcome: 'parked',
    detail,
  });
  expect(parkedLines(['Rejected:invalidValue', 'account-not-linked', 'Rejected:other'].map(parked))).toEqual([
    'Rejected: the vendor understood the request and will not do it',
    'account-not-linked: the person has no linked account yet',
    '    → docs/failures.md tells what to do',
  ]);
  expect(parkedLines([])).toEqual([]);
});
