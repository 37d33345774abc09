import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { aFile, aTarget, errorOf, load, okta, problemsOf, withTarget } from './a-config.ts';

const key = { env: 'SCIM_KEY' };
const cloud = 'targets.cloud';

describe('a problem with the whole file names its place', () => {
  it.each([
    ['an unknown version', aFile({ version: 2 }), ['version: must be 1']],
    ['no version', aFile({ version: undefined }), ['version: is missing']],
    ['an unknown key', aFile({ polices: {} }), ['polices: is not known']],
    ['yes for a boolean', aFile({ sandbox: 'yes' }), ['sandbox: must be true or false, but is text']],
    ['no source', aFile({ source: undefined }), ['source: is missing']],
    ['no targets', aFile({ targets: undefined }), ['targets: is missing']],
    ['an empty block of targets', aFile({ targets: {} }), ['targets: is empty']],
    ['a list of targets', aFile({ targets: [] }), ['targets: must be a block of keys and values, but is a list']],
    ['an empty source', aFile({ source: null }), ['source: must be a block of keys and values, but is empty']],
    ['a bare text', 'hello', [': must be a block of keys and values, but is text']],
  ])('%s', (_title, file, expected) => {
    expect(problemsOf(file)).toEqual(expected);
  });
});

describe('a proxy whose word is believed is', () => {
  const place = 'receiver.trustedProxies[0]';
  it.each([
    ['not a name', 'lb-1', [`${place}: is not an address`]],
    ['not everybody', '0.0.0.0/0', [`${place}: is wider than any private network`]],
    ['not everybody by IPv6', '::/0', [`${place}: is wider than any private network`]],
    ['not half of everybody', '128.0.0.0/1', [`${place}: is wider than any private network`]],
    [
      'not everybody by the other way to write IPv4',
      '::ffff:0.0.0.0/96',
      [`${place}: is wider than any private network`],
    ],
  ])('%s: %s', (_title, proxy, expected) => {
    expect(problemsOf(aFile({ receiver: { trustedProxies: [proxy] } }))).toEqual(expected);
  });

  it('an address, or a network that may be private', () => {
    const trustedProxies = ['10.0.0.7', '10.0.0.0/8', 'fc00::/7', '::ffff:10.0.0.0/104'];
    expect(load(aFile({ receiver: { trustedProxies } })).receiver.trustedProxies).toEqual(trustedProxies);
  });
});

describe('a problem with the source is told', () => {
  const path = 'source.okta';
  it.each([
    ['no address', { orgUrl: undefined }, [`${path}.orgUrl: is missing`]],
    ['an address without a scheme', { orgUrl: 'example.okta.com' }, [`${path}.orgUrl: is not an address`]],
    ['another scheme', { orgUrl: 'ftp://example.okta.com' }, [`${path}.orgUrl: must begin with https://`]],
    [
      'plain http in capitals',
      { orgUrl: 'HTTP://example.okta.com' },
      [`${path}.orgUrl: would send credentials unencrypted`],
    ],
    ['plain http', { orgUrl: 'http://example.okta.com' }, [`${path}.orgUrl: would send credentials unencrypted`]],
    [
      'the admin console',
      { orgUrl: 'https://example-admin.okta.com' },
      [`${path}.orgUrl: is the address of the admin console`],
    ],
    ['a path', { orgUrl: 'https://example.okta.com/api/v1' }, [`${path}.orgUrl: must not have a path`]],
    ['a query', { orgUrl: 'https://example.okta.com?a=b' }, [`${path}.orgUrl: must not have a ? or # part`]],
    [
      'credentials in the address',
      { orgUrl: 'https://me:pw@example.okta.com' },
      [`${path}.orgUrl: must not carry a user name or password`],
    ],
    ['no credentials', { credentials: {} }, [`${path}.credentials: needs apiToken or clientId with privateKey`]],
    ['half of OAuth', { credentials: { clientId: '0oa1' } }, [`${path}.credentials: lacks privateKey`]],
    [
      'scopes alone',
      { credentials: { scopes: ['okta.users.read'] } },
      [`${path}.credentials: lacks clientId and privateKey`],
    ],
    [
      'both kinds of credentials',
      { credentials: { apiToken: key, clientId: '0oa1', privateKey: key } },
      [`${path}.credentials: allows only one of apiToken or clientId with privateKey`],
    ],
    [
      'a scope of another kind',
      { credentials: { clientId: '0oa1', privateKey: key, scopes: ['openid'] } },
      [`${path}.credentials.scopes[0]: is not an Okta scope`],
    ],
    ['a share in percent', { pacing: { share: 50 } }, [`${path}.pacing.share: must be at most 1`]],
    ['a share of nothing', { pacing: { share: 0 } }, [`${path}.pacing.share: must be more than 0`]],
    [
      'half a request',
      { pacing: { concurrency: 1.5 } },
      [`${path}.pacing.concurrency: must be a whole number, but is a number`],
    ],
  ])('%s', (_title, changes, expected) => {
    expect(problemsOf(aFile({ source: okta(changes) }))).toEqual(expected);
  });
});

