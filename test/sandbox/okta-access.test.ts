import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startControl } from '../../sandbox/control.ts';
import { API_TOKEN, aProfile, type OktaUnderTest, type Reply, startOkta } from './okta-client.ts';
import { operationIds, violations } from './okta-spec.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = publicKey.export({ format: 'jwk' });
const CLIENT = {
  clientId: '0oaServiceApp',
  jwks: [{ ...jwk, kid: 'k1' }],
  scopes: ['okta.users.read', 'okta.groups.manage'],
};

let okta: OktaUnderTest;
beforeEach(async () => {
  okta = await startOkta({ people: 20, groups: 3 }, { oauth: [CLIENT] });
});
afterEach(() => okta.close());

function jwt(header: object, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', ...header })}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function assertion(changes: Record<string, unknown> = {}): string {
  const exp = Math.floor(okta.sim.now() / 1000) + 300;
  const aud = `${okta.sim.origin}/oauth2/v1/token`;
  const standard = { aud, iss: CLIENT.clientId, sub: CLIENT.clientId, exp, jti: randomUUID() };
  return jwt({ kid: 'k1', typ: 'JWT' }, { ...standard, ...changes });
}

async function askToken(scope: string, client_assertion = assertion(), headers: Record<string, string> = {}) {
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type,
    client_assertion,
  });
  const response = await fetch(`${okta.sim.origin}/oauth2/v1/token`, { method: 'POST', body, headers });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, string>,
  };
}

const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });

describe('credentials', () => {
  test.each([
    ['SSWS wrong', 401, 'E0000011'],
    ['Bearer wrong', 401, 'E0000011'],
    ['', 403, 'E0000005'],
  ])('"%s" is refused with %i %s, with rate headers', async (authorization, status, code) => {
    const reply = await okta.call('GET', '/api/v1/users', undefined, { authorization });
    expect([reply.status, reply.body.errorCode]).toEqual([status, code]);
    expect(reply.headers.get('x-rate-limit-limit')).toBeTruthy();
    expect(reply.headers.get('x-okta-request-id')).toBeTruthy();
  });

  test('a signed assertion buys a token that has its scopes and no others', async () => {
    const { status, body } = await askToken('okta.users.read okta.groups.manage');
    expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', 3600]);
    const get = (path: string) => okta.call('GET', path, undefined, bearer(body.access_token));
    expect((await get('/api/v1/users')).status).toBe(200);
    expect((await get('/api/v1/groups')).status).toBe(200);
    const refused = await get('/api/v1/logs');
    expect([refused.status, refused.body.errorCode]).toEqual([403, 'E0000006']);
    expect(refused.headers.get('www-authenticate')).toContain('scope="okta.logs.read", error="insufficient_scope"');
    const write = await okta.call('POST', '/api/v1/users', aProfile('Nope'), bearer(body.access_token));
    expect(write.body.errorCode).toBe('E0000006');
  });

  test('a token ends after its time', async () => {
    const { body } = await askToken('okta.users.read');
    okta.sim.advanceClock(3_601_000);
    const reply = await okta.call('GET', '/api/v1/users', undefined, bearer(body.access_token));
    expect([reply.status, reply.body.errorCode]).toEqual([401, 'E0000011']);
  });

  test('assertions that are expired, for another audience, of another client, forged or used twice buy nothing', async () => {
    const bad = [
      assertion({ exp: 1 }),
      assertion({ aud: 'https://elsewhere.example.com' }),
      assertion({ sub: 'nobody', iss: 'nobody' }),
      `${assertion().slice(0, -8)}AAAAAAAA`,
      'nonsense',
    ];
    for (const each of bad) {
      const { status, body } = await askToken('okta.users.read', each);
      expect([status, body.error]).toEqual([401, 'invalid_client']);
    }
    const used = assertion();
    expect((await askToken('okta.users.read', used)).status).toBe(200);
    expect((await askToken('okta.users.read', used)).status).toBe(401);
    expect((await askToken('okta.apps.manage')).body.error).toBe('invalid_scope');
  });

  test('with proof of possession demanded, the nonce is asked for and the token is bound to the key', async () => {
    okta.set({ dpopRequired: true });
    const proof = (method: string, path: string, more: object = {}) =>
      jwt({ typ: 'dpop+jwt', jwk }, { htm: method, htu: okta.sim.origin + path, iat: 1, jti: randomUUID(), ...more });
    const first = await askToken('okta.users.read', assertion(), { dpop: proof('POST', '/oauth2/v1/token') });
    expect([first.status, first.body.error]).toEqual([400, 'use_dpop_nonce']);
    const nonce = first.headers.get('dpop-nonce');
    const second = await askToken('okta.users.read', assertion(), {
      dpop: proof('POST', '/oauth2/v1/token', { nonce }),
    });
    expect([second.status, second.body.token_type]).toEqual([200, 'DPoP']);
    const token = second.body.access_token ?? '';
    const ath = createHash('sha256').update(token).digest('base64url');
    const headers = { authorization: `DPoP ${token}`, dpop: proof('GET', '/api/v1/users', { ath }) };
    expect((await okta.call('GET', '/api/v1/users', undefined, headers)).status).toBe(200);
    expect((await okta.call('GET', '/api/v1/users', undefined, headers)).status).toBe(401);
    expect((await okta.call('GET', '/api/v1/users', undefined, bearer(token))).status).toBe(401);
  });
});

