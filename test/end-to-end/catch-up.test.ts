/** What happens at Okta goes over within moments although nobody there calls in: by its System Log alone. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { keepCatchingUp } from '../../temporal/ask.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';
import { testSecrets } from '../support/system.ts';
import { until } from '../support/until.ts';

const everyMs = 1_000;
let lab: Lab;
beforeAll(async () => {
  lab = await startLab({
    seed: { people: 30, groups: 5, seed: 12 },
    config: lockstepYaml({ target: { guards: openGuards }, catchUp: { every: `${everyMs / 1_000}s`, signIns: true } }),
  });
  await lab.sync();
  await keepCatchingUp(lab.system.client);
}, 120_000);
afterEach(() => {
  Object.assign(settings(), { logDisorderMs: 0, logDuplicateEvery: 0, logLagMs: 0, logCursorTtlMs: 0 });
});
afterAll(() => lab?.stop());

const settings = () => lab.system.sandbox.okta.vendor.settings;
const account = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;
const arrives = (what: string, isSo: () => boolean) => until(what, isSo, 30_000);
const someone = (at: number): string => lab.members()[at] ?? '';
const ok = (answer: Response): void => expect(answer.status).toBe(200);

/** As an administrator of the directory would. */
async function deactivateByHand(person: string): Promise<void> {
  const { origin } = lab.system.sandbox.cloud;
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
  const Operations = [{ op: 'replace', path: 'active', value: false }];
  const headers = {
    authorization: `Bearer ${testSecrets.ATLASSIAN_SCIM_API_KEY}`,
    'content-type': 'application/scim+json',
  };
  const url = `${origin}/scim/directory/sandbox-directory/Users/${lab.scimId(person)}`;
  ok(await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ schemas, Operations }) }));
}

async function signIn(person: string): Promise<void> {
  const { origin } = lab.system.sandbox.control;
  ok(await fetch(`${origin}/okta/users/${person}/sign-in`, { method: 'POST', body: '{}' }));
}

const position = async () => (await lab.system.store.selectFrom('source_position').selectAll().execute()).length;

it('an update, a leaver and a joiner', async () => {
  const [ada, bob] = [someone(0), someone(1)];
  await lab.okta.updateUser(ada, { title: 'Astronomer' });
  await lab.okta.lifecycle(bob, 'deactivate');
  const login = 'joan.newcomer@example.com';
  const profile = { firstName: 'Joan', lastName: 'Newcomer', login, email: login };
  const joan = await lab.okta.createUser(profile, { groupIds: [lab.groupId(scopeGroup)] });
  await arrives('the title', () => account(ada)?.['title'] === 'Astronomer');
  await arrives('the leaver is out', () => account(bob)?.['active'] === false);
  await arrives('the joiner', () => account(joan.id)?.['active'] === true);
});

it('each change by the next look at the log, within the poll interval and a second', async () => {
  const { okta, cloud } = lab.system.sandbox;
  const waits: { ms: number; laterLooks: number }[] = [];
  // Each right after the one before has arrived, hence soon after a look: almost the whole interval is waited for the next.
  for (const [index, person] of [12, 13, 14, 15, 16, 17, 18].map(someone).entries()) {
    const title = `In time ${index}`;
    await lab.okta.updateUser(person, { title });
    await arrives(`the title of ${person}`, () => account(person)?.['title'] === title);
    const bears = ({ body }: { body?: unknown }) => JSON.stringify(body ?? {}).includes(title);
    const made = okta.requests.since().find(bears)?.at ?? Number.NaN;
    const arrived = cloud.requests.since().find(bears)?.at ?? Number.NaN;
    const asked = okta.requests
      .since()
      .filter(({ path, at }) => path === '/api/v1/logs' && at >= made && at <= arrived)
      .map(({ at }) => at);
    // One look may be several requests at once: until the log has nothing more.
    const laterLooks = asked.filter((at) => at > (asked[0] ?? 0) + everyMs / 2).length;
    waits.push({ ms: arrived - made, laterLooks });
  }
  // A machine that is busy with other tests may stand still for a moment, but not again and again.
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  expect(median(waits.map(({ laterLooks }) => laterLooks)), JSON.stringify(waits)).toBe(0);
  expect(median(waits.map(({ ms }) => ms)), JSON.stringify(waits)).toBeLessThanOrEqual(everyMs + 1_000);
});

