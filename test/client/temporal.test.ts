/** The client against a real Temporal server. */
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClientError } from '../../client/client-error.ts';
import { LockstepClient } from '../../client/lockstep-client.ts';
import { freePort } from '../../local/ports.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { dueWorkScheduleId, fullSyncScheduleId, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { aFile, load } from '../config/a-config.ts';
import { registerNamespace } from '../support/namespace.ts';
import { temporalAddress } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { runCommand } from './fake-lockstep.ts';

let temporal: Client;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const connection = await Connection.connect({ address: temporalAddress() });
  // Of its own: what is asked for here must not be taken up by the worker of another test.
  const namespace = await registerNamespace(connection);
  temporal = new Client({ connection, namespace });
  env = { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: namespace };
});
afterAll(() => temporal.connection.close());

const clientOf = (given: NodeJS.ProcessEnv) =>
  new LockstepClient({ temporal: temporalConnection(given), reader: { url: 'http://127.0.0.1:9' } });

const scheduleOf = (schedule: object) => load(aFile({ schedule, catchUp: { enabled: false } }));

describe('the schedule', () => {
  let client: LockstepClient;
  const handle = () => temporal.schedule.getHandle(fullSyncScheduleId);
  const remove = () =>
    handle()
      .delete()
      .catch(() => {});
  beforeEach(async () => {
    await remove();
    client = clientOf(env);
  });
  afterAll(async () => {
    await remove();
    await client.close();
  });

  test('is created as configured: it skips what overlaps and does not catch up', async () => {
    const view = await client.applySchedule(scheduleOf({ every: '15m', paused: false }));
    expect(view).toMatchObject({ id: fullSyncScheduleId, when: 'every 15m', isPaused: false });
    expect(view.nextRuns.length).toBeGreaterThan(0);
    const { policies, action } = await handle().describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
    expect(action).toMatchObject({ workflowType: 'fullSync', taskQueue: taskQueues.workflows });
    expect(action.workflowId).toMatch(/^full-sync\/scheduled/);
  });

  test('comes with one that looks every minute for what has come due, also while full syncs are paused', async () => {
    const dueWork = temporal.schedule.getHandle(dueWorkScheduleId);
    await client.applySchedule(scheduleOf({ every: '15m', paused: true }));
    const { policies, action, spec, state } = await dueWork.describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
    expect(action).toMatchObject({ workflowType: 'dueWork', taskQueue: taskQueues.workflows });
    expect(spec.intervals).toMatchObject([{ every: 60_000 }]);
    expect(state.paused).toBe(false);
    await dueWork.pause('CHG-5');
    await client.applySchedule(scheduleOf({ every: '15m', paused: false }));
    expect((await dueWork.describe()).state).toMatchObject({ paused: true, note: 'CHG-5' });
    await dueWork.delete();
  });

  test('is changed, not doubled, when it is applied again', async () => {
    await client.applySchedule(scheduleOf({ every: '15m', paused: false }));
    const view = await client.applySchedule(
      scheduleOf({ cron: '0 2 * * *', timezone: 'Europe/Berlin', paused: false }),
    );
    expect(view.when).toBe('0 2 * * * (Europe/Berlin)');
    const { spec } = await handle().describe();
    expect(spec.intervals ?? []).toEqual([]);
  });

  test('goes on after a restart when an operator has let it go on, whatever the file says', async () => {
    await client.applySchedule(scheduleOf({ every: '15m', paused: true }));
    await client.unpauseSchedule('first-plan-done');
    expect(await client.applySchedule(scheduleOf({ every: '15m', paused: true }))).toMatchObject({
      isPaused: false,
      note: 'first-plan-done',
    });
    await handle().delete();
  });

  test('follows the configuration in being paused', async () => {
    expect((await client.applySchedule(scheduleOf({ every: '15m' }))).isPaused).toBe(true);
    expect((await client.applySchedule(scheduleOf({ every: '15m', paused: false }))).isPaused).toBe(false);
    expect((await client.applySchedule(scheduleOf({ every: '15m', paused: true }))).isPaused).toBe(true);
  });

  test("has Okta's log followed, unless that is switched off", async () => {
    const catchUp = () => temporal.workflow.getHandle(workflowIds.catchUp());
    await client.applySchedule(load(aFile({ catchUp: { enabled: false } })));
    await expect(catchUp().describe()).rejects.toThrow('not found');
    await client.applySchedule(load(aFile({})));
    await client.applySchedule(load(aFile({})));
    expect(await catchUp().describe()).toMatchObject({ type: 'catchUp', taskQueue: taskQueues.event });
    await catchUp().terminate();
  });

  test("stays paused by an operator's word, whatever the configuration says", async () => {
    const schedule = scheduleOf({ every: '15m', paused: false });
    await client.applySchedule(schedule);
    await client.pauseSchedule('CHG-1');
    expect(await client.applySchedule(schedule)).toMatchObject({ isPaused: true, note: 'CHG-1' });
    await client.unpauseSchedule('CHG-2');
    expect(await client.applySchedule(schedule)).toMatchObject({ isPaused: false });
  });

  test('is shown, paused and triggered from the command line', async () => {
    const none = await runCommand(['schedule', 'show'], { env });
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('lockstep schedule apply');
    await client.applySchedule(scheduleOf({ every: '15m', paused: false }));
    expect((await runCommand(['schedule', 'show'], { env })).stdout).toMatch(/^full-sync: every 15m\n {2}next /);
    const paused = await runCommand(['schedule', 'pause', '--reason', 'CHG-3', '--output', 'json'], { env });
    expect(paused.json()).toMatchObject({ isPaused: true, note: 'CHG-3' });
    expect((await runCommand(['schedule', 'unpause', '--reason', 'CHG-4'], { env })).code).toBe(0);
    expect((await runCommand(['schedule', 'trigger'], { env })).code).toBe(0);
  });

  test('is applied from lockstep.yaml', async () => {
    const applied = await runCommand(['schedule', 'apply'], { env: { ...env, LOCKSTEP_CONFIG: 'lockstep.yaml' } });
    expect(applied.stdout).toMatch(/^full-sync: every 15m\n/);
    const missing = await runCommand(['schedule', 'apply'], { env: { ...env, LOCKSTEP_CONFIG: '/nowhere.yaml' } });
    expect(missing.code).toBe(2);
  });
});

