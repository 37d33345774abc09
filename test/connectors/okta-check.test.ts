/** What an administrator is told about the connection to Okta. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { anError, aSource, aUser, type Reply, startScripted } from './okta-scripted.ts';

const names = [
  'connection',
  'credentials',
  'scope okta.users.read',
  'people-visible',
  'scope okta.groups.read',
  'scope okta.logs.read',
  'scope okta.apps.read',
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

const startWith = (answers: Readonly<Record<string, Reply>>) =>
  startScripted(({ url }) => answers[url.pathname.split('/').at(-1) ?? ''] ?? { body: [aUser(1)] });

test('a credential that may read all is ok by one call for each permission', async () => {
  const okta = await startWith({});
  const { notOk } = await statuses(aSource(okta));
  expect(notOk).toEqual({});
  expect(okta.seen.map(({ url }) => [url.pathname, url.searchParams.get('limit')])).toEqual([
    ['/api/v1/users', '1'],
    ['/api/v1/groups', '1'],
    ['/api/v1/logs', '1'],
    ['/api/v1/apps', '1'],
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
  expect(notOk).toEqual({ clock: 'warning' });
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
