/** A worker that freezes in the middle of its requests for longer than its claims last, and thaws when others have taken over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';
import { until } from '../support/until.ts';
import { readPrometheusText } from '../worker/prometheus-text.ts';

/** So slow that requests wait for their turn, claimed: that is where the worker is frozen. */
const config = lockstepYaml({ target: { pacing: { requestsPerMinute: 300 }, guards: openGuards } });

let lab: Lab;
let successor: ChildProcess | undefined;
beforeAll(async () => {
  lab = await startLab({ config });
}, 120_000);
afterAll(async () => {
  successor?.kill('SIGKILL');
  // Whoever is stopped cannot end.
  if (lab?.system.worker.pid !== undefined) process.kill(lab.system.worker.pid, 'SIGCONT');
  await lab?.stop();
});

function frozen(): number {
  const { pid } = lab.system.worker;
  if (pid === undefined) throw new Error('there is no worker');
  return pid;
}

/** One more worker than the lab's own. */
function startAnother(): ChildProcess {
  const env = { ...lab.system.env, LOCKSTEP_WORKER_HTTP_PORT: '0' };
  return spawn(process.execPath, ['worker/main.ts'], { env, stdio: 'ignore' });
}

/** How many activities the lab's own worker is at, by its metrics. */
async function activitiesUnderWay(): Promise<number> {
  const samples = readPrometheusText(await (await fetch(`${lab.system.worker.url}/metrics`)).text());
  const used = samples.filter(
    ({ name, labels }) => name.endsWith('worker_task_slots_used') && labels['worker_type'] === 'ActivityWorker',
  );
  if (used.length === 0) throw new Error('the metrics tell nothing of activities');
  return used.reduce((sum, { value }) => sum + value, 0);
}

const creations = () => lab.writes().filter(({ method, route }) => method === 'POST' && route.endsWith('/Users'));

const claims = () => lab.system.store.selectFrom('claim').selectAll().execute();

it('sends nothing more: its successor has done the rest, each change once', async () => {
  await lab.reset({ okta: { people: 120, groups: 4, seed: 51 } });
  await lab.system.client.workflow.execute('fullSync', {
    workflowId: workflowIds.fullSync('frozen'),
    taskQueue: taskQueues.workflows,
    args: [{ requestId: 'frozen' }],
  });
  const underWay = await until('it is frozen with somebody claimed', async () => {
    if ((await claims()).length === 0) return false;
    const count = await activitiesUnderWay();
    process.kill(frozen(), 'SIGSTOP');
    if ((await claims()).length > 0) return count;
    process.kill(frozen(), 'SIGCONT');
    return false;
  });
  expect(underWay).toBe(1);
  successor = startAnother();
  const run = await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
  expect(run).not.toHaveProperty('problem');
  expect(run.outcomes).toMatchObject({ parked: 0, stale: 0 });
  // Counted before the thaw: what had begun then is refused, but sent.
  expect(lab.createdTwice()).toEqual([]);
  const made = creations().map(({ body }) => (body as { externalId: string }).externalId);
  expect(made).toHaveLength(new Set(made).size);
  const last = lab.system.sandbox.cloud.requests.last;
  process.kill(frozen(), 'SIGCONT');
  await until('the one that thawed is at nothing any more', async () => (await activitiesUnderWay()) === 0);

  // What was on its way into the network when it froze is not to be called back; it comes to somebody who is there by now.
  expect(lab.writes(last).filter(({ status }) => status !== 409)).toEqual([]);
  expect(await lab.differences()).toEqual([]);
  expect(await claims()).toEqual([]);
  // Whoever was in its hands is looked at again later.
  const verify = await lab.system.store.selectFrom('due').select('person_id').where('kind', '=', 'verify').execute();
  expect(verify.length).toBeGreaterThan(0);
}, 240_000);