describe('a problem with a target is told', () => {
  it.each([
    ['an unknown kind', { kind: 'jira' }, ['kind: must be atlassian-cloud']],
    ['an unknown key', { scopes: {} }, ['scopes: is not known']],
    [
      'an address that is no directory',
      { baseUrl: 'https://example.atlassian.net' },
      ['baseUrl: is not the base address of a SCIM directory'],
    ],
    ['no scope', { scope: undefined }, ['scope: is missing']],
    ['an empty scope', { scope: {} }, ['scope: needs groups, expression or app']],
    ['a scope without groups', { scope: { groups: [] } }, ['scope.groups: is empty, so nobody would be in scope']],
    ['two scopes', { scope: { groups: ['a'], app: '0oa1' } }, ['scope: allows only one of groups or app']],
    ['a misspelt scope', { scope: { group: ['a'] } }, ['scope.group: is not known']],
    ["something else than an app's id", { scope: { app: 'Jira' } }, ["scope.app: is not an Okta app's id"]],
    ['a group that is a number', { scope: { groups: [7] } }, ['scope.groups[0]: must be text, but is a number']],
    ['a group without a name', { scope: { groups: [''] } }, ['scope.groups[0]: must not be empty']],
    [
      'the id of a person as a group',
      { scope: { groups: ['id:00u1'] } },
      ['scope.groups[0]: is not an id of the right kind'],
    ],
    ['a shell pattern', { groups: { include: ['team-*'] } }, ['groups.include[0]: looks like a pattern']],
    [
      'a broken pattern',
      { groups: { exclude: ['/a(/'] } },
      ['groups.exclude[0]: is not a valid regular expression: unterminated group'],
    ],
    [
      'a pattern that only parentheses around it would mend',
      { protect: { people: ['/a)(b/'] } },
      ["protect.people[0]: is not a valid regular expression: unmatched ')'"],
    ],
    [
      'a pattern with flags',
      { ignore: { accounts: ['/a/i'] } },
      ['ignore.accounts[0]: must not have flags after the last slash'],
    ],
    [
      'a renaming without a pattern',
      { groups: { rename: [{ pattern: 'abc', to: 'x' }] } },
      ['groups.rename[0].pattern: is not a pattern'],
    ],
    [
      'a renaming to what was not matched',
      { groups: { rename: [{ pattern: '/a-(.*)/', to: 'b-$2' }] } },
      ['groups.rename[0].to: refers to $2, which the pattern does not have'],
    ],
    [
      'a renaming to nothing',
      { groups: { rename: [{ pattern: '/a/', to: '' }] } },
      ['groups.rename[0].to: must not be empty'],
    ],
    [
      'an unknown authority',
      { membershipAuthority: 'all' },
      ['membershipAuthority: must be linked-exact or exact or add-only'],
    ],
    [
      'an action that is not there yet',
      { leaver: { action: 'delete' } },
      ['leaver.action: must be deactivate or keep'],
    ],
    ['an unknown operation', { operations: { delete: true } }, ['operations.delete: is not known']],
    ['a batch of nobody', { memberBatch: 0 }, ['memberBatch: must be at least 1']],
  ])('%s', (_title, changes, expected) => {
    expect(problemsOf(withTarget(changes))).toEqual(expected.map((problem) => `${cloud}.${problem}`));
  });
});

