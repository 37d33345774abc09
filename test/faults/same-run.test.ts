/** One run of the whole system: what changes or gets lost while it writes is in step when it ends. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { until } from '../support/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());
beforeEach(async () => {
  await lab.reset({ okta: { people: 40, groups: 5, seed: 95 } });
  await lab.sync();
  expect(await lab.differences()).toEqual([]);
});

const patchOfGroup = { method: 'PATCH', path: '/Groups/' };

/** A kept group, and people in scope who are not in it. */
async function outsiders(): Promise<{ group: string; people: string[] }> {
  const group = lab.org().groups.find(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup)?.id ?? '';
  const inside = new Set(await lab.okta.members(group));
  return { group, people: lab.members().filter((id) => !inside.has(id)) };
}

it('who changes at Okta while a run writes is planned again by the same run', async () => {
  const { group, people } = await outsiders();
  const [joiner = '', late = '', leaver = ''] = people;
  await lab.okta.join(group, joiner);
  lab.strike('cloud', [{ id: 'held up', match: patchOfGroup, times: 1, action: { delayMs: 2_000 } }]);
  const requestId = 'changes-meanwhile';
  await lab.system.client.workflow.execute('fullSync', {
    workflowId: workflowIds.fullSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
  await until('the joiner is being written', () => lab.system.sandbox.cloud.faults.fired('held up') > 0);
  await lab.okta.join(group, late);
  await lab.okta.lifecycle(leaver, 'deactivate');
  const run = await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();

  expect(lab.endFaults()).toEqual([]);
  expect(run.problem).toBeUndefined();
  expect(await lab.differences()).toEqual([]);
  expect(await lab.system.store.selectFrom('changed_person').selectAll().execute()).toEqual([]);
  const plans = await lab.system.store.selectFrom('plan').select('id').where('run_id', '=', run.runId).execute();
  expect(plans).toHaveLength(2);
}, 60_000);

it('a run that finds nothing to do reads no changes and no group back', async () => {
  const { okta, cloud } = lab.system.sandbox;
  const [fromOkta, fromCloud] = [okta.requests.last, cloud.requests.last];
  await lab.sync();
  const asked = okta.requests.since(fromOkta).map(({ query }) => decodeURIComponent(query));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((query) => query.includes('lastMembershipUpdated gt'))).toEqual([]);
  const routes = cloud.requests.since(fromCloud).map(({ method, route }) => `${method} ${route}`);
  expect(routes.filter((route) => !/^GET .*\/(Users|Groups)$/.test(route))).toEqual([]);
}, 60_000);

it('members that the target loses are there when the run ends, and the run tells how many it lost', async () => {
  const { group, people } = await outsiders();
  for (const person of people.slice(0, 3)) await lab.okta.join(group, person);
  lab.strike('cloud', [{ id: 'loses', match: patchOfGroup, times: 1, action: 'lose-members' }]);
  const { run, problem } = await lab.sync();

  expect(lab.endFaults()).toEqual([]);
  expect(problem).toBeUndefined();
  expect(await lab.differences()).toEqual([]);
  expect(run?.outcomes.parked).toBe(0);
  const { notes } = await lab.system.store
    .selectFrom('run')
    .select('notes')
    .where('id', '=', run?.runId ?? '')
    .executeTakeFirstOrThrow();
  expect(notes).toMatchObject({ lostMembers: 2 });
}, 60_000);
