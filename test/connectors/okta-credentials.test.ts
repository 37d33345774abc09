/** Who Lockstep says it is: API token or OAuth private key, and nothing that lies about elsewhere. */
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import {
  all,
  anError,
  aPacer,
  aSource,
  aUser,
  failureOf,
  type Reply,
  type Seen,
  startScripted,
  userId,
} from './okta-scripted.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('neither the environment nor a stray okta.yaml changes org, token or mode', async () => {
  const okta = await startScripted(() => ({ body: [] }));
  const folder = mkdtempSync(join(tmpdir(), 'okta-yaml-'));
  const before = process.cwd();
  writeFileSync(
    join(folder, 'okta.yaml'),
    'okta:\n  client:\n    orgUrl: http://127.0.0.1:1\n    token: stray\n    authorizationMode: PrivateKey\n',
  );
  for (const [name, value] of Object.entries({
    OKTA_CLIENT_ORGURL: 'http://127.0.0.1:1',
    OKTA_CLIENT_TOKEN: 'stray',
    OKTA_CLIENT_AUTHORIZATIONMODE: 'PrivateKey',
    HTTPS_PROXY: 'http://127.0.0.1:1',
  })) {
    vi.stubEnv(name, value);
  }
  process.chdir(folder);
  try {
    await all(aSource(okta).people());
    expect(okta.seen[0]?.headers.authorization).toBe('SSWS the-token');
    const apiToken = undefined as unknown as string;
    expect(() => aSource(okta, { credentials: { apiToken } })).toThrow(/API token is empty/);

    writeFileSync(join(folder, 'okta.yaml'), 'okta: [secret');
    expect(() => aSource(okta)).toThrow(/broken okta.yaml/);
    expect(() => aSource(okta)).not.toThrow(/secret/);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['ftp://example.okta.com', /not a web address/],
  ['example.okta.com', /not a web address/],
  ['https://example.okta.com/api/v1', /bare address/],
  ['https://user:secret@example.okta.com', /bare address/],
  ['https://example-admin.okta.com', /Admin Console/],
])('the org address %s is refused', (orgUrl, message) => {
  expect(() => aSource({ origin: orgUrl })).toThrow(message);
});

test('a token that cannot stand in a header is refused without being quoted', () => {
  const make = () => aSource({ origin: 'https://example.okta.com' }, { credentials: { apiToken: 'se\ncret' } });
  expect(make).toThrow(/characters that no token has/);
  expect(make).not.toThrow(/cret/);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8' = 'pkcs8') => key.export({ type, format: 'pem' }) as string;
const oauth = (privateKey: string, more: { keyId?: string; scopes?: string[] } = {}) => ({
  clientId: '0oaclient',
  privateKey,
  scopes: ['okta.users.read', 'okta.groups.read'],
  ...more,
});

test.each([
  ['an EC key', pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), /of type ec.*RSA only/],
  ['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string, /neither an unencrypted/],
  ['a public JWK', JSON.stringify(rsa.publicKey.export({ format: 'jwk' })), /neither an unencrypted/],
  ['no key', 'hello', /neither an unencrypted/],
])('%s is refused as Misconfigured when the source is made', (_, privateKey, message) => {
  const make = () => aSource({ origin: 'https://example.okta.com' }, { credentials: oauth(privateKey) });
  expect(make).toThrow(message);
});

test('no scopes and no client id are refused', () => {
  const origin = 'https://example.okta.com';
  const privateKey = pem(rsa.privateKey);
  expect(() => aSource({ origin }, { credentials: oauth(privateKey, { scopes: [] }) })).toThrow(/scopes/);
  expect(() => aSource({ origin }, { credentials: { ...oauth(privateKey), clientId: '' } })).toThrow(/clientId/);
});

const jwtPart = (jwt: string, index: number) =>
  JSON.parse(Buffer.from(jwt.split('.')[index] ?? '', 'base64url').toString());
const isSignedBy = (jwt: string, key: KeyObject) => {
  const [head, claims, signature] = jwt.split('.');
  return verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature ?? '', 'base64url'));
};