describe('a problem with a mapping is told', () => {
  it.each([
    ['an unknown attribute', { mail: 'email' }, ['mail: is not known']],
    ['a user name left alone', { userName: false }, ['userName: does not say what the attribute is made of']],
    ['an empty list', { title: [] }, ['title: is an empty list']],
    ['a name with `user.`', { title: 'user.title' }, ['title: names an attribute with `user.`']],
    ['an expression in place of a name', { title: 'a + b' }, ['title: is not the name of a profile attribute']],
    ['a misspelt expression', { title: ['title', { expresion: 'x' }] }, ['title[1].expresion: is not known']],
    ['a default alone', { title: { default: 'x' } }, ['title: needs from or expression']],
    [
      'two sources',
      { title: { from: 'title', expression: 'user.x' } },
      ['title: allows only one of from or expression'],
    ],
    [
      'a broken expression',
      { title: { expression: 'user.a +' } },
      ['title.expression: is not a valid expression at character 9: Unexpected token: EOF'],
    ],
    [
      'an unknown variable',
      { title: { expression: 'person.a' } },
      ['title.expression: is not a valid expression: Unknown variable: person'],
    ],
    ['a list as value', { title: { expression: '[user.a]' } }, ['title.expression: yields list and not one value']],
    ['the profile of an app, without one', { title: 'app.title' }, ['title: uses `app`, but the scope is not an app']],
    [
      'an expression over an app, without one',
      { title: { expression: '"app.x" + app.title' } },
      ['title.expression: uses `app`, but the scope is not an app'],
    ],
  ])('%s', (_title, account, expected) => {
    expect(problemsOf(withTarget({ account }))).toEqual(expected.map((problem) => `${cloud}.account.${problem}`));
  });

  it.each([
    ['yields a text', 'user.a + "b"', 'yields string and not true or false'],
    ['is about an app', 'app.a == "b"', 'uses `app`, which is not there'],
  ])('a scope that %s', (_title, expression, expected) => {
    expect(problemsOf(withTarget({ scope: { expression } }))).toEqual([`${cloud}.scope.expression: ${expected}`]);
  });
});

describe('a problem with the schedule is told', () => {
  it.each([
    ['both ways', { every: '15m', cron: '0 6 * * *' }, [': allows only one of every or cron']],
    ['neither way', { paused: true }, [': needs every or cron']],
    ['a zone without cron', { every: '15m', timezone: 'UTC' }, [': allows only one of every or cron']],
    ['a number without unit', { every: 15 }, ['.every: is not a duration']],
    ['an unknown unit', { every: '15 minutes' }, ['.every: is not a duration']],
    ['no pause at all', { every: '5s' }, ['.every: is too often']],
    ['six fields', { cron: '0 0 6 * * *' }, ['.cron: must have the five fields of cron']],
    ['a minute that is none', { cron: '75 6 * * *' }, ['.cron: is not valid cron notation']],
    ['what Temporal does not know', { cron: '0 6 L * *' }, ['.cron: is not valid cron notation']],
    ['what only some cron knows', { cron: '0 6 LW * +MON' }, ['.cron: is not valid cron notation']],
    ['a day that never comes', { cron: '0 6 31 2 *' }, ['.cron: names a time that never comes']],
    ['an unknown zone', { cron: '0 6 * * *', timezone: 'Europe/Berln' }, ['.timezone: is not a known time zone']],
    ['an offset as a zone', { cron: '0 6 * * *', timezone: '+02:00' }, ['.timezone: is not a known time zone']],
  ])('%s', (_title, schedule, expected) => {
    expect(problemsOf(aFile({ schedule }))).toEqual(expected.map((problem) => `schedule${problem}`));
  });
});

it.each([
  ['a floor above the ceiling', { atLeast: 50, atMost: 40 }, ': has an atLeast above its atMost'],
  ['a share above all', { percent: 101 }, '.percent: '],
  ['a part of a person', { atMost: 1_000.5 }, '.atMost: '],
])('a problem with the limit of offboardings is told: %s', (_title, limit, expected) => {
  expect(problemsOf(aFile({ offboarding: { limit } })).join()).toContain(`offboarding.limit${expected}`);
});

