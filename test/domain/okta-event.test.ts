/** What of Okta's events only they tell: taken for a deletion, one that is none would end somebody's access by mistake. */
import { describe, expect, it } from 'vitest';
import type { OktaAppId, OktaGroupId, OktaUserId } from '../../domain/ids.ts';
import { type SourceEvent, unlistedIn } from '../../domain/okta-event.ts';

const [ada, bob] = ['00u0000000000000ada0', '00u0000000000000bob0'] as [OktaUserId, OktaUserId];
const event = (type: string, about: OktaUserId, outcome?: string): SourceEvent => ({
  id: `${type} ${about}`,
  type,
  targets: [
    { kind: 'app', id: '0oa0000000000000app0' as OktaAppId },
    { kind: 'group', id: '00g000000000000group' as OktaGroupId },
    { kind: 'person', id: about },
  ],
  ...(outcome === undefined ? {} : { outcome }),
});

describe('somebody is gone for good', () => {
  it.each([
    ['user.lifecycle.delete.completed', 'SUCCESS', true],
    ['user.lifecycle.delete.completed', 'FAILURE', false],
    ['user.lifecycle.delete.completed', undefined, false],
    ['user.lifecycle.delete.initiated', 'SUCCESS', false],
    ['user.lifecycle.deactivate', 'SUCCESS', false],
    ['group.lifecycle.delete', 'SUCCESS', false],
  ])('by %s with outcome %s: %s', (type, outcome, isGone) => {
    const { deleted } = unlistedIn([event(type, ada, outcome), event('user.lifecycle.suspend', bob, 'SUCCESS')]);
    expect([...deleted]).toEqual(isGone ? [ada] : []);
  });
});

describe('somebody may have lost an assignment', () => {
  const removals = [ada, bob].map((person) => event('application.user_membership.remove', person, 'SUCCESS'));
  const who = (...events: SourceEvent[]) => [...unlistedIn(events).unassigned];

  it.each([
    ['application.user_membership.remove', true],
    ['application.user_membership.revoke', true],
    ['application.user_membership.deprovision', true],
    ['application.user_membership.add', false],
    ['group.user_membership.remove', false],
    ['user.lifecycle.unsuspend', false],
  ])('by %s: %s', (type, isSo) => {
    expect(who(event(type, ada), event('user.lifecycle.suspend', bob))).toEqual(isSo ? [ada] : []);
  });

  it.each([
    ['user.lifecycle.deactivate', 'SUCCESS', [bob]],
    ['user.lifecycle.delete.completed', 'SUCCESS', [bob]],
    ['user.lifecycle.deactivate', 'FAILURE', [ada, bob]],
    ['user.lifecycle.deactivate', undefined, [ada, bob]],
  ])('unless they left: %s with outcome %s', (type, outcome, those) => {
    expect(who(event(type, ada, outcome), ...removals)).toEqual(those);
  });

  it('once they are back, though nothing tells how long ago they left', () => {
    expect(who(event('user.lifecycle.activate', ada))).toEqual([ada]);
    const left = event('user.lifecycle.deactivate', ada, 'SUCCESS');
    expect(who(left, ...removals, event('user.lifecycle.activate', ada)).sort()).toEqual([ada, bob].sort());
  });
});
