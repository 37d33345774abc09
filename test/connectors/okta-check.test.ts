/** What an administrator is told about the connection to Okta. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { anError, aSource, aUser, type Reply, startScripted, userId } from './okta-scripted.ts';

const names = [
  'connection',
  'credentials',
  'scope okta.users.read',
  'people-visible',
  'scope okta.groups.read',
  'scope okta.logs.read',
  'scope okta.apps.read',
  'scope okta.users.manage',
  'scope okta.sessions.manage',
  'clock',
];

/** The status of each check by name, after making sure that all are there. */
async function statuses(source: ReturnType<typeof aSource>) {
  const results = await source.check();
  expect(results.map(({ check }) => check)).toEqual(names);
  return {
    notOk: Object.fromEntries(results.filter(({ status }) => status !== 'ok').map((r) => [r.check, r.status])),
    message: (check: string) => results.find((result) => result.check === check)?.message,
  };
}

const superAdmin: Readonly<Record<string, Reply>> = {
  me: { body: aUser(9) },
  roles: { body: [{ id: 'ra1', type: 'SUPER_ADMIN', status: 'ACTIVE' }] },
};

const startWith = (answers: Readonly<Record<string, Reply>>) =>
  startScripted(
    ({ url }) => ({ ...superAdmin, ...answers })[url.pathname.split('/').at(-1) ?? ''] ?? { body: [aUser(1)] },
  );

test('a credential that may read all is ok by one call for each permission', async () => {
  const okta = await startWith({});
  const { notOk } = await statuses(aSource(okta));
  expect(notOk).toEqual({});
  expect(okta.seen.map(({ url }) => [url.pathname, url.searchParams.get('limit')])).toEqual([
    ['/api/v1/users', '1'],
    ['/api/v1/groups', '1'],
    ['/api/v1/logs', '1'],
    ['/api/v1/apps', '1'],
    ['/api/v1/users/me', null],
    [`/api/v1/users/${userId(9)}/roles`, null],
  ]);
});

test('a refused token is told once, with what to do, and nothing else is tried', async () => {
  const okta = await startWith({ users: { status: 401, body: anError('E0000011') } });
  const { notOk, message } = await statuses(aSource(okta));
  expect(notOk).toMatchObject({ credentials: 'failed', 'scope okta.groups.read': 'warning' });
  expect(notOk).not.toHaveProperty('connection');
  expect(message('credentials')).toMatch(/401 E0000011 invalid token provided. Create a new API token/);
  expect(okta.seen).toHaveLength(1);
});

test('each missing permission is told by its scope; that for apps only warns', async () => {
  const denied = { status: 403, body: anError('E0000006') };
  const { notOk, message } = await statuses(aSource(await startWith({ groups: denied, logs: denied, apps: denied })));
  expect(notOk).toEqual({
    'scope okta.groups.read': 'failed',
    'scope okta.logs.read': 'failed',
    'scope okta.apps.read': 'warning',
  });
  expect(message('scope okta.groups.read')).toMatch(/groups and their members.*admin role/);
  expect(message('scope okta.logs.read')).toMatch(/the System Log: .*catching up.*deletions/);

  const none = await statuses(aSource(await startWith({ users: denied })));
  expect(none.notOk).toEqual({ 'scope okta.users.read': 'failed', 'people-visible': 'warning' });
});

test('with OAuth the advice names what to grant, and a refused scope names the OAuth error', async () => {
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }) as string;
  const credentials = { clientId: 'client', privateKey, scopes: ['okta.users.read'] };
  const token = { body: { access_token: 'x' } };
  const granted = await startWith({ token, groups: { status: 403, body: anError('E0000006') } });
  const { message } = await statuses(aSource(granted, { credentials }));
  expect(message('scope okta.groups.read')).toMatch(/Grant okta.groups.read to the app .*configuration's scopes/);

  const refused = await startWith({ token: { status: 400, body: { error: 'invalid_scope' } } });
  const second = await statuses(aSource(refused, { credentials }));
  expect(second.notOk).toMatchObject({ credentials: 'failed' });
  expect(second.message('credentials')).toMatch(/400 invalid_scope. Grant every configured scope/);
});

test.each([
  ['HELP_DESK_ADMIN', { 'scope okta.users.manage': 'warning' }],
  ['READ_ONLY_ADMIN', { 'scope okta.users.manage': 'warning', 'scope okta.sessions.manage': 'warning' }],
  ['CUSTOM', { 'scope okta.users.manage': 'warning', 'scope okta.sessions.manage': 'warning' }],
  ['ORG_ADMIN', {}],
])("whether an API token may offboard is told by its owner's role: %s", async (type, expected) => {
  const okta = await startWith({ roles: { body: [{ id: 'ra1', type, status: 'ACTIVE' }] } });
  const { notOk } = await statuses(aSource(okta));
  expect(notOk).toEqual(expected);
  expect(okta.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('roles that may not be read are told as not known, by both permissions', async () => {
  const { notOk, message } = await statuses(
    aSource(await startWith({ roles: { status: 403, body: anError('E0000006') } })),
  );
  expect(notOk).toEqual({ 'scope okta.users.manage': 'warning', 'scope okta.sessions.manage': 'warning' });
  expect(message('scope okta.users.manage')).toMatch(/^Not known whether .* 403 E0000006.*Organization Administrator/);
});

test('with OAuth the scopes for an offboarding are warned of when they are not configured, without any call', async () => {
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }) as string;
  const okta = await startWith({ token: { body: { access_token: 'x' } } });
  const check = (scopes: string[]) =>
    statuses(aSource(okta, { credentials: { clientId: 'client', privateKey, scopes } }));
  const { notOk, message } = await check(['okta.users.read', 'okta.users.manage']);
  expect(notOk).toEqual({ 'scope okta.sessions.manage': 'warning' });
  expect(message('scope okta.sessions.manage')).toMatch(/Grant okta.sessions.manage to the app/);
  expect((await check(['okta.users.read', 'okta.users.manage', 'okta.sessions.manage'])).notOk).toEqual({});
  expect(okta.seen.map(({ url }) => url.pathname)).not.toContain('/api/v1/users/me');
});

test('seeing nobody is a warning, since Okta answers so to a token without an admin role', async () => {
  const { notOk, message } = await statuses(aSource(await startWith({ users: { body: [] } })));
  expect(notOk).toEqual({ 'people-visible': 'warning' });
  expect(message('people-visible')).toMatch(/lacks an admin role/);
});

test.each([
  [-90_000, /90 s ahead of|8\d s ahead of|91 s ahead of/],
  [300_000, /(299|300|301) s behind/],
])('a clock that is off by %i ms is a warning', async (offsetMs, words) => {
  const date = new Date(Date.now() + offsetMs).toUTCString();
  const okta = await startScripted(() => ({ body: [aUser(1)], headers: { date } }));
  const { notOk, message } = await statuses(aSource(okta));
  expect(notOk).toMatchObject({ clock: 'warning' });
  expect(message('clock')).toMatch(words);
});

test('an org that cannot be reached is a failed connection, not a failed credential', async () => {
  const { notOk, message } = await statuses(aSource({ origin: 'http://127.0.0.1:1' }));
  expect(notOk).toMatchObject({ connection: 'failed', credentials: 'warning', clock: 'warning' });
  expect(message('connection')).toMatch(/Check orgUrl and the network/);
});

test("the caller's signal ends the check with its own reason", async () => {
  const okta = await startWith({});
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(aSource(okta).check({ signal })).rejects.toThrow('enough');
});
