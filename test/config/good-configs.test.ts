import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { aFile, aTarget, load, okta, settingsOf, withTarget } from './a-config.ts';

const root = new URL('../../', import.meta.url).pathname;

describe('what is left out has a default', () => {
  it('of a target: nothing is managed or protected, everything is done, linked people only', () => {
    const { mapping, guards, ...settings } = settingsOf({});
    expect(settings).toEqual({
      name: 'cloud',
      scope: { by: 'groups', groups: [{ name: 'everybody' }] },
      groups: { include: [], exclude: [], rename: [], merge: [], followRenames: true, deletedAtOkta: 'empty' },
      membershipAuthority: 'linked-exact',
      leaver: { action: 'deactivate', removeMemberships: true },
      operations: { create: true, update: true, deactivate: true, reactivate: true, groups: true },
      protectedPeople: { oktaIds: [], patterns: [] },
      protectedGroups: { ids: [], patterns: [] },
      ignoredAccounts: { oktaIds: [], patterns: [] },
      ignoredGroups: { ids: [], patterns: [] },
      emergencyPeople: { oktaIds: [], patterns: [] },
      privilegedGroups: { ids: [], patterns: [] },
      drift: 'repair',
      pauseWhenFailing: { share: 0.4, atLeast: 10 },
    });
    expect(guards.deactivations).toEqual({
      perRun: { percent: 5, atLeast: 3, atMost: 500 },
      perDay: { percent: 10, atLeast: 6, atMost: 1_000 },
    });
    expect(mapping.userName).toEqual({ from: [{ attribute: 'email' }] });
    expect(mapping.email).toEqual({ from: [{ attribute: 'email' }] });
    expect(Object.keys(mapping)).toEqual([
      'userName',
      'email',
      'displayName',
      'givenName',
      'familyName',
      'title',
      'department',
      'organization',
      'preferredLanguage',
      'timezone',
    ]);
  });

  it('of the rest: production, a paused schedule every 15 minutes, half of every limit', () => {
    const config = load(aFile());
    expect(config).toMatchObject({
      isSandbox: false,
      schedule: { everyMs: 15 * 60_000, isPaused: true },
      okta: { pacing: { share: 0.5, concurrency: 16 } },
      telemetry: {},
    });
    expect(config.targets[0]).toMatchObject({ pacing: { share: 0.5, concurrency: 16 }, memberBatch: 100 });
  });

  it('of offboardings: a grace of thirty days, and a limit of a day of which any number may be set alone', () => {
    expect(load(aFile()).offboarding).toEqual({
      deactivateAfterMs: 30 * 86_400_000,
      limit: { percent: 5, atLeast: 25, atMost: 1_000 },
    });
    const offboarding = { deactivateAtOktaAfter: 'never', limit: { atMost: 300 } };
    expect(load(aFile({ offboarding })).offboarding).toEqual({ limit: { percent: 5, atLeast: 25, atMost: 300 } });
  });

  it('of the sandbox: a schedule that runs', () => {
    expect(load(aFile({ sandbox: true })).schedule.isPaused).toBe(false);
  });

  it.each([
    ['groups', { groups: ['everybody'] }, ['okta.users.read', 'okta.groups.read', 'okta.logs.read']],
    ['an app', { app: '0oa1' }, ['okta.users.read', 'okta.groups.read', 'okta.logs.read', 'okta.apps.read']],
  ])('of OAuth scopes: only what a scope by %s needs', (_title, scope, expected) => {
    const source = okta({ credentials: { clientId: '0oa1', privateKey: { file: '/run/key' } } });
    const { credentials } = load(aFile({ source, targets: { cloud: aTarget({ scope }) } })).okta;
    expect(credentials).toEqual({
      by: 'private-key',
      clientId: '0oa1',
      privateKey: { file: '/run/key' },
      scopes: expected,
    });
  });
});

