/** The command line on a whole system: what an administrator does on the first day. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OktaApi, type OktaUser, oktaApi } from '../support/okta-api.ts';
import { type System, startSystem, testSecrets } from '../support/system.ts';
import { runCommand } from './fake-lockstep.ts';

let system: System;
let okta: OktaApi;
let somebody: OktaUser;

beforeAll(async () => {
  system = await startSystem({ seed: { people: 12, groups: 4, seed: 3 } });
  okta = oktaApi(system.sandbox.okta.origin, testSecrets.OKTA_API_TOKEN);
  const scope = (await okta.groups()).find(({ profile }) => profile.name === 'atlassian-users');
  const members = new Set(await okta.members(scope?.id ?? ''));
  somebody = (await okta.users()).find(({ id, status }) => status === 'ACTIVE' && members.has(id))!;
}, 120_000);
afterAll(() => system?.stop());

const lockstep = (...args: string[]) => runCommand(args, { env: system.env });
const writes = (since: number) =>
  system.sandbox.cloud.requests.since(since).filter(({ method }) => method !== 'GET').length;

test('check, plan, sync, explain and report agree with each other', async () => {
  expect((await lockstep('check')).code).toBe(0);
  const before = system.sandbox.cloud.requests.last;
  expect((await lockstep('plan')).stdout).toMatch(/create account +\S+@\S+/);
  expect(writes(before)).toBe(0);
  const synced = await lockstep('sync');
  expect(synced).toMatchObject({ code: 0 });
  expect(synced.stdout).toMatch(/^cloud: \d+ people in step; \d+ changes: \d+ done/);
  const explained = await lockstep('explain', String(somebody.profile['email']));
  expect(explained.stdout).toMatch(/next sync +changes nothing/);
  expect(explained.stdout).toMatch(/create account .*\[done\]/);
  expect((await lockstep('report')).stdout).toContain('Nothing needs attention.');
});

test('plan lists exactly the change that was made at Okta, sync carries it out, a second sync writes nothing', async () => {
  await okta.updateUser(somebody.id, { title: 'Head of Trials' });
  const { json } = await lockstep('plan', '--output', 'json');
  expect(json()).toMatchObject({
    targets: [{ plan: { changes: 1, listed: [{ kind: 'update-account', person: { id: somebody.id } }] } }],
  });
  expect((await lockstep('plan')).stdout).toContain('title: ');
  expect((await lockstep('explain', somebody.id)).stdout).toContain('"Head of Trials"');
  expect((await lockstep('sync')).stdout).toMatch(/^cloud: \d+ people in step; 1 change: 1 done/);
  const after = system.sandbox.cloud.requests.last;
  expect((await lockstep('sync')).stdout).toMatch(/^cloud: \d+ people in step; nothing to change/);
  expect(writes(after)).toBe(0);
  expect((await lockstep('runs')).stdout).toMatch(/target-sync cloud +done +1 done/);
});

test('eval shows the source of each value', async () => {
  const { stdout } = await lockstep('eval', somebody.id);
  expect(stdout).toMatch(/title +Head of Trials +from title/);
});

test('the reader keeps personal data out of its log and ends quietly when asked to', async () => {
  await system.reader?.end('SIGTERM');
  const log = system.reader?.log() ?? '';
  expect(log).toContain('"route":"/v1/people/search"');
  expect(log).not.toContain('@');
  expect(log).not.toContain('"level":50');
});
