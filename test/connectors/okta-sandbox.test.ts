/** The connector against the simulated org, which was written from Okta's documents and shares no code with it. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { OktaSourceOptions } from '../../connectors/okta/directory.ts';
import type { OktaAppId } from '../../domain/ids.ts';
import { oktaStatuses } from '../../domain/person.ts';
import { startSimulator } from '../../sandbox/kit/simulator.ts';
import { createOkta } from '../../sandbox/okta/vendor.ts';
import { all, aPacer, aSource, failureOf } from './okta-scripted.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const scopes = ['okta.users.read', 'okta.groups.read', 'okta.apps.read', 'okta.logs.read'];
const granted = [...scopes, 'okta.users.manage', 'okta.sessions.manage'];
const token = { apiToken: '00T-of-the-sandbox' };
const oauth = {
  clientId: '0oaserviceapp',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  keyId: 'key1',
  scopes,
};

interface Summary {
  people: number;
  groups: number;
  memberships: number;
  apps: { id: OktaAppId; label: string; users: number }[];
  statuses: Record<string, number>;
}

async function startOkta() {
  const jwks = [{ ...publicKey.export({ format: 'jwk' }), kid: 'key1' }];
  const vendor = createOkta({ ...token, oauth: [{ clientId: oauth.clientId, jwks, scopes: granted }] });
  const okta = await startSimulator(vendor, { secret: 's' });
  onTestFinished(() => okta.close());
  const summary = (await okta.seed({ people: 60, groups: 8, seed: 5 })) as Summary;
  const source = (options: Partial<OktaSourceOptions> = {}) => aSource(okta, { credentials: token, ...options });
  const call = (method: string, path: string) =>
    fetch(`${okta.origin}/api/v1${path}`, {
      method,
      headers: { authorization: `SSWS ${token.apiToken}`, accept: 'application/json', 'content-length': '0' },
    });
  return { okta, summary, source, call };
}

test.each([
  ['an API token', token, 200],
  ['an API token and one item a page', token, 1],
  ['an OAuth private key', oauth, 200],
])('with %s everything is read, to the last person, group, member and assignment', async (_, credentials, pageSize) => {
  const { okta, summary, source } = await startOkta();
  const directory = source({ credentials, pageSize });

  const people = await all(directory.people());
  expect(new Set(people.map(({ id }) => id)).size).toBe(summary.people);
  const statuses = Object.groupBy(people, ({ status }) => status);
  expect(Object.fromEntries(Object.entries(statuses).map(([status, list]) => [status, list.length]))).toEqual(
    summary.statuses,
  );
  expect(Object.keys(statuses).sort()).toEqual([...oktaStatuses].sort());

  const groups = (await all(directory.groups())).filter(({ type }) => type !== 'BUILT_IN');
  expect(groups).toHaveLength(summary.groups);
  const members = await Promise.all(groups.map(async (group) => (await all(directory.members(group.id))).length));
  expect(members).toEqual(groups.map(({ memberCount }) => memberCount));
  expect(members.reduce((sum, count) => sum + count, 0)).toBe(summary.memberships);

  const app = summary.apps[0]!;
  const assignments = await all(directory.assignments(app.id));
  expect(assignments).toHaveLength(app.users);
  expect(okta.requests.since().filter(({ status }) => status !== 200)).toEqual([]);
});

test('live reads agree with the lists', async () => {
  const { summary, source } = await startOkta();
  const directory = source();
  const [person] = await all(directory.people());
  const group = (await all(directory.groups())).find(({ type }) => type === 'OKTA_GROUP');
  const appId = summary.apps[0]!.id;
  const [assignment] = await all(directory.assignments(appId));
  const [member] = await all(directory.members(group!.id));

  expect(await directory.person(person!.id)).toEqual(person);
  expect(await directory.group(group!.id)).toMatchObject({ id: group!.id, name: group!.name });
  expect(await directory.groupsOf(member!)).toContain(group!.id);
  expect(await directory.assignment(appId, assignment!.personId)).toEqual(assignment);
  expect(await directory.appExists(appId)).toBe(true);
  expect((await directory.findPeople(person!.email.toUpperCase())).map(({ id }) => id)).toEqual([person!.id]);
  expect(await directory.findPeople(person!.email.slice(1))).toEqual([]);
});

test('the groups of a person are complete even if Okta sends them page by page', async () => {
  const { okta, source } = await startOkta();
  const [person] = await all(source().people());
  const whole = await source().groupsOf(person!.id);
  okta.vendor.settings['userGroupsPageSize'] = 1;
  expect(await source().groupsOf(person!.id)).toEqual(whole);
});

test('a deletion is told from a person who merely cannot be found', async () => {
  const { source, call } = await startOkta();
  const people = await all(source().people());
  const leaver = people.find(({ status }) => status === 'DEPROVISIONED')!;
  const other = people.find(({ status }) => status === 'ACTIVE')!;
  expect(await source().deletionLogged(leaver.id)).toBe(false);
  expect((await call('DELETE', `/users/${leaver.id}`)).status).toBe(204);
  expect(await source().person(leaver.id)).toBeUndefined();
  expect(await source().deletionLogged(leaver.id)).toBe(true);
  expect(await source().deletionLogged(other.id)).toBe(false);
});

test('a group that was deleted is told from one that merely cannot be found', async () => {
  const { source, call } = await startOkta();
  const [gone, kept] = (await all(source().groups())).filter(({ type }) => type === 'OKTA_GROUP');
  expect(await source().deletionLogged(gone!.id)).toBe(false);
  expect((await call('DELETE', `/groups/${gone!.id}`)).status).toBe(204);
  expect(await source().group(gone!.id)).toBeUndefined();
  expect(await source().deletionLogged(gone!.id)).toBe(true);
  expect(await source().deletionLogged(kept!.id)).toBe(false);
});

test.each([
  ['repeat-page', 'UnexpectedResponse'],
  ['html', 'UnexpectedResponse'],
  ['truncate', 'Unavailable'],
  ['reset', 'Unavailable'],
  ['hang', 'Unavailable'],
  [{ status: 500 }, 'Unavailable'],
  [{ status: 401 }, 'AccessDenied'],
  [{ status: 403 }, 'AccessDenied'],
  [{ status: 429 }, 'RateLimited'],
] as const)('a page that meets %j fails the whole list', async (action, kind) => {
  const { okta, source } = await startOkta();
  okta.faults.set([{ id: 'f', match: { path: 'after=' }, action }]);
  const failure = await failureOf(all(source({ pageSize: 10, timeoutMs: 300 }).people()));
  expect(failure.kind).toBe(kind);
  expect(okta.faults.fired('f')).toBeGreaterThan(0);
});

test('an app that demands proof of possession is served, also after its token has expired', async () => {
  const { okta, summary, source } = await startOkta();
  Object.assign(okta.vendor.settings, { dpopRequired: true, accessTokenTtlSeconds: 60 });
  const directory = source({ credentials: oauth });
  expect(await all(directory.people())).toHaveLength(summary.people);
  okta.advanceClock(61_000);
  expect(await all(directory.people())).toHaveLength(summary.people);
});

test('what the headers say of the bucket reaches the pacer', async () => {
  const { okta, source } = await startOkta();
  const pacer = aPacer();
  await all(source({ pacer }).groups());
  const [{ bucket, answer } = { bucket: '', answer: { status: 0 } }] = pacer.learned;
  expect(bucket).toBe('okta /groups');
  expect(answer).toMatchObject({ status: 200, limit: expect.any(Number), remaining: expect.any(Number) });
  expect(answer.resetAt! - okta.now()).toBeLessThanOrEqual(61_000);
});

test('the check tells a good credential from one that sees nobody and one that lacks a scope', async () => {
  const { okta, source } = await startOkta();
  const notOk = async (credentials: OktaSourceOptions['credentials']) =>
    (await source({ credentials }).check()).filter(({ status }) => status !== 'ok').map(({ check }) => check);

  const offboarding = ['scope okta.users.manage', 'scope okta.sessions.manage'];
  expect(await notOk(token)).toEqual([]);
  expect(await notOk(oauth)).toEqual(offboarding);
  expect(await notOk({ ...oauth, scopes: [...scopes, 'okta.users.manage', 'okta.sessions.manage'] })).toEqual([]);
  expect(await notOk({ ...oauth, scopes: ['okta.users.read', 'okta.apps.read'] })).toEqual([
    'scope okta.groups.read',
    'scope okta.logs.read',
    ...offboarding,
  ]);
  expect(await notOk({ apiToken: 'wrong' })).toContain('credentials');
  expect(await notOk({ ...oauth, clientId: 'nobody' })).toContain('credentials');
  okta.vendor.settings['visibleUsers'] = [];
  expect(await notOk(token)).toEqual(['people-visible']);
});
