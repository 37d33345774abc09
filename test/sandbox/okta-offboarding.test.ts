// What an offboarding asks of Okta: sessions, statuses, and who may.
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startControl } from '../../sandbox/control.ts';
import { type Answer, aProfile, type OktaUnderTest, startOkta } from './okta-client.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const clientId = '0oaServiceApp';
const scopes = ['okta.users.manage', 'okta.sessions.manage', 'okta.users.read'];

let okta: OktaUnderTest;
beforeEach(async () => {
  const oauth = [{ clientId, jwks: [publicKey.export({ format: 'jwk' })], scopes }];
  okta = await startOkta({ people: 20, groups: 3 }, { oauth });
});
afterEach(() => okta.close());

async function active(): Promise<Answer> {
  const found = await okta.all(`/api/v1/users?filter=${encodeURIComponent('status eq "ACTIVE"')}`);
  return found[0] as Answer;
}

async function outcome(method: string, path: string, headers: Record<string, string> = {}) {
  const reply = await okta.call(method, path, undefined, headers);
  return [reply.status, reply.body?.errorCode];
}

/** The SDK's own client gets the token, so that no assertion is built here. */
async function bearer(...wanted: string[]) {
  const { Client } = await import('@okta/okta-sdk-nodejs');
  const client = new Client({
    orgUrl: okta.sim.origin,
    authorizationMode: 'PrivateKey',
    clientId,
    scopes: wanted,
    privateKey: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    cacheMiddleware: null,
  });
  const token = (await client.oauth.getAccessToken()) as { access_token: string };
  return { authorization: `Bearer ${token.access_token}` };
}

test('clearing sessions is 204 for any user, by id, and told in the log with whether tokens go too', async () => {
  const { id } = await active();
  expect(await outcome('DELETE', `/api/v1/users/${id}/sessions?oauthTokens=true`)).toEqual([204, undefined]);
  expect(await outcome('DELETE', `/api/v1/users/${id}/sessions`)).toEqual([204, undefined]);
  expect(await outcome('DELETE', `/api/v1/users/${id}/sessions?oauthTokens=maybe`)).toEqual([400, 'E0000001']);
  expect(await outcome('DELETE', '/api/v1/users/00u00000000000000000/sessions')).toEqual([404, 'E0000007']);
  const { items } = await okta.call('GET', '/api/v1/logs');
  expect(items.map((event) => [event.eventType, event.debugContext?.debugData?.oauthTokens])).toEqual([
    ['user.session.clear', 'true'],
    ['user.session.clear', 'false'],
  ]);
});

test('each step moves statusChanged and lastUpdated, and suspending keeps groups and apps', async () => {
  const { id } = await active();
  const [app] = await okta.all('/api/v1/apps');
  const path = `/api/v1/users/${id}`;
  const held = async () => [
    (await okta.all(`${path}/groups`)).length,
    (await okta.call('GET', `/api/v1/apps/${app?.id}/users/${id}`)).status,
  ];
  const before = await held();
  for (const [step, status] of [
    ['suspend', 'SUSPENDED'],
    ['unsuspend', 'ACTIVE'],
    ['suspend', 'SUSPENDED'],
    ['deactivate', 'DEPROVISIONED'],
  ]) {
    okta.sim.advanceClock(1_000);
    await okta.call('POST', `${path}/lifecycle/${step}`);
    const { body } = await okta.call('GET', path);
    expect(String(body.status)).toBe(status);
    expect(Date.parse(String(body.statusChanged))).toBeGreaterThan(okta.sim.now() - 1_000);
    expect(body.lastUpdated).toBe(body.statusChanged);
    if (status !== 'DEPROVISIONED') expect(await held()).toEqual(before);
  }
  expect((await held())[1]).toBe(404);
});

test('an invitation can be sent again, until it is taken', async () => {
  const { body } = await okta.call('POST', '/api/v1/users', aProfile('Ida'));
  expect(await outcome('POST', `/api/v1/users/${body.id}/lifecycle/reactivate`)).toEqual([200, undefined]);
  expect((await okta.call('GET', `/api/v1/users/${body.id}`)).body.status).toBe('PROVISIONED');
});