it('a group whose new name the target selects, and one that is deleted', async () => {
  const ada = someone(0);
  const { id } = await lab.okta.createGroup('newcomers');
  await lab.okta.join(id, ada);
  await lab.okta.renameGroup(id, 'the-newcomers');
  const atTarget = (name: string) => lab.directory().groups.find(({ displayName }) => displayName === name);
  await arrives('the group with its member', () => atTarget('the-newcomers')?.members[0] === lab.scimId(ada));
  await lab.okta.deleteGroup(id);
  await arrives('it is empty', () => atTarget('the-newcomers')?.members.length === 0);
});

it('how long ago the log was read stands among the metrics', async () => {
  const metrics = await (await fetch(`${lab.system.worker.url}/metrics`)).text();
  const [, seconds] = /^lockstep_okta_log_age_seconds (\S+)$/m.exec(metrics) ?? [];
  expect(Number(seconds)).toBeLessThan(15);
});

it('events that come late, in disorder and twice', async () => {
  Object.assign(settings(), { logDisorderMs: 3_000, logDuplicateEvery: 2, logLagMs: 500 });
  const people = [2, 3, 4, 5, 6].map(someone);
  for (const person of people) await lab.okta.updateUser(person, { title: `Late ${person.slice(-4)}` });
  for (const person of people)
    await arrives(`the title of ${person}`, () => account(person)?.['title'] === `Late ${person.slice(-4)}`);
});

it('a hundred events about one person cost few readings of them', async () => {
  const ada = someone(7);
  const reads = () =>
    lab.system.sandbox.okta.requests.since().filter(({ path }) => path === `/api/v1/users/${ada}`).length;
  const before = reads();
  for (let time = 1; time <= 100; time += 1) await lab.okta.updateUser(ada, { title: `Title ${time}` });
  await arrives('the last title', () => account(ada)?.['title'] === 'Title 100');
  // Those of the test itself are writes, which the log has under the same path.
  expect(reads() - before - 100).toBeLessThan(25);
});

it('somebody who signs in is looked at, though nothing changed at Okta', async () => {
  const ada = someone(8);
  await deactivateByHand(ada);
  await signIn(ada);
  await arrives('they have access', () => account(ada)?.['active'] === true);
});

it('a position that Okta takes no more leads to a full sync, and the log is followed from then on', async () => {
  settings()['logCursorTtlMs'] = 1;
  const isFull = async () => {
    for await (const { workflowId } of lab.system.client.workflow.list({ query: "WorkflowType = 'fullSync'" }))
      if (workflowId.startsWith(workflowIds.fullSync('log-lost-'))) return true;
    return false;
  };
  await until('a full sync', isFull, 30_000);
  settings()['logCursorTtlMs'] = 0;
  const ada = someone(9);
  await lab.okta.updateUser(ada, { title: 'Found again' });
  await arrives('the title', () => account(ada)?.['title'] === 'Found again');
  expect(await position()).toBeGreaterThan(0);
});

it('goes on after the worker was killed in the middle', async () => {
  await lab.system.worker.end('SIGKILL');
  const ada = someone(10);
  await lab.okta.updateUser(ada, { title: 'While away' });
  await lab.system.worker.start();
  await until('the title', () => account(ada)?.['title'] === 'While away', 60_000);
}, 90_000);

it('while the log answers 503 nothing is lost', async () => {
  lab.strike('okta', [{ id: 'away', match: { path: '/api/v1/logs' }, times: 3, action: { status: 503 } }]);
  const ada = someone(11);
  await lab.okta.updateUser(ada, { title: 'Back' });
  await arrives('the title', () => account(ada)?.['title'] === 'Back');
  expect(lab.endFaults()).toEqual([]);
});
