import { describe, expect, test } from 'vitest';
import { findingLines } from '../../client/cli/words.ts';
import type { FindingView } from '../../reader/client.ts';

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
    expect(findingLines(finding({ person, subjects }))).toEqual(['! astrid.b (00u1): Look. [astrid.k (00u2)]']);
  });

  test('about accounts that bear one name tells them apart by id', () => {
    const person = { id: '00u1', login: shared, email: shared };
    const subjects = [{ id: 'a-1', name: 'Astrid@example.com', isPerson: false }];
    expect(findingLines(finding({ person, subjects }))).toEqual([
      '! astrid@example.com (00u1): Look. [Astrid@example.com (a-1)]',
    ]);
  });

  test('about one person stays short', () => {
    const person = { id: '00u1', login: 'astrid.b', email: shared };
    const subjects = [
      { id: 'a-1', name: 'kovacs', isPerson: false },
      { id: 'a-2', isPerson: false },
    ];
    expect(findingLines(finding({ person, subjects }))).toEqual(['! astrid@example.com: Look. [kovacs, a-2]']);
  });
});
