/** What an offboarding does at Okta: each write goes out once, whatever becomes of its answer. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { OktaSourceOptions } from '../../connectors/okta/directory.ts';
import type { SourceDirectory } from '../../domain/directory.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import { startControl } from '../../sandbox/control.ts';
import { startSimulator } from '../../sandbox/kit/simulator.ts';
import { createOkta } from '../../sandbox/okta/vendor.ts';
import { oktaApi } from '../support/okta-api.ts';
import { anError, aPacer, aSource, failureOf, startScripted, userId } from './okta-scripted.ts';

const token = '00T-of-the-sandbox';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const scopes = ['okta.users.read', 'okta.users.manage', 'okta.sessions.manage'];
const oauth = (...wanted: string[]) => ({
  clientId: '0oaserviceapp',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  scopes: wanted,
});

type Step = keyof SourceDirectory['lifecycle'];
const steps: readonly Step[] = ['clearSessions', 'suspend', 'deactivate'];
const paths: Record<Step, string> = {
  clearSessions: '/sessions',
  suspend: '/lifecycle/suspend',
  deactivate: '/lifecycle/deactivate',
};

async function startOkta() {
  const jwks = [publicKey.export({ format: 'jwk' })];
  const vendor = createOkta({ apiToken: token, oauth: [{ clientId: '0oaserviceapp', jwks, scopes }] });
  const okta = await startSimulator(vendor, { secret: 's' });
  onTestFinished(() => okta.close());
  await okta.seed({ people: 20, groups: 3 });
  const api = oktaApi(okta.origin, token);
  const source = (options: Partial<OktaSourceOptions> = {}) =>
    aSource(okta, { credentials: { apiToken: token }, ...options });
  const withStatus = async (wanted: string) =>
    (await api.users()).find(({ status }) => status === wanted)?.id as OktaUserId;
  const status = async (id: string) => (await api.users()).find((user) => user.id === id)?.status;
  const writes = () => okta.requests.since().filter(({ method, path }) => method !== 'GET' && path.includes('/users/'));
  return { okta, source, withStatus, status, writes };
}

test.each([
  ['an API token', { apiToken: token }],
  ['an OAuth service app', oauth(...scopes)],
])('with %s sessions end and the user is suspended and deactivated, with request ids', async (_, credentials) => {
  const { source, withStatus, status, writes } = await startOkta();
  const { lifecycle } = source({ credentials });
  const id = await withStatus('ACTIVE');
  expect(await lifecycle.clearSessions(id)).toEqual({ value: undefined, requestId: expect.any(String) });
  expect(await lifecycle.suspend(id)).toEqual({ value: undefined, requestId: expect.any(String) });
  expect(await status(id)).toBe('SUSPENDED');
  expect(await lifecycle.deactivate(id)).toEqual({ value: undefined, requestId: expect.any(String) });
  expect(await status(id)).toBe('DEPROVISIONED');
  expect(writes().map(({ method, path, query }) => [method, path.replace(id, 'x'), query])).toEqual([
    ['DELETE', '/api/v1/users/x/sessions', 'oauthTokens=true'],
    ['POST', '/api/v1/users/x/lifecycle/suspend', ''],
    ['POST', '/api/v1/users/x/lifecycle/deactivate', ''],
  ]);
});

const lost = [
  ['an error after the effect', { status: 500 }, 'Unavailable'],
  ['a gateway that names a wait', { status: 503, retryAfter: 1 }, 'Unavailable'],
  ['a broken connection', 'reset', 'Unavailable'],
  ['silence', 'hang', 'Unavailable'],
  ["a proxy's page", 'html', 'UnexpectedResponse'],
] as const;

test.each(steps.flatMap((step) => lost.map((fault) => [step, ...fault] as const)))(
  '%s whose answer is lost to %s is told as unclear and not sent again',
  async (step, _, action, kind) => {
    const { okta, source, withStatus, status, writes } = await startOkta();
    const id = await withStatus('ACTIVE');
    okta.faults.set([{ id: 'lost', match: { path: paths[step] }, strike: 'after', action }]);
    const patience = action === 'hang' ? { timeoutMs: 500 } : {};
    const failure = await failureOf(source(patience).lifecycle[step](id));
    expect(failure).toMatchObject({ kind, details: { effectUnknown: true, subject: id, system: 'okta' } });
    expect(writes()).toHaveLength(1);
    const reached = { clearSessions: 'ACTIVE', suspend: 'SUSPENDED', deactivate: 'DEPROVISIONED' };
    expect(await status(id)).toBe(reached[step]);
  },
);

test.each(steps)('%s is sent again after a 429, which had no effect, when the pacer lets it', async (step) => {
  const { okta, source, withStatus, writes } = await startOkta();
  const id = await withStatus('ACTIVE');
  okta.faults.set([{ id: 'busy', match: { path: paths[step] }, times: 1, action: { status: 429 } }]);
  const pacer = aPacer();
  await source({ pacer }).lifecycle[step](id);
  expect(writes().map(({ status }) => status)).toEqual([429, step === 'clearSessions' ? 204 : 200]);
  expect(pacer.acquired).toEqual(['okta other', 'okta other']);
});

test.each([
  ['suspend', 'STAGED', 'E0000001', 400],
  ['suspend', 'SUSPENDED', 'E0000001', 400],
  ['suspend', 'DEPROVISIONED', 'E0000001', 400],
  ['deactivate', 'DEPROVISIONED', 'E0000038', 403],
] as const)('%s of somebody %s is Rejected, not a missing right', async (step, from, code, status) => {
  const { source, withStatus, writes } = await startOkta();
  const failure = await failureOf(source().lifecycle[step](await withStatus(from)));
  expect(failure).toMatchObject({ kind: 'Rejected', details: { code, status, requestId: expect.any(String) } });
  expect(failure.details).not.toHaveProperty('effectUnknown');
  expect(writes()).toHaveLength(1);
});

test.each(['STAGED', 'PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'SUSPENDED'])(
  'somebody %s can be deactivated',
  async (from) => {
    const { source, withStatus, status } = await startOkta();
    const id = await withStatus(from);
    await source().lifecycle.deactivate(id);
    expect(await status(id)).toBe('DEPROVISIONED');
  },
);

test('while Okta still moves somebody, a step is a conflict and the person reads as in transition', async () => {
  const { okta, source, withStatus } = await startOkta();
  const id = await withStatus('ACTIVE');
  okta.vendor.settings['transitionMs'] = 5_000;
  await source().lifecycle.deactivate(id);
  expect(await source().person(id)).toMatchObject({ status: 'ACTIVE', isTransitioning: true });
  expect(await failureOf(source().lifecycle.suspend(id))).toMatchObject({
    kind: 'Conflict',
    details: { code: 'E0000112' },
  });
  okta.advanceClock(5_001);
  expect(await source().person(id)).toMatchObject({ status: 'DEPROVISIONED', isTransitioning: false });
});

test.each([
  ['clearSessions', 'okta.users.manage'],
  ['suspend', 'okta.sessions.manage'],
  ['deactivate', 'okta.sessions.manage'],
] as const)('%s without its scope is AccessDenied, and nothing happens', async (step, granted) => {
  const { source, withStatus, status, writes } = await startOkta();
  const id = await withStatus('ACTIVE');
  const failure = await failureOf(source({ credentials: oauth('okta.users.read', granted) }).lifecycle[step](id));
  expect(failure).toMatchObject({ kind: 'AccessDenied', details: { status: 403, code: 'E0000006' } });
  expect(await status(id)).toBe('ACTIVE');
  expect(writes()).toHaveLength(1);
});

test('an access token that ends on the way is renewed once, and the write goes through once', async () => {
  const { okta, source, withStatus, writes } = await startOkta();
  const id = await withStatus('ACTIVE');
  okta.vendor.settings['accessTokenTtlSeconds'] = 60;
  const directory = source({ credentials: oauth(...scopes) });
  await directory.lifecycle.clearSessions(id);
  okta.advanceClock(61_000);
  await directory.lifecycle.suspend(id);
  expect(writes().map(({ status }) => status)).toEqual([204, 401, 200]);
});

test.each(steps)('%s of somebody whom Okta does not know is a Conflict with status 404', async (step) => {
  const { source } = await startOkta();
  expect(await failureOf(source().lifecycle[step](userId(1)))).toMatchObject({
    kind: 'Conflict',
    details: { status: 404, code: 'E0000007' },
  });
});

test.each(steps)('%s by a login is refused here, for Okta would act on whoever has it', async (step) => {
  const okta = await startScripted(() => ({ body: {} }));
  const failure = await failureOf(aSource(okta).lifecycle[step]('somebody@example.com' as OktaUserId));
  expect(failure.kind).toBe('Rejected');
  expect(failure.message).not.toContain('somebody');
  expect(okta.seen).toEqual([]);
});

test.each(steps)('%s is not sent once the right to it has run out', async (step) => {
  const okta = await startScripted(() => ({ body: {} }));
  const sendBefore = { hasPassed: () => true };
  const failure = await failureOf(aSource(okta).lifecycle[step](userId(1), { sendBefore }));
  expect(failure).toMatchObject({ kind: 'Unavailable', details: { code: 'claim-expired' } });
  expect(okta.seen).toEqual([]);
});

test('an answer without a body is an answer, a redirect is none', async () => {
  const silent = await startScripted(() => ({ body: '', headers: { 'content-type': 'text/plain' } }));
  expect(await aSource(silent).lifecycle.suspend(userId(1))).toMatchObject({ requestId: 'req1' });
  const elsewhere = await startScripted(() => ({
    status: 302,
    body: '',
    headers: { location: 'https://example.com/' },
  }));
  const failure = await failureOf(aSource(elsewhere).lifecycle.suspend(userId(1)));
  expect(failure).toMatchObject({ kind: 'UnexpectedResponse', details: { effectUnknown: true } });
  expect(elsewhere.seen).toHaveLength(1);
});

test('read-only mode of Okta is told by its code, and the write is not repeated', async () => {
  const okta = await startScripted(() => ({ status: 503, body: anError('E0000010') }));
  const failure = await failureOf(aSource(okta).lifecycle.suspend(userId(1)));
  expect(failure).toMatchObject({ kind: 'Unavailable', details: { code: 'E0000010' } });
  expect(okta.seen).toHaveLength(1);
});

test('a person reads as mastered by Okta, by a directory, or by something else', async () => {
  const { okta, source, withStatus } = await startOkta();
  const id = await withStatus('ACTIVE');
  const control = await startControl([okta]);
  onTestFinished(() => control.close());
  const masterAs = async (type: string) => {
    const init = { method: 'POST', body: JSON.stringify({ type }) };
    expect((await fetch(`${control.origin}/okta/users/${id}/provider`, init)).status).toBe(200);
    return (await source().person(id))?.masteredBy;
  };
  expect((await source().person(id))?.masteredBy).toBe('okta');
  expect(await masterAs('ACTIVE_DIRECTORY')).toBe('directory');
  expect(await masterAs('LDAP')).toBe('directory');
  expect(await masterAs('FEDERATION')).toBe('other');
});
