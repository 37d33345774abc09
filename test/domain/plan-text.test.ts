import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../domain/change.ts';
import { changeLine, planHeader } from '../../domain/plan-text.ts';
import { accountId, alice, bob, engineers } from '../support/domain-builders.ts';

const update = (before: Record<string, string>, after: Record<string, string>): Change => ({
  kind: 'update-account',
  person: alice,
  account: accountId('a-1'),
  before,
  after,
  reason: 'attributes-differ',
});

describe('the canonical line of a change', () => {
  it('is this text, which approvals of old plans depend on', () => {
    expect(changeLine({ kind: 'add-member', person: bob, group: engineers, reason: 'in-okta-group' })).toBe(
      `[["group","${engineers}"],["kind","add-member"],["person","${bob}"],["reason","in-okta-group"]]\n`,
    );
    expect(planHeader('cloud', 'c1')).toBe('["lockstep-plan-1","cloud","c1"]\n');
  });

  it('does not depend on the order in which values are held', () => {
    const [one, other] = [
      update({ title: 'a', email: 'b' }, { title: 'c' }),
      update({ email: 'b', title: 'a' }, { title: 'c' }),
    ];
    expect(changeLine(one)).toBe(changeLine(other));
  });

  it('differs when a value before or after does, and is one line whatever the values hold', () => {
    const values = fc.record({ title: fc.string(), email: fc.string({ unit: 'binary' }) });
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const [one, other] = [changeLine(update(a, b)), changeLine(update(a, c))];
        expect(one === other).toBe(JSON.stringify([b.title, b.email]) === JSON.stringify([c.title, c.email]));
        expect(one.indexOf('\n')).toBe(one.length - 1);
      }),
    );
  });

  it('tells an attribute that is cleared from one that is not touched', () => {
    expect(changeLine(update({ title: 'a' }, { title: '' }))).not.toBe(changeLine(update({ title: 'a' }, {})));
  });
});