describe('without a worker', () => {
  test('a request is taken by Temporal, and waiting for it ends with what to do', async () => {
    const client = clientOf(env);
    const troubles: unknown[] = [];
    const options = {
      workerPatienceMs: 5_500,
      onProgress: ({ trouble }: { trouble?: unknown }) => troubles.push(trouble),
    };
    const requestId = await client.startSync();
    const error = await client.waitForSync(requestId, options).catch((reason: ClientError) => reason);
    expect(error).toMatchObject({ code: 'no-worker' });
    expect((error as ClientError).hint).toContain(taskQueues.workflows);
    expect(troubles.at(-1)).toMatchObject({ kind: 'not-taken-up' });
    const { status } = await temporal.workflow.getHandle(workflowIds.fullSync(requestId)).describe();
    expect(status.name).toBe('RUNNING');
    await temporal.workflow.getHandle(workflowIds.fullSync(requestId)).terminate();
    await client.close();
  });

  test('a group is asked for, and Ctrl-C says where to look for what comes of it', async () => {
    const group = '00g00000engineers001';
    const handle = temporal.workflow.getHandle(workflowIds.groupSync(group));
    const interrupt = new AbortController();
    const running = runCommand(['sync', '--group', group], { env, interrupt: interrupt.signal });
    await until('it is asked for', async () => (await handle.describe()).status.name === 'RUNNING');
    interrupt.abort();
    const { code, stdout, stderr } = await running;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain('what was started goes on\n    → `lockstep runs` tells how it went');
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const again = await runCommand(['sync', '--group', group, '--no-wait'], { env });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    const { events } = await handle.fetchHistory();
    const signals = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes);
    expect(signals).toHaveLength(2);
    await handle.terminate();
  });

  test('Ctrl-C ends the waiting and leaves the run going', async () => {
    const interrupt = new AbortController();
    const running = runCommand(['check'], { env, interrupt: interrupt.signal });
    setTimeout(() => interrupt.abort(), 300);
    const { code, stderr } = await running;
    expect(code).toBe(130);
    expect(stderr).toContain('goes on');
  });
});

describe('Temporal', () => {
  test('that cannot be reached is told with its address and what to do', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runCommand(['sync'], { env: { TEMPORAL_ADDRESS: address } });
    expect(code).toBe(1);
    expect(stderr).toContain(`Temporal at ${address} cannot be reached`);
    expect(stderr).toContain('TEMPORAL_ADDRESS');
  });

  test('without the namespace is told with its name', async () => {
    const { code, stderr } = await runCommand(['sync', '--no-wait'], {
      env: { ...env, TEMPORAL_NAMESPACE: 'nowhere' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('has no namespace nowhere');
  });
});