/** Token endpoint answered by `token`; the API accepts the last token that was given out. */
async function startOauthOkta(token: (call: Seen, count: number) => Reply | Promise<Reply>) {
  const tokenCalls: Seen[] = [];
  const state = { accepted: '' };
  const okta = await startScripted(async (call) => {
    if (call.url.pathname !== '/oauth2/v1/token') {
      const isAccepted = call.headers.authorization?.split(' ')[1] === state.accepted;
      return isAccepted ? { body: aUser(1) } : { status: 401, body: anError('E0000011') };
    }
    tokenCalls.push(call);
    const reply = await token(call, tokenCalls.length);
    const body = reply.body as { access_token?: string } | undefined;
    if (body?.access_token) state.accepted = body.access_token;
    return reply;
  });
  return { okta, tokenCalls, state };
}

const aToken = (name: string): Reply => ({
  body: { token_type: 'Bearer', expires_in: 3600, access_token: name, scope: 'okta.users.read' },
});

test.each([
  ['PKCS #8 PEM', pem(rsa.privateKey)],
  ['PKCS #1 PEM', pem(rsa.privateKey, 'pkcs1')],
  ['JWK in JSON', JSON.stringify(rsa.privateKey.export({ format: 'jwk' }))],
])('a private key as %s signs the assertion for the token', async (_, privateKey) => {
  const { okta, tokenCalls } = await startOauthOkta(() => aToken('one'));
  const pacer = aPacer();
  const source = aSource(okta, { credentials: oauth(privateKey, { keyId: 'kid1' }), pacer });
  expect(await source.person(userId(1))).toMatchObject({ id: userId(1) });

  const form = new URLSearchParams(tokenCalls[0]?.body);
  expect(form.get('scope')).toBe('okta.users.read okta.groups.read');
  const assertion = form.get('client_assertion') ?? '';
  expect(isSignedBy(assertion, createPublicKey(rsa.privateKey))).toBe(true);
  expect(jwtPart(assertion, 0)).toMatchObject({ alg: 'RS256', kid: 'kid1' });
  expect(jwtPart(assertion, 1)).toMatchObject({
    iss: '0oaclient',
    sub: '0oaclient',
    aud: `${okta.origin}/oauth2/v1/token`,
  });
  expect(pacer.acquired).toEqual(['okta /oauth2', 'okta /users/{id}']);
  expect(pacer.learned.map(({ bucket }) => bucket)).toEqual(['okta /oauth2', 'okta /users/{id}']);
});

const credentials = oauth(pem(rsa.privateKey));

test('a stray key id or scope in the environment does not end up in the assertion', async () => {
  for (const name of ['KEYID', 'SCOPES', 'CLIENTID', 'PRIVATEKEY']) vi.stubEnv(`OKTA_CLIENT_${name}`, 'stray');
  const { okta, tokenCalls } = await startOauthOkta(() => aToken('one'));
  await aSource(okta, { credentials }).person(userId(1));
  const form = new URLSearchParams(tokenCalls[0]?.body);
  expect(jwtPart(form.get('client_assertion') ?? '', 0)).not.toHaveProperty('kid');
  expect(form.toString()).not.toContain('stray');
});

test('many first calls at once share one token request, and one that is aborted leaves it to the others', async () => {
  const gate = Promise.withResolvers<void>();
  const { okta, tokenCalls } = await startOauthOkta(async () => {
    await gate.promise;
    return aToken('one');
  });
  const source = aSource(okta, { credentials });
  const controller = new AbortController();
  const aborted = source.person(userId(1), { signal: controller.signal });
  const reads = Array.from({ length: 20 }, () => source.person(userId(1)));
  controller.abort(new Error('gave up'));
  await expect(aborted).rejects.toThrow('gave up');
  gate.resolve();
  expect(await Promise.all(reads)).toHaveLength(20);
  expect(tokenCalls).toHaveLength(1);
});

test('a token that has expired is replaced once for all, within the pacing', async () => {
  const { okta, tokenCalls, state } = await startOauthOkta((_, count) => aToken(`token${count}`));
  const pacer = aPacer();
  const source = aSource(okta, { credentials, pacer });
  await source.person(userId(1));
  state.accepted = 'none';
  const people = await Promise.all(Array.from({ length: 20 }, () => source.person(userId(1))));
  expect(people.every((person) => person?.id === userId(1))).toBe(true);
  expect(tokenCalls).toHaveLength(2);
  expect(pacer.acquired).toHaveLength(okta.seen.length);
});

