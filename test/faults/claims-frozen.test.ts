/** A worker that freezes in the middle of its requests for longer than its claims last, and thaws when others have taken over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let frozen: ChildProcess | undefined;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(async () => {
  frozen?.kill('SIGKILL');
  await lab?.stop();
});

/** One more worker, whose output is kept. */
function startWorker(): { process: ChildProcess; log: () => string } {
  let log = '';
  const env = { ...lab.system.env, LOCKSTEP_WORKER_HTTP_PORT: '0' };
  const child = spawn(process.execPath, ['worker/main.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += String(text)));
  return { process: child, log: () => log };
}

const creations = (after = 0) =>
  lab.writes(after).filter(({ method, route }) => method === 'POST' && route.endsWith('/Users'));
const wasToldOfItsEnd = (log: string): boolean => log.includes('"activity failed"') && log.includes('"applyPlan"');

it('sends nothing more: its successor has done the rest, each change once', async () => {
  await lab.reset({ okta: { people: 300, groups: 6, seed: 51 } });
  lab.system.sandbox.cloud.transport.latencyMs = 400;
  // Only the one that is going to freeze is there to begin with.
  await lab.system.worker.end();
  const first = startWorker();
  frozen = first.process;
  await lab.system.client.workflow.execute('fullSync', {
    workflowId: workflowIds.fullSync('frozen'),
    taskQueue: taskQueues.workflows,
    args: [{ requestId: 'frozen' }],
  });
  await until('it is in the middle of its requests', () => creations().length > 100);
  first.process.kill('SIGSTOP');
  lab.system.sandbox.cloud.transport.latencyMs = 20;
  await lab.system.worker.start();
  const run = await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
  expect(run).not.toHaveProperty('problem');
  expect(run.outcomes).toMatchObject({ parked: 0, stale: 0 });
  const last = lab.system.sandbox.cloud.requests.last;
  first.process.kill('SIGCONT');
  await until('it has noticed that others have taken over', () => wasToldOfItsEnd(first.log()));
  first.process.kill('SIGTERM');
  await once(first.process, 'exit');

  expect(lab.writes(last)).toEqual([]);
  expect(lab.createdTwice()).toEqual([]);
  const made = creations().map(({ body }) => (body as { externalId: string }).externalId);
  expect(made).toHaveLength(new Set(made).size);
  expect(await lab.differences()).toEqual([]);
  const claims = await lab.system.store.selectFrom('claim').selectAll().execute();
  expect(claims).toEqual([]);
  // Whoever was in its hands is looked at again later.
  const verify = await lab.system.store.selectFrom('due').select('person_id').where('kind', '=', 'verify').execute();
  expect(verify.length).toBeGreaterThan(0);
}, 240_000);