it.each([
  ['a grace beyond the calendar', { offboarding: { deactivateAtOktaAfter: '999999999d' } }, 'is too long'],
  ['a grace of more than ten years', { offboarding: { deactivateAtOktaAfter: '3650d1s' } }, 'is too long'],
  ['a log that is looked at each month', { catchUp: { every: '30d' } }, 'is too seldom'],
  ['a log that is looked at less than once a day', { catchUp: { every: '1d1s' } }, 'is too seldom'],
])('a length of time that no timer bears, or nobody means, is told: %s', (_title, changes, expected) => {
  const [[block, key] = ['', '']] = Object.entries(changes).map(([name, value]) => [name, Object.keys(value)[0]]);
  expect(problemsOf(aFile(changes))).toEqual([`${block}.${key}: ${expected}`]);
});

it('lengths of time up to the bound are taken', () => {
  const longest = { offboarding: { deactivateAtOktaAfter: '3650d' }, catchUp: { every: '1d' } };
  expect(load(aFile(longest))).toMatchObject({
    offboarding: { deactivateAfterMs: 3_650 * 86_400_000 },
    catchUp: { everyMs: 86_400_000 },
  });
});

describe('targets are checked against each other', () => {
  it('refuses two on one directory, however it is written', () => {
    const targets = { one: aTarget(), two: aTarget({ baseUrl: 'https://API.atlassian.com:443/scim/directory/one/' }) };
    expect(problemsOf(aFile({ targets }))).toEqual(['targets.two.baseUrl: is the directory of one as well']);
  });

  it.each(['Cloud', '1st', 'with space', 'a'.repeat(41)])('refuses the name %s', (name) => {
    const targets = { [name]: aTarget() };
    expect(problemsOf(aFile({ targets }))).toEqual([`targets.${name}: is not a valid name of a target`]);
  });

  it('refuses a name that means something to JavaScript', () => {
    const text = `${stringify(aFile({ targets: undefined }))}targets:\n  __proto__: ${JSON.stringify(aTarget())}\n`;
    expect(problemsOf(text)).toContain('targets.__proto__: is not a valid name of a target');
  });
});

describe('all problems come at once', () => {
  const text = `version: 1
source:
  okta:
    orgURL: https://example.okta.com
    credentials: { apiToken: { evn: X } }
targets:
  Cloud:
    kind: atlassian-cloud
    baseUrl: http://example.com/scim/directory/one
    credentials: { apiKey: { env: KEY } }
    scope:
      expression: user.department == "x
`;

  it('from the schema and from the cross checks, with line, column and hint, in the order of the file', () => {
    expect(errorOf(() => load(text)).problems).toEqual([
      {
        path: 'source.okta.orgURL',
        message: 'is not known',
        hint: 'did you mean orgUrl?',
        line: 4,
        column: 5,
      },
      {
        path: 'source.okta.credentials.apiToken.evn',
        message: 'is not known',
        hint: 'did you mean env?',
        line: 5,
        column: 32,
      },
      {
        path: 'targets.Cloud',
        message: 'is not a valid name of a target',
        hint: 'use up to 40 lower-case letters, digits and hyphens, a letter first',
        line: 7,
        column: 3,
      },
      {
        path: 'targets.Cloud.baseUrl',
        message: 'would send credentials unencrypted',
        hint: 'write https://',
        line: 9,
        column: 14,
      },
      {
        path: 'targets.Cloud.scope.expression',
        message: 'is not a valid expression at character 20: Unterminated string',
        hint: 'write CEL over `user` and `app`, as in user.department == "Engineering"; try it with `lockstep eval`',
        line: 12,
        column: 38,
      },
    ]);
  });

  it('reads well on a terminal', () => {
    const { message } = errorOf(() => load(text));
    expect(message).toMatch(
      /^\S+lockstep\.yaml: 5 problems\n\n {2}\S+lockstep\.yaml:4:5 {2}source\.okta\.orgURL: is not/,
    );
    expect(message).toContain('\n      did you mean orgUrl?\n');
  });
});
