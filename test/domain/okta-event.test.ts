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
    const { deleted } = unlistedIn([event(type, ada, outcome), event('user.lifecycle.activate', bob, 'SUCCESS')]);
    expect([...deleted]).toEqual(isGone ? [ada] : []);
  });
});

describe('somebody may have lost an assignment', () => {
  it.each([
    ['application.user_membership.remove', true],
    ['application.user_membership.revoke', true],
    ['application.user_membership.deprovision', true],
    ['application.user_membership.add', false],
    ['group.user_membership.remove', false],
  ])('by %s: %s', (type, isSo) => {
    expect([...unlistedIn([event(type, ada), event('user.lifecycle.activate', bob)]).unassigned]).toEqual(
      isSo ? [ada] : [],
    );
  });

  it.each(['user.lifecycle.deactivate', 'user.lifecycle.delete.completed'])('not where they left: %s', (type) => {
    const events = [ada, bob].map((person) => event('application.user_membership.remove', person));
    expect([...unlistedIn([event(type, ada, 'SUCCESS'), ...events]).unassigned]).toEqual([bob]);
  });

  it('though they were deactivated, once they are back', () => {
    const types = ['user.lifecycle.deactivate', 'application.user_membership.remove', 'user.lifecycle.activate'];
    expect([...unlistedIn(types.map((type) => event(type, ada))).unassigned]).toEqual([ada]);
  });
});
