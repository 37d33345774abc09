/** What operators do when something needs them, on a whole system: parked changes, pauses, links, and being told. */
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { runCommand } from '../client/fake-lockstep.ts';
import { type HookServer, startHookServer } from '../support/hook-server.ts';
import { lockstepYaml } from '../support/lockstep-yaml.ts';
import { type OktaApi, type OktaUser, oktaApi } from '../support/okta-api.ts';
import { type System, startSystem, testSecrets } from '../support/system.ts';

const key = `whsec_${Buffer.from('a key of the signature, 32 bytes').toString('base64')}`;

let hooks: HookServer;
let system: System;
let okta: OktaApi;
let somebody: OktaUser;

beforeAll(async () => {
  hooks = await startHookServer();
  system = await startSystem({
    seed: { people: 12, groups: 4, seed: 3 },
    env: { WEBHOOK_KEY: key },
    config: lockstepYaml({ notify: { webhook: { url: hooks.url, secret: { env: 'WEBHOOK_KEY' } } } }),
  });
  okta = oktaApi(system.sandbox.okta.origin, testSecrets.OKTA_API_TOKEN);
  const scope = (await okta.groups()).find(({ profile }) => profile.name === 'atlassian-users');
  const members = new Set(await okta.members(scope?.id ?? ''));
  somebody = (await okta.users()).find(({ id, status }) => status === 'ACTIVE' && members.has(id))!;
  expect((await lockstep('sync')).code).toBe(0);
}, 180_000);
afterAll(async () => {
  await system?.stop();
  await hooks?.close();
});

const lockstep = (...args: string[]) => runCommand(args, { env: system.env });
const lastRequest = () => system.sandbox.cloud.requests.last;
const writes = (since: number) =>
  system.sandbox.cloud.requests.since(since).filter(({ method }) => method !== 'GET').length;
/** As the schedule would start it. */
const dueWork = () =>
  system.client.workflow.execute('dueWork', {
    workflowId: workflowIds.dueWork(randomUUID()),
    taskQueue: taskQueues.workflows,
    args: [],
  });

test('a change that the vendor refuses is parked, left alone until its time, and done once somebody asks for it', async () => {
  const refusal = { status: 400, body: { schemas: [], status: '400', scimType: 'invalidValue', detail: 'no' } };
  system.sandbox.cloud.faults.set([{ id: 'refuses', match: { method: 'PATCH', path: '/Users/' }, action: refusal }]);
  await okta.updateUser(somebody.id, { title: 'Head of Trials' });
  expect((await lockstep('sync')).code).toBe(3);
  const parked = await lockstep('parked');
  expect(parked.code).toBe(3);
  expect(parked.stdout).toMatch(/^1 parked change, the next try first$/m);
  expect(parked.stdout).toContain('Rejected:invalidValue, the vendor understood the request and will not do it');
  const [, id = ''] = /^ {2}(\d+) {2}cloud {2}update account/m.exec(parked.stdout) ?? [];

  const before = lastRequest();
  expect((await lockstep('sync')).code).toBe(3);
  expect(writes(before)).toBe(0);

  system.sandbox.cloud.faults.clear();
  const retried = await lockstep('retry', id);
  expect(retried.stdout).toMatch(/cloud: .+ 1 change: 1 done/);
  expect(retried.code).toBe(0);
  expect(await lockstep('parked')).toMatchObject({ code: 0, stdout: 'Nothing is parked.\n' });
}, 120_000);

test('a change whose time has come is tried again by itself', async () => {
  const refusal = { status: 400, body: { schemas: [], status: '400', scimType: 'invalidValue', detail: 'no' } };
  system.sandbox.cloud.faults.set([{ id: 'refuses', match: { method: 'PATCH', path: '/Users/' }, action: refusal }]);
  await okta.updateUser(somebody.id, { title: 'Head of More Trials' });
  expect((await lockstep('sync')).code).toBe(3);
  system.sandbox.cloud.faults.clear();
  expect(await dueWork()).toMatchObject({ targets: [] });
  const past = new Date(Date.now() - 7 * 3_600_000);
  await system.store.updateTable('due').set({ due_at: past, last_at: past }).execute();
  expect(await dueWork()).toMatchObject({ targets: ['cloud'] });
  await system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
  expect(await lockstep('parked')).toMatchObject({ code: 0 });
  expect(await dueWork()).toMatchObject({ targets: [] });
}, 120_000);

test('a paused target refuses whoever asks, says how to go on, and is told', async () => {
  expect((await lockstep('pause', 'cloud', '--reason', 'CHG-1')).stdout).toContain('cloud is paused.');
  const refused = await lockstep('sync');
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(/GuardTripped: cloud is paused since .+ by an operator \(CHG-1\)/);
  expect(refused.stdout).toContain('lockstep resume cloud --reason CODE');
  expect((await lockstep('parked')).stdout).toMatch(/^! cloud is paused by an operator \(CHG-1\)/);

  await dueWork();
  const [hook] = hooks.hooks.slice(-1);
  expect(new Webhook(key).verify(hook?.body ?? '', hook?.headers as Record<string, string>)).toMatchObject({
    type: 'lockstep.target-paused',
    data: { target: 'cloud', by: 'operator', reason: 'CHG-1' },
  });
  expect((await lockstep('resume', 'cloud', '--reason', 'CHG-1')).code).toBe(0);
  expect((await lockstep('sync')).code).toBe(0);
}, 120_000);

test('a link is taken away and made again by an operator, and both are in the audit log', async () => {
  const email = String(somebody.profile['email']);
  const link = await system.store
    .selectFrom('person_link')
    .select('account_id')
    .where('person_id', '=', somebody.id as never)
    .executeTakeFirstOrThrow();
  expect((await lockstep('unlink', email, '--target', 'cloud', '--reason', 'wrong-match')).code).toBe(0);
  expect((await lockstep('sync')).code).toBe(3);
  expect((await lockstep('parked')).stdout).toContain(email);
  const linked = await lockstep('link', email, link.account_id, '--target', 'cloud', '--reason', 'right-match');
  expect(linked.code).toBe(0);
  expect((await lockstep('sync')).code).toBe(0);
  expect((await lockstep('link', email, 'nobodys', '--target', 'cloud', '--reason', 'x')).code).toBe(1);
  const audited = await system.store
    .selectFrom('audit')
    .select(['kind', 'reason'])
    .where('kind', 'in', ['link', 'unlink'])
    .execute();
  expect(audited).toEqual([
    { kind: 'unlink', reason: 'wrong-match' },
    { kind: 'link', reason: 'right-match' },
  ]);
}, 120_000);