test('a 401 that stays is AccessDenied after one new token', async () => {
  const { okta, tokenCalls } = await startOauthOkta(() => ({ body: { access_token: 'x' } }));
  const other = await startScripted(({ url }) =>
    url.pathname === '/oauth2/v1/token' ? { body: { access_token: 'x' } } : { status: 401, body: anError('E0000011') },
  );
  expect(await failureOf(aSource(other, { credentials }).person(userId(1)))).toMatchObject({
    kind: 'AccessDenied',
    details: { status: 401, code: 'E0000011' },
  });
  expect(other.seen).toHaveLength(4);
  expect([okta.seen.length, tokenCalls.length]).toEqual([0, 0]);
});

test.each<[string, Reply, string, RegExp]>([
  [
    'an unknown client',
    { status: 401, body: { error: 'invalid_client', error_description: 'ann@example.com' } },
    'AccessDenied',
    /401 invalid_client$/,
  ],
  [
    'a scope that was not granted',
    { status: 400, body: { error: 'invalid_scope' } },
    'AccessDenied',
    /400 invalid_scope$/,
  ],
  [
    'an error with status 200',
    { body: { error: 'invalid_client' } },
    'AccessDenied',
    /without access_token invalid_client$/,
  ],
  ['a token that is none', { body: { access_token: null } }, 'AccessDenied', /without access_token$/],
  ['HTML', { headers: { 'content-type': 'text/html' }, body: '<html>' }, 'UnexpectedResponse', /not JSON$/],
  ['an outage', { status: 500, body: '' }, 'Unavailable', /500/],
  ['a rate limit', { status: 429, body: anError('E0000047') }, 'RateLimited', /429 E0000047/],
  [
    'a nonce challenge without a nonce',
    { status: 400, body: { error: 'use_dpop_nonce' } },
    'AccessDenied',
    /use_dpop_nonce$/,
  ],
  [
    'a nonce challenge without end',
    { status: 400, headers: { 'dpop-nonce': 'n' }, body: { error: 'use_dpop_nonce' } },
    'AccessDenied',
    /use_dpop_nonce again/,
  ],
])(
  '%s at the token endpoint is a failure, and no request goes out with a token that is none',
  async (_, reply, kind, words) => {
    const { okta, tokenCalls } = await startOauthOkta(() => reply);
    const failure = await failureOf(aSource(okta, { credentials }).person(userId(1)));
    expect(failure.kind).toBe(kind);
    expect(failure.message).toMatch(words);
    expect(failure.message).toMatch(/^okta: get an access token failed: /);
    expect(failure.message).not.toContain('ann');
    expect(okta.seen).toHaveLength(tokenCalls.length);
  },
);

test('a refused token request does not spoil the next one', async () => {
  const { okta } = await startOauthOkta((_, count) =>
    count === 1 ? { status: 401, body: { error: 'invalid_client' } } : aToken('good'),
  );
  const source = aSource(okta, { credentials });
  await failureOf(source.person(userId(1)));
  expect(await source.person(userId(1))).toMatchObject({ id: userId(1) });
});

test('an app that demands DPoP gets proofs bound to each call', async () => {
  const { okta, tokenCalls } = await startOauthOkta(({ headers }) =>
    jwtPart(String(headers['dpop']), 1).nonce === 'nonce1'
      ? { body: { token_type: 'DPoP', access_token: 'bound' } }
      : { status: 400, headers: { 'dpop-nonce': 'nonce1' }, body: { error: 'use_dpop_nonce' } },
  );
  const pacer = aPacer();
  expect(await aSource(okta, { credentials, pacer }).person(userId(1))).toMatchObject({ id: userId(1) });
  expect(tokenCalls).toHaveLength(2);
  expect(pacer.acquired).toHaveLength(okta.seen.length);
  const call = okta.seen.at(-1);
  expect(call?.headers.authorization).toBe('DPoP bound');
  expect(jwtPart(String(call?.headers['dpop']), 1)).toMatchObject({
    htm: 'GET',
    htu: `${okta.origin}/api/v1/users/${userId(1)}`,
  });
});