describe('limits', () => {
  test('a token may use half of a bucket, in a window of its own of 60 seconds', async () => {
    okta.set({ limits: { ...(okta.sim.vendor.settings.limits as object), users: 6 } });
    const left: string[] = [];
    for (let i = 0; i < 3; i += 1)
      left.push((await okta.call('GET', '/api/v1/users')).headers.get('x-rate-limit-remaining') ?? '');
    expect(left).toEqual(['2', '1', '0']);
    const refused = await okta.call('GET', '/api/v1/users');
    expect([refused.status, refused.body.errorCode]).toEqual([429, 'E0000047']);
    expect(refused.headers.get('x-rate-limit-remaining')).toBe('0');
    const wait =
      Number(refused.headers.get('x-rate-limit-reset')) * 1000 - Date.parse(refused.headers.get('date') ?? '');
    expect(wait).toBeGreaterThan(50_000);
    expect(wait).toBeLessThanOrEqual(62_000);
    expect((await okta.call('GET', '/api/v1/groups')).status).toBe(200);
    const { body } = await askToken('okta.users.read');
    expect((await okta.call('GET', '/api/v1/users', undefined, bearer(body.access_token))).status).toBe(200);
    okta.sim.advanceClock(60_001);
    expect((await okta.call('GET', '/api/v1/users')).status).toBe(200);
    const events = await okta.all(`/api/v1/logs?until=${new Date(okta.sim.now()).toISOString()}`);
    expect(events.map((event) => event.eventType)).toEqual(['system.org.rate_limit.violation']);
  });

  test('more calls at once than the org allows are refused with 0 of 0', async () => {
    okta.set({ concurrencyLimit: 2 });
    okta.sim.transport.latencyMs = 60;
    const replies = await Promise.all(Array.from({ length: 5 }, () => okta.call('GET', '/api/v1/users?limit=1')));
    const refused = replies.filter((reply) => reply.status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('x-rate-limit-limit')).toBe('0');
    expect(refused[0]?.headers.get('x-rate-limit-remaining')).toBe('0');
    expect(Number(refused[0]?.headers.get('x-rate-limit-reset'))).toBeGreaterThan(0);
  });

  test('an injected 429 looks like a real one, and its headers can be taken away', async () => {
    const past = String(Math.floor(okta.sim.now() / 1000) - 60);
    okta.sim.faults.set([
      { id: 'plain', match: { attempt: 1 }, action: { status: 429 } },
      {
        id: 'bare',
        match: { attempt: 2 },
        action: { status: 429, retryAfter: 1, headers: { date: null, 'x-rate-limit-reset': null } },
      },
      { id: 'past', match: { attempt: 3 }, action: { status: 429, headers: { 'x-rate-limit-reset': past } } },
    ]);
    const replies: Reply[] = [];
    for (let i = 0; i < 3; i += 1) replies.push(await okta.call('GET', '/api/v1/users'));
    expect(replies.map((reply) => [reply.status, reply.body.errorCode])).toEqual(Array(3).fill([429, 'E0000047']));
    const of = (at: number, name: string) => replies[at]?.headers.get(name);
    expect(Number(of(0, 'x-rate-limit-reset'))).toBeGreaterThan(Number(past));
    expect([of(1, 'date'), of(1, 'x-rate-limit-reset'), of(1, 'retry-after')]).toEqual([null, null, '1']);
    expect(of(2, 'x-rate-limit-reset')).toBe(past);
  });

  test('a fault before a creation leaves nothing, one after it leaves the user behind', async () => {
    okta.sim.faults.set([
      { id: 'before', match: { method: 'POST', subject: 'lost@' }, strike: 'before', action: { status: 500 } },
      { id: 'after', match: { method: 'POST', subject: 'made@' }, strike: 'after', action: { status: 500 } },
    ]);
    for (const name of ['Lost', 'Made'])
      expect((await okta.call('POST', '/api/v1/users', aProfile(name))).status).toBe(500);
    expect((await okta.call('GET', '/api/v1/users/lost@example.com')).status).toBe(404);
    expect((await okta.call('GET', '/api/v1/users/made@example.com')).status).toBe(200);
  });
});

