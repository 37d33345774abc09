/** Refusals, limits and a network that fails, on the way to Okta. */
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { bucketOf, oktaRateAnswer } from '../../connectors/okta/rate-limit.ts';
import { all, anError, aPacer, aSource, aUser, failureOf, type Reply, startScripted, userId } from './okta-scripted.ts';

test.each([
  ['GET', '/api/v1/users?limit=200', 'okta /users'],
  ['POST', '/api/v1/users', 'okta /users'],
  ['GET', `/api/v1/users/${userId(1)}`, 'okta /users/{id}'],
  ['POST', `/api/v1/users/${userId(1)}`, 'okta other'],
  ['GET', `/api/v1/users/${userId(1)}/groups`, 'okta other'],
  ['POST', `/api/v1/users/${userId(1)}/lifecycle/suspend`, 'okta other'],
  ['GET', '/api/v1/groups', 'okta /groups'],
  ['get', '/api/v1/groups/00g1', 'okta /groups/{id}'],
  ['GET', '/api/v1/groups/00g1/users?limit=200', 'okta /groups'],
  ['GET', '/api/v1/groups/rules', 'okta /groups'],
  ['GET', '/api/v1/apps', 'okta /apps'],
  ['GET', '/api/v1/apps/0oa1', 'okta /apps/{id}'],
  ['GET', '/api/v1/apps/0oa1/users', 'okta /apps'],
  ['GET', '/api/v1/logs?since=x', 'okta /logs'],
  ['POST', '/oauth2/v1/token', 'okta /oauth2'],
  ['GET', '/api/v1/eventHooks', 'okta other'],
  ['GET', '/', 'okta other'],
])('%s %s counts against the bucket %s', (method, path, bucket) => {
  expect(bucketOf(method, path)).toBe(bucket);
});

test("the end of a window is told by this machine's clock, however wrong either clock is", () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const vendorNow = now + 3_600_000;
  const headers = new Headers({
    date: new Date(vendorNow).toUTCString(),
    'x-rate-limit-limit': '600',
    'x-rate-limit-remaining': '0',
    'x-rate-limit-reset': String(vendorNow / 1000 + 42),
  });
  expect(oktaRateAnswer(429, headers, now)).toEqual({ status: 429, limit: 600, remaining: 0, resetAt: now + 42_000 });
});

test('a refusal for concurrency is a short pause and says nothing of the window', () => {
  const headers = new Headers({
    'x-rate-limit-limit': '0',
    'x-rate-limit-remaining': '0',
    'x-rate-limit-reset': String(Date.now() / 1000 + 60),
  });
  expect(oktaRateAnswer(429, headers, Date.now())).toEqual({ status: 429, retryAfterMs: 1_000 });
});

test('a 429 is told to the pacer, which decides when the same page is asked for again', async () => {
  const reset = Math.floor(Date.now() / 1000) + 30;
  const limits = { 'x-rate-limit-limit': '600', 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(reset) };
  const okta = await startScripted((_, count) =>
    count === 1 ? { status: 429, body: anError('E0000047'), headers: limits } : { body: [aUser(1)] },
  );
  const pacer = aPacer();
  expect(await all(aSource(okta, { pacer }).people())).toHaveLength(1);
  expect(pacer.acquired).toEqual(['okta /users', 'okta /users']);
  expect(pacer.learned[0]).toMatchObject({ bucket: 'okta /users', answer: { status: 429, limit: 600, remaining: 0 } });
});

// Concurrent: what is tried several times before it is told takes seconds.
test.concurrent('a 429 that does not end is RateLimited with the time to wait', async ({ expect, onTestFinished }) => {
  const headers = { 'x-rate-limit-limit': '600', 'x-rate-limit-remaining': '0' };
  const okta = await startScripted(
    () => ({
      status: 429,
      body: anError('E0000047'),
      headers: { ...headers, 'x-rate-limit-reset': String(Math.floor(Date.now() / 1000) + 30) },
    }),
    onTestFinished,
  );
  const failure = await failureOf(all(aSource(okta).people()));
  expect(failure).toMatchObject({ kind: 'RateLimited', details: { status: 429, code: 'E0000047' } });
  expect(failure.details.retryAfterMs).toBeGreaterThan(25_000);
  expect(failure.details.retryAfterMs).toBeLessThanOrEqual(31_000);
});

const refusals: readonly [string, Reply, string, string][] = [
  ['401', { status: 401, body: anError('E0000011') }, 'AccessDenied', '401 E0000011 invalid token provided'],
  ['401 of sign-in', { status: 401, body: anError('E0000004') }, 'AccessDenied', '401 E0000004 authentication failed'],
  [
    '403',
    { status: 403, body: anError('E0000006') },
    'AccessDenied',
    '403 E0000006 no permission to perform the requested action',
  ],
  ['403 of a session', { status: 403, body: anError('E0000005') }, 'AccessDenied', '403 E0000005 invalid session'],
  ['403 of a firewall', { status: 403, body: '<html>' }, 'AccessDenied', '403 (without an Okta error code)'],
  ['400', { status: 400, body: anError('E0000031') }, 'Rejected', '400 E0000031 invalid search criteria'],
  ['418', { status: 418, body: 'x' }, 'UnexpectedResponse', '418 (without an Okta error code)'],
  ['500', { status: 500, body: anError('E0000009') }, 'Unavailable', '500 E0000009 internal server error'],
  ['502 in HTML', { status: 502, body: '<html>' }, 'Unavailable', '502 (without an Okta error code)'],
  ['503', { status: 503, body: anError('E0000010') }, 'Unavailable', '503 E0000010 service is in read-only mode'],
  [
    '503 with a wait',
    { status: 503, body: '', headers: { 'retry-after': '20' } },
    'RateLimited',
    '503 (without an Okta error code)',
  ],
  ['an unknown code', { status: 400, body: anError('E0000999') }, 'Rejected', '400 E0000999'],
];

