/** The codec server over HTTP, as Temporal's UI and command line ask it. */
import { defaultPayloadConverter } from '@temporalio/common';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccess } from '../../codec/access.ts';
import { createCodecServer } from '../../codec/server.ts';
import { Secret } from '../../config/secret.ts';
import { createLog } from '../../process/log.ts';
import { payloadEncryption } from '../../temporal/payload-encryption.ts';
import { type PayloadJson, toPayloadJson } from '../../temporal/payload-json.ts';
import { aKey } from '../temporal/a-key.ts';

const token = 'a-token-that-is-long-enough';
const uiOrigin = 'https://temporal.example.com';
const [old, current] = [aKey('2026-01'), aKey('2026-11')];
const bearer = { authorization: `Bearer ${token}` };
const clear = toPayloadJson(defaultPayloadConverter.toPayload({ word: 'marigold' }));

let app: FastifyInstance;
let url: string;
const logged: string[] = [];
beforeAll(async () => {
  const codec = payloadEncryption([current, old]);
  const log = createLog({ service: 'codec', level: 'trace', stream: { write: (line) => logged.push(line) } });
  app = createCodecServer({ codec, token: new Secret(token), uiOrigin, namespace: 'lockstep' }, log);
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-namespace': 'lockstep', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const payloadsOf = async (response: Response): Promise<PayloadJson[]> => {
  expect(response.status).toBe(200);
  return ((await response.json()) as { payloads: PayloadJson[] }).payloads;
};
const encoded = async (headers: Record<string, string> = bearer): Promise<PayloadJson[]> =>
  payloadsOf(await post('/encode', { payloads: [clear, clear] }, headers));
const encodedWith = async (key: typeof old): Promise<PayloadJson[]> =>
  (await payloadEncryption([key]).encode([defaultPayloadConverter.toPayload('word')])).map(toPayloadJson);

describe('the codec server', () => {
  it('encrypts and decrypts lists of payloads, in their order', async () => {
    const secret = await encoded();
    expect(secret).toHaveLength(2);
    expect(Buffer.from(secret[0]?.metadata?.encoding ?? '', 'base64').toString()).toBe('binary/encrypted');
    const response = await post('/decode', { payloads: [...secret, clear] }, bearer);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await payloadsOf(response)).toEqual([clear, clear, clear]);
    expect(await payloadsOf(await post('/lockstep/decode', { payloads: secret }, bearer))).toEqual([clear, clear]);
  });

  it('decrypts what a former key has encrypted', async () => {
    const [payload] = await payloadsOf(await post('/decode', { payloads: await encodedWith(old) }, bearer));
    expect(Buffer.from(payload?.data ?? '', 'base64').toString()).toBe('"word"');
  });

  it('says which key it lacks', async () => {
    const response = await post('/decode', { payloads: await encodedWith(aKey('stray')) }, bearer);
    expect(response.status).toBe(422);
    expect(await response.text()).toContain('encrypted with the key stray');
  });

  it.each([
    ['no JSON', '{', 400],
    ['no list', { payloads: 'all' }, 400],
    ['what is not base64', { payloads: [{ data: '<script>' }] }, 400],
    ['too much', { payloads: [{ data: 'A'.repeat(17 * 1024 * 1024) }] }, 413],
  ])('refuses %s, and repeats nothing of it', async (_what, body, status) => {
    const response = await post('/decode', body, bearer);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toMatch(/script|AAAA/);
  });

  it('serves the namespace of Lockstep only', async () => {
    const refused = [
      await post('/decode', { payloads: [] }, { ...bearer, 'x-namespace': 'payroll' }),
      await post('/payroll/decode', { payloads: [] }, bearer),
    ];
    for (const response of refused) {
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('the namespace lockstep only');
    }
  });

  it('says that it is alive to whoever asks', async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('who may', () => {
  it.each([
    ['nobody without the token', {}],
    ['nobody with another', { authorization: `Bearer ${token}x` }],
    ['nobody by another scheme', { authorization: `Basic ${token}` }],
    ['nobody with a cookie made up', { cookie: 'lockstep-codec=9999999999999.AAAA' }],
    ['nobody with a cookie of another token', { cookie: cookieOf('another-token-long-enough') }],
    ['nobody with a cookie that has ended', { cookie: cookieOf(token, Date.now() - 13 * 60 * 60 * 1000) }],
  ])('is %s', async (_who, headers) => {
    for (const path of ['/encode', '/decode', '/lockstep/decode']) {
      const response = await post(path, { payloads: [clear] }, headers);
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain('payloads');
    }
  });

  it('is whoever has shown the token on its page, by a cookie that scripts and other sites do not get', async () => {
    const signIn = (given: string) =>
      fetch(`${url}/sign-in`, { method: 'POST', body: new URLSearchParams({ token: given }) });
    const wrong = await signIn('guess');
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
    const right = await signIn(token);
    const [cookie = '', ...attributes] = (right.headers.get('set-cookie') ?? '').split('; ');
    expect(attributes).toEqual(['Path=/', 'Max-Age=43200', 'HttpOnly', 'SameSite=Strict', 'Secure']);
    expect(cookie + (await right.text())).not.toContain(token);
    const secret = await encoded({ cookie: `theme=dark; ${cookie}`, origin: uiOrigin });
    expect(secret).toHaveLength(2);
    const page = await fetch(url, { headers: { cookie } });
    expect(await page.text()).toContain('This browser is signed in.');
    expect(await (await fetch(url)).text()).not.toContain('This browser is signed in.');
  });

  it('is the page of the UI only, whatever the browser sends along', async () => {
    const cookie = cookieOf(token);
    expect((await post('/decode', { payloads: [] }, { cookie, origin: uiOrigin })).status).toBe(200);
    for (const origin of ['https://evil.example', 'https://temporal.example.com.evil.example', 'null'])
      expect((await post('/decode', { payloads: [] }, { cookie, origin })).status).toBe(403);
  });
});

describe('browsers', () => {
  const asked = (origin: string, method = 'OPTIONS') =>
    fetch(`${url}/decode`, {
      method,
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-namespace' },
    });

  it('are told that pages of the UI may ask, with cookies', async () => {
    const { status, headers } = await asked(uiOrigin);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(uiOrigin);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-allow-methods')).toBe('POST');
    expect(headers.get('access-control-allow-headers')).toBe('authorization, content-type, x-namespace');
    expect(headers.get('vary')).toBe('origin');
  });

  it('get to read the refusal of one who has not signed in', async () => {
    const response = await post('/decode', { payloads: [] }, { origin: uiOrigin });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, uiOrigin]);
  });

  it('are not told so for any other page', async () => {
    for (const origin of ['https://evil.example', `${uiOrigin}:8443`, 'http://temporal.example.com']) {
      const { status, headers } = await asked(origin);
      expect(status).toBe(403);
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

it('logs neither payloads, nor tokens, nor cookies', async () => {
  const cookie = cookieOf(token);
  await post('/decode', { payloads: await encoded() }, { cookie, origin: uiOrigin });
  await post('/decode', '{"payloads": "marigold"', bearer);
  await fetch(`${url}/marigold?token=${token}`);
  const lines = logged.join('');
  expect(lines).toContain('"route":"/decode"');
  expect(lines).not.toMatch(/marigold/);
  expect(lines).not.toContain(clear.data);
  expect(lines).not.toContain(token);
  expect(lines).not.toContain(cookie);
});

function cookieOf(given: string, now = Date.now()): string {
  return (
    createAccess(new Secret(given), true, () => now)
      .newCookie()
      .split(';')[0] ?? ''
  );
}