describe('the notations mean', () => {
  it.each([
    ['Team A', { name: 'Team A' }],
    ['/team-.*/', { pattern: 'team-.*' }],
    ['id:00g1emaKYZTWRYYRRTSK', { id: '00g1emaKYZTWRYYRRTSK' }],
  ])('the group %s', (written, expected) => {
    expect(settingsOf({ groups: { include: [written] } }).groups.include).toEqual([expected]);
  });

  it('people and target groups: texts match literally, patterns and ids as they are', () => {
    const settings = settingsOf({
      protect: { people: ['a.b+c@x.com', '/svc-.*/', 'id:00u1'], groups: ['org (admins)', 'id:6f1c-2'] },
    });
    expect(settings.protectedPeople).toEqual({ oktaIds: ['00u1'], patterns: ['a\\.b\\+c@x\\.com', 'svc-.*'] });
    expect(settings.protectedGroups).toEqual({ ids: ['6f1c-2'], patterns: ['org \\(admins\\)'] });
  });

  it("people: an Okta user's id is one without id: as well, since nobody logs in by such a text", () => {
    const whole = '00u1emaKYZTWRYYRRTSK';
    const { protectedPeople, emergencyPeople, ignoredAccounts } = settingsOf({
      protect: { people: [whole], emergency: [whole] },
      ignore: { accounts: [whole, '00u-robot', `${whole}@x.com`] },
    });
    expect([protectedPeople, emergencyPeople]).toEqual(Array(2).fill({ oktaIds: [whole], patterns: [] }));
    expect(ignoredAccounts).toEqual({ oktaIds: [whole], patterns: ['00u-robot', `${whole}@x\\.com`] });
  });

  it.each([
    ['an attribute', 'login', { from: [{ attribute: 'login' }] }],
    ['a list', ['nick', { expression: 'user.a' }], { from: [{ attribute: 'nick' }, { expression: 'user.a' }] }],
    ['one source and a default', { from: 'a', default: 'b' }, { from: [{ attribute: 'a' }], default: 'b' }],
    ['a list and a default', { from: ['a'], default: 'b' }, { from: [{ attribute: 'a' }], default: 'b' }],
    ['an expression', { expression: 'user.a + "x"' }, { from: [{ expression: 'user.a + "x"' }] }],
    [
      'an expression and a default',
      { expression: 'user.a', default: 'b' },
      { from: [{ expression: 'user.a' }], default: 'b' },
    ],
    ['nothing', false, undefined],
  ])('a mapping by %s', (_title, title, expected) => {
    expect(settingsOf({ account: { title } }).mapping.title).toEqual(expected);
  });

  it('an attribute of the app, where the scope is that app', () => {
    const target = {
      scope: { app: '0oa1' },
      account: { title: 'app.jobTitle', department: { expression: 'app.unit' } },
    };
    expect(settingsOf(target)).toMatchObject({
      scope: { by: 'app', appId: '0oa1' },
      mapping: { title: { from: [{ attribute: 'app.jobTitle' }] } },
    });
  });

  it('a text that merely holds the word app is no use of it', () => {
    expect(settingsOf({ account: { title: { expression: '"app.x" + user.app' } } }).mapping.title).toBeDefined();
  });

  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
  ])('the duration %s', (every, everyMs) => {
    expect(load(aFile({ schedule: { every } })).schedule).toEqual({ everyMs, isPaused: true });
  });

  it.each(['*/15 6-20 * * MON-FRI', '0 6 1,15 * *', '0,30 * * JAN-mar 0', '5-35/10 0 29 2 *'])(
    'the cron %s',
    (cron) => {
      expect(load(aFile({ schedule: { cron } })).schedule).toMatchObject({ cron });
    },
  );

  it('cron in UTC, unless a zone is given', () => {
    const cron = '30 6 * * MON-FRI';
    expect(load(aFile({ schedule: { cron } })).schedule).toEqual({ cron, timezone: 'UTC', isPaused: true });
    const schedule = { cron, timezone: 'Europe/Berlin', paused: false };
    expect(load(aFile({ schedule })).schedule).toEqual({ cron, timezone: 'Europe/Berlin', isPaused: false });
  });

  it('addresses without their trailing slash', () => {
    const file = aFile({ source: okta({ orgUrl: 'https://example.okta.com/' }) });
    expect(load(file).okta.orgUrl).toBe('https://example.okta.com');
  });

  it('plain http on this machine, and anywhere in the sandbox', () => {
    const orgUrl = 'http://127.0.0.1:14001';
    expect(load(aFile({ source: okta({ orgUrl }) })).okta.orgUrl).toBe(orgUrl);
    const inCompose = 'http://okta:14001';
    expect(load(aFile({ sandbox: true, source: okta({ orgUrl: inCompose }) })).okta.orgUrl).toBe(inCompose);
  });

  it('several targets in the order of the file', () => {
    const targets = { zeta: aTarget(), alpha: aTarget({ baseUrl: 'https://api.atlassian.com/scim/directory/two' }) };
    expect(load(aFile({ targets })).targets.map(({ settings }) => settings.name)).toEqual(['zeta', 'alpha']);
  });
});

describe('the configuration', () => {
  it('is frozen to its last value', () => {
    const { targets } = load(withTarget({ groups: { include: ['a'] } }));
    expect(() => Object.assign(targets[0]!.settings.groups.include[0]!, { name: 'b' })).toThrow(TypeError);
    expect(() => Object.assign(targets, { length: 0 })).toThrow(TypeError);
  });

  it('can be sent as JSON without loss, since it is plain data', () => {
    const config = load(aFile());
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });
});

describe('the files that come with Lockstep', () => {
  const examples = readdirSync(`${root}examples`).map((name) => `examples/${name}`);

  it.each(['lockstep.yaml', ...examples])('%s loads, and tells editors its schema', (name) => {
    expect(loadConfig(root + name).targets.length).toBeGreaterThan(0);
    const [first] = readFileSync(root + name, 'utf8').split('\n');
    expect(first).toMatch(/^# yaml-language-server: \$schema=(\.|\.\.)\/config\/lockstep\.schema\.json$/);
  });

  it('lockstep.yaml is the sandbox, the examples are not', () => {
    expect(loadConfig(`${root}lockstep.yaml`).isSandbox).toBe(true);
    expect(examples.map((name) => loadConfig(root + name).isSandbox)).not.toContain(true);
  });
});