describe('protocol', () => {
  test('a POST without body and length is refused with 411, as Okta does', async () => {
    const [user] = await okta.all('/api/v1/users?limit=1');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const path = `/api/v1/users/${user?.id}/lifecycle/suspend`;
      const headers = { authorization: `SSWS ${API_TOKEN}` };
      const request = http.request(okta.sim.origin + path, { method: 'POST', headers }, (r) =>
        resolve(r.resume().statusCode),
      );
      request.on('error', reject);
      request.removeHeader('transfer-encoding');
      request.useChunkedEncodingByDefault = false;
      request.end();
    });
    expect(status).toBe(411);
    expect((await okta.call('POST', `/api/v1/users/${user?.id}/lifecycle/suspend`)).status).toBe(200);
  });

  test.each([
    ['POST', '/api/v1/users', '{', {}, 400, 'E0000003'],
    ['POST', '/api/v1/users', '[]', {}, 400, 'E0000003'],
    ['POST', '/api/v1/users', '{}', { 'content-type': 'text/plain' }, 400, 'E0000021'],
    ['DELETE', '/api/v1/users', undefined, {}, 405, 'E0000022'],
    ['GET', '/api/v1/nothing', undefined, {}, 404, 'E0000007'],
    ['GET', '/api/v1/users?limit=x', undefined, {}, 400, 'E0000001'],
    ['GET', '/api/v1/users?after=x', undefined, {}, 400, 'E0000054'],
  ])('%s %s with %s is refused', async (method, path, body, headers, status, code) => {
    const reply = await okta.call(method, path, body, headers as Record<string, string>);
    expect([reply.status, reply.body.errorCode]).toEqual([status, code]);
    expect(violations('GET', '/api/v1/users', 400, reply.body)?.found).toEqual([]);
  });

  test('in read-only mode changes are refused with 503 and reads answered', async () => {
    okta.set({ readOnly: true });
    expect((await okta.call('POST', '/api/v1/groups', { profile: { name: 'x' } })).body.errorCode).toBe('E0000010');
    expect((await okta.call('GET', '/api/v1/groups')).status).toBe(200);
  });

  test('the check against the description does refuse wrong answers', () => {
    const found = (body: unknown) => violations('GET', '/api/v1/users', 200, body)?.found;
    expect(found([{ id: '00u1', status: 'GONE', created: 'yesterday' }])).toEqual(
      expect.arrayContaining([expect.stringContaining('/*/status'), expect.stringContaining('/*/created')]),
    );
    expect(found({})).toEqual([' must be array']);
  });

  test("all operations of Okta's description are there but those that create apps", async () => {
    const { matchRoute } = await import('../../sandbox/okta/router.ts');
    const missing = operationIds((method, path) => typeof matchRoute(method, path) === 'string');
    expect(missing.sort()).toEqual([
      'createApplication',
      'deleteApplication',
      'replaceApplication',
      'updateGroupAssignmentToApplication',
    ]);
  });
});

describe('control', () => {
  test('brings people into statuses that no API call reaches, and members into imported groups', async () => {
    const control = await startControl([okta.sim]);
    const post = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${control.origin}/okta${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return [response.status, await response.json()];
    };
    try {
      await okta.call('POST', '/api/v1/users', aProfile('Stefan', {}));
      for (const status of ['LOCKED_OUT', 'PASSWORD_EXPIRED', 'RECOVERY', 'ACTIVE']) {
        expect((await post('POST', '/users/stefan@example.com/status', { status }))[0]).toBe(200);
        expect((await okta.call('GET', '/api/v1/users/stefan@example.com')).body.status).toBe(status);
      }
      expect(await post('POST', '/users/stefan/status', { status: 'DEPROVISIONED' })).toMatchObject([
        400,
        { where: 'body.status' },
      ]);
      expect(await post('POST', '/users/nobody/status', { status: 'ACTIVE' })).toMatchObject([
        404,
        { error: 'no such user' },
      ]);
      await okta.sim.seed({ people: 5, groups: 2, ambiguousGroup: true });
      const [imported] = await okta.all(`/api/v1/groups?filter=${encodeURIComponent('type eq "APP_GROUP"')}`);
      const [user] = await okta.all('/api/v1/users?limit=1');
      expect(await post('PUT', `/groups/${imported?.id}/users/${user?.id}`)).toEqual([200, { changed: true }]);
      expect(await okta.all(`/api/v1/groups/${imported?.id}/users`)).toHaveLength(1);
      expect(await post('DELETE', `/groups/${imported?.id}/users/${user?.id}`)).toEqual([200, { changed: true }]);
      const client = { clientId: 'late', jwks: [jwk], scopes: ['okta.users.read'] };
      expect(await post('POST', '/oauth-clients', client)).toEqual([200, { clientId: 'late' }]);
      expect((await askToken('okta.users.read', assertion({ sub: 'late', iss: 'late' }))).status).toBe(200);
    } finally {
      await control.close();
    }
  });
});
