import { describe, expect, it } from 'vitest';
import { policyFingerprint, policyText } from '../../config/fingerprint.ts';
import { profileAttributesOf } from '../../config/profile-attributes.ts';
import type { TargetName } from '../../domain/ids.ts';
import { aFile, aTarget, load, okta, withTarget } from './a-config.ts';

const cloud = 'cloud' as TargetName;
const of = (file: Parameters<typeof load>[0]) => policyFingerprint(load(file), cloud);
const base = of(aFile());
const other = aTarget({ baseUrl: 'https://api.atlassian.com/scim/directory/two' });

describe('the fingerprint of a configuration', () => {
  it('is a SHA-256 that does not depend on the order of keys', () => {
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(of(withTarget({ leaver: { action: 'keep', removeMemberships: false } }))).toBe(
      of(withTarget({ leaver: { removeMemberships: false, action: 'keep' } })),
    );
  });

  it.each([
    ['credentials', withTarget({ credentials: { apiKey: { env: 'NEW_KEY' } } })],
    ['pacing', withTarget({ pacing: { share: 0.9 }, memberBatch: 10 })],
    ['the schedule', aFile({ schedule: { every: '1h' } })],
    ['another target', aFile({ targets: { cloud: aTarget(), other } })],
    ['what was the default anyway', withTarget({ membershipAuthority: 'linked-exact' })],
  ])('stays when a change of %s leaves plans as they are', (_title, file) => {
    expect(of(file)).toBe(base);
  });

  it.each([
    ['the scope', withTarget({ scope: { groups: ['all'] } })],
    ['the mapping', withTarget({ account: { title: false } })],
    ['the groups', withTarget({ groups: { include: ['a'] } })],
    ['the order of renamings', withTarget({ groups: { rename: [{ pattern: '/a/', to: 'b' }] } })],
    ['the authority', withTarget({ membershipAuthority: 'exact' })],
    ['the leaver policy', withTarget({ leaver: { action: 'keep' } })],
    ['an operation', withTarget({ operations: { create: false } })],
    ['the protected', withTarget({ protect: { people: ['a'] } })],
    ['the ignored', withTarget({ ignore: { groups: ['a'] } })],
    ['the directory', withTarget({ baseUrl: 'https://api.atlassian.com/scim/directory/two' })],
    ['the Okta org', aFile({ source: okta({ orgUrl: 'https://other.okta.com' }) })],
    ['the sandbox', aFile({ sandbox: true })],
  ])('changes with %s', (_title, file) => {
    expect(of(file)).not.toBe(base);
  });

  it('is of a target that is there', () => {
    expect(() => policyText(load(aFile()), 'jira' as TargetName)).toThrow('there is no target jira');
  });
});

describe('the profile attributes to keep', () => {
  const onlyKeys = Object.fromEntries(
    [
      'displayName',
      'givenName',
      'familyName',
      'title',
      'department',
      'organization',
      'preferredLanguage',
      'timezone',
    ].map((name) => [name, false]),
  );

  it('are login and email at least', () => {
    expect(profileAttributesOf(load(withTarget({ account: onlyKeys })))).toEqual(['email', 'login']);
  });

  it('are those that mappings and scopes of all targets read, once each, and none of the app', () => {
    const targets = {
      cloud: aTarget({
        scope: { expression: 'user.userType == "Employee" && user.status != "STAGED" && has(user.costCenter)' },
        account: { ...onlyKeys, title: ['title', { expression: 'user.rank + user.id' }] },
      }),
      other: { ...other, scope: { app: '0oa1' }, account: { ...onlyKeys, title: ['app.jobTitle', 'title'] } },
    };
    expect(profileAttributesOf(load(aFile({ targets })))).toEqual([
      'costCenter',
      'email',
      'login',
      'rank',
      'title',
      'userType',
    ]);
  });
});