test.concurrent.for(refusals)(
  '%s is told by status, code and fixed words only',
  async (row, { expect, onTestFinished }) => {
    const [, reply, kind, words] = row;
    const okta = await startScripted(() => reply, onTestFinished);
    const failure = await failureOf(aSource(okta).person(userId(1)));
    expect(failure.kind).toBe(kind);
    expect(failure.message).toBe(`okta: read person ${userId(1)} failed: ${words}`);
    expect(failure.details).toMatchObject({
      system: 'okta',
      operation: 'read person',
      subject: userId(1),
      requestId: 'req1',
    });
    expect(JSON.stringify(failure)).not.toContain('somebody');
  },
);

test.concurrent('a short outage is bridged', async ({ expect, onTestFinished }) => {
  const okta = await startScripted(
    (_, count) => (count < 3 ? { status: 503, body: '' } : { body: aUser(1) }),
    onTestFinished,
  );
  expect(await aSource(okta).person(userId(1))).toMatchObject({ id: userId(1) });
});

test.concurrent('an answer that breaks off is Unavailable, never a shorter list', async ({
  expect,
  onTestFinished,
}) => {
  const okta = await startScripted((_, __, out) => {
    out.writeHead(200, { 'content-type': 'application/json' });
    out.write(`[${JSON.stringify(aUser(1))}`, () => out.destroy());
    return undefined;
  }, onTestFinished);
  const failure = await failureOf(all(aSource(okta).people()));
  expect(failure).toMatchObject({ kind: 'Unavailable' });
  expect(failure.message).toMatch(/no complete answer \(\w+\)/);
});

test.concurrent.for([200, 400])(
  'an answer (%i) that unpacks to more than 64 MiB is not taken in',
  async (status, { expect, onTestFinished }) => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, ' '), { level: 1 });
    const okta = await startScripted((_, __, out) => {
      out.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
      return undefined;
    }, onTestFinished);
    const failure = await failureOf(all(aSource(okta).people()));
    expect(failure).toMatchObject({ kind: 'UnexpectedResponse', details: { code: 'body-too-large' } });
    expect(failure.message).toBe('okta: list people failed: an answer of more than 67108864 bytes');
  },
);

test.concurrent('an org that cannot be reached is Unavailable, with the reason', async ({ expect }) => {
  const failure = await failureOf(all(aSource({ origin: 'http://127.0.0.1:1' }).people()));
  expect(failure).toMatchObject({ kind: 'Unavailable' });
  expect(failure.message).toMatch(/^okta: list people failed: no complete answer \(\w+\)$/);
});

test.concurrent.for<readonly [string, boolean]>([
  ['no answer', false],
  ['an answer that stops in the middle', true],
])('%s ends at the time limit', async ([, sendsHead], { expect, onTestFinished }) => {
  const okta = await startScripted((_, __, out) => {
    if (sendsHead) out.writeHead(200, { 'content-type': 'application/json' }).write('[');
    return undefined;
  }, onTestFinished);
  const startedAt = performance.now();
  const failure = await failureOf(all(aSource(okta, { timeoutMs: 100 }).people()));
  expect(failure).toMatchObject({ kind: 'Unavailable' });
  expect(failure.message).toMatch(/no answer within 100 ms/);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test("the caller's signal ends a request in flight at once, with its own reason", async () => {
  const okta = await startScripted(() => undefined);
  const controller = new AbortController();
  const reason = new Error('cancelled by the caller');
  const work = all(aSource(okta).people({ signal: controller.signal }));
  await vi.waitUntil(() => okta.seen.length === 1);
  controller.abort(reason);
  await expect(work).rejects.toBe(reason);
  expect(okta.seen).toHaveLength(1);
});

test('200 parallel reads with chunked answers each get their own, and one that is aborted harms no other', async () => {
  const okta = await startScripted(async ({ url }) => {
    await wait(20);
    return { body: aUser(Number(url.pathname.slice(-3))) };
  });
  const source = aSource(okta);
  const controller = new AbortController();
  const aborted = source.person(userId(999), { signal: controller.signal });
  const reads = Array.from({ length: 200 }, (_, n) =>
    source.person(userId(n), { signal: new AbortController().signal }),
  );
  controller.abort(new Error('only this one'));
  await expect(aborted).rejects.toThrow('only this one');
  const people = await Promise.all(reads);
  expect(people.map((person) => person?.login)).toEqual(Array.from({ length: 200 }, (_, n) => `user${n}@example.com`));
});
