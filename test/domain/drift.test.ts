import { describe, expect, it } from 'vitest';
import type { Change } from '../../domain/change.ts';
import { splitByDrift } from '../../domain/drift.ts';
import { accountId, alice, engineers } from '../support/domain-builders.ts';

const update = (before: Record<string, string>, after: Record<string, string>): Change => ({
  kind: 'update-account',
  person: alice,
  account: accountId('a'),
  before,
  after,
  reason: 'attributes-differ',
});

describe('an update that would undo drift', () => {
  it.each<[what: string, drifted: Record<string, string>, parts: Change[]]>([
    [
      'and nothing else stays whole',
      { title: 'T', email: 'a@x' },
      [update({ title: 'B', email: 'b@x' }, { title: 'T', email: 'A@x' })],
    ],
    [
      'and brings something new is taken apart, the new first',
      { title: 'T' },
      [update({ email: 'b@x' }, { email: 'A@x' }), update({ title: 'B' }, { title: 'T' })],
    ],
    [
      'but brings another value than before stays whole',
      { title: 'Z' },
      [update({ title: 'B', email: 'b@x' }, { title: 'T', email: 'A@x' })],
    ],
    ['of nobody stays whole', {}, [update({ title: 'B', email: 'b@x' }, { title: 'T', email: 'A@x' })]],
  ])('%s', (_what, drifted, parts) => {
    expect(splitByDrift([update({ title: 'B', email: 'b@x' }, { title: 'T', email: 'A@x' })], drifted)).toEqual(parts);
  });

  it('leaves all other changes as they are', () => {
    const join: Change = { kind: 'add-member', person: alice, group: engineers, reason: 'in-okta-group' };
    expect(splitByDrift([join], { title: 'T' })).toEqual([join]);
  });
});