test('each step needs its own scope, and the refusal names it', async () => {
  const { id } = await active();
  const users = await bearer('okta.users.manage');
  const sessions = await bearer('okta.sessions.manage');
  const refused = await okta.call('DELETE', `/api/v1/users/${id}/sessions`, undefined, users);
  expect([refused.status, refused.body.errorCode]).toEqual([403, 'E0000006']);
  expect(refused.headers.get('www-authenticate')).toContain('scope="okta.sessions.manage"');
  expect(await outcome('POST', `/api/v1/users/${id}/lifecycle/suspend`, sessions)).toEqual([403, 'E0000006']);
  expect(await outcome('DELETE', `/api/v1/users/${id}/sessions`, sessions)).toEqual([204, undefined]);
  expect(await outcome('POST', `/api/v1/users/${id}/lifecycle/suspend`, users)).toEqual([200, undefined]);
});

test.each([
  ['READ_ONLY_ADMIN', [403, 'E0000006'], [403, 'E0000006']],
  ['HELP_DESK_ADMIN', [204, undefined], [403, 'E0000006']],
  ['ORG_ADMIN', [204, undefined], [200, undefined]],
])('the role %s limits an API token and a service app alike', async (adminRole, sessions, suspend) => {
  const app = await bearer(...scopes);
  const { id } = await active();
  expect((await okta.all('/api/v1/users/me/roles')).map(({ type }) => type)).toEqual(['SUPER_ADMIN']);
  okta.set({ adminRole });
  expect(await outcome('GET', '/api/v1/users/me/roles')).toEqual([403, 'E0000006']);
  for (const headers of [{}, app]) {
    expect(await outcome('GET', `/api/v1/users/${id}`, headers)).toEqual([200, undefined]);
    expect(await outcome('DELETE', `/api/v1/users/${id}/sessions`, headers)).toEqual(sessions);
  }
  const refused = await okta.call('POST', `/api/v1/users/${id}/lifecycle/suspend`, undefined, app);
  expect([refused.status, refused.body.errorCode]).toEqual(suspend);
  // The scope is there; a challenge that names it would lead astray.
  expect(refused.headers.get('www-authenticate')).toBeNull();
});

test('faults and the request log know these calls as any other', async () => {
  const { id } = await active();
  okta.sim.faults.set([
    { id: 'lost', match: { path: '/lifecycle/suspend$' }, strike: 'after', times: 1, action: { status: 500 } },
    { id: 'refused', match: { method: 'DELETE', path: '/sessions' }, times: 1, action: { status: 429 } },
  ]);
  okta.sim.requests.clear();
  expect(await outcome('DELETE', `/api/v1/users/${id}/sessions`)).toEqual([429, 'E0000047']);
  expect(await outcome('POST', `/api/v1/users/${id}/lifecycle/suspend`)).toEqual([500, 'E0000009']);
  expect(await outcome('POST', `/api/v1/users/${id}/lifecycle/suspend`)).toEqual([400, 'E0000001']);
  expect(okta.sim.requests.since().map(({ route, subjects, status }) => [route, ...subjects, status])).toEqual([
    ['/api/v1/users/:id/sessions', id, 429],
    ['/api/v1/users/:id/lifecycle/suspend', id, 500],
    ['/api/v1/users/:id/lifecycle/suspend', id, 400],
  ]);
});

test('a user can be given to a directory', async () => {
  const control = await startControl([okta.sim]);
  const { id } = await active();
  const give = (body: unknown) =>
    fetch(`${control.origin}/okta/users/${id}/provider`, { method: 'POST', body: JSON.stringify(body) });
  try {
    expect((await give({ type: 'ACTIVE_DIRECTORY', name: 'corp.example.com' })).status).toBe(200);
    const expected = { type: 'ACTIVE_DIRECTORY', name: 'corp.example.com' };
    expect((await okta.call('GET', `/api/v1/users/${id}`)).body.credentials?.provider).toEqual(expected);
    expect((await give({ type: 'PAPER' })).status).toBe(400);
  } finally {
    await control.close();
  }
});
