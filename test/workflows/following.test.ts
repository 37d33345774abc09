/** What follows Okta: its log for ever, all that changed at once, and one group. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Followed } from '../../activities/follow-events.ts';
import { Failure } from '../../domain/failure.ts';
import { tellManyChanged } from '../../temporal/ask.ts';
import { changedSignal, manyChangedSignal, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { catchUp, deltaSync, groupSync } from '../../workflows/index.ts';
import { createGate } from './fake-activities.ts';
import { useStage } from './shared-stage.ts';

const { fakes, stage } = useStage();
const taskQueue = taskQueues.event;

const followed: Followed = {
  state: 'followed',
  readUntil: '2026-11-26T10:00:00.000Z',
  people: 2,
  groups: 1,
  together: 0,
};
const switchedOff: Followed = { state: 'switched-off', people: 0, groups: 0, together: 0 };

describe('catchUp', () => {
  const start = () =>
    stage().client.workflow.start(catchUp, { workflowId: workflowIds.catchUp(), taskQueue, args: [{}] });

  it('reads on for ever, with a fresh history now and then, until it is switched off', async () => {
    let rounds = 0;
    fakes.become({
      followEvents: async () => {
        rounds += 1;
        return rounds <= 30 ? followed : switchedOff;
      },
    });
    const first = await start();
    expect(await first.result()).toEqual({ ended: 'switched-off' });
    expect(rounds).toBe(31);
    // After each round, for what no event told.
    expect(fakes.inputsOf('askForDelta')).toHaveLength(30);
    const { historyLength } = await stage().client.workflow.getHandle(workflowIds.catchUp()).describe();
    expect(historyLength).toBeLessThan(160);
  });
});

describe('deltaSync', () => {
  const tell = (people: readonly string[], groups?: readonly string[]) =>
    stage().client.workflow.signalWithStart(deltaSync, {
      workflowId: workflowIds.deltaSync(),
      taskQueue,
      args: [{ people: [] }],
      signal: manyChangedSignal,
      signalArgs: groups ? [people, groups] : [people],
    });

  it('reads what changed once, and asks those targets where somebody is to be planned again', async () => {
    fakes.become({
      observeChanges: async () => ({ people: 3, groups: 0, groupsRead: 0, changed: 2, marked: { jira: 1, cloud: 2 } }),
    });
    const run = await tell(['00u1', '00u2']);
    expect(await run.result()).toEqual({ changed: 2, targets: ['cloud', 'jira'] });
    expect(fakes.inputsOf('markNews')).toEqual([{ people: ['00u1', '00u2'], groups: [] }]);
    expect(fakes.inputsOf('observeChanges')).toEqual([{ since: 'lastDelta' }]);
    expect(fakes.inputsOf('startTargetSyncs')).toMatchObject([
      { targets: ['cloud', 'jira'], scope: { only: 'changed' } },
    ]);
  });

  it('asks targets that groups matter to for a run of everything, which covers their people, and forgets that news', async () => {
    const asOf = '2026-11-26T10:00:00.000Z';
    fakes.become({
      observeChanges: async () => ({
        people: 3,
        groups: 2,
        groupsRead: 1,
        changed: 2,
        marked: { jira: 1, cloud: 2 },
        regrouped: { targets: ['cloud'], asOf },
      }),
    });
    const run = await tell([], ['00g1']);
    expect(await run.result()).toEqual({ changed: 2, targets: ['cloud', 'jira'] });
    expect(fakes.inputsOf('markNews')).toEqual([{ people: [], groups: ['00g1'] }]);
    const [whole, some] = fakes.inputsOf('startTargetSyncs');
    expect(whole).toEqual({ requestId: expect.any(String), targets: ['cloud'] });
    expect(some).toMatchObject({ targets: ['jira'], scope: { only: 'changed' } });
    const order = fakes.calls.map(({ activity }) => activity);
    expect(order.indexOf('settleGroupNews')).toBeGreaterThan(order.indexOf('startTargetSyncs'));
    expect(fakes.inputsOf('settleGroupNews')).toEqual([{ asOf }]);
  });

  it('has any number of people marked a few thousand at a time, so that no message grows too large', async () => {
    const ids = (from: number, count: number) => Array.from({ length: count }, (_, at) => `00u${from + at}`);
    const gate = createGate();
    fakes.become({
      observeChanges: async () => {
        if (fakes.inputsOf('observeChanges').length === 1) await gate.pass();
        return { people: 0, groups: 0, groupsRead: 0, changed: 0, marked: {} };
      },
    });
    const run = await tell([]);
    await gate.reached;
    await tellManyChanged(stage().client, { people: ids(0, 12_000) });
    gate.open();
    await run.result();
    expect(fakes.inputsOf('markNews').map(({ people }) => people?.length)).toEqual([5_000, 5_000, 2_000]);
    const told = fakes.inputsOf('markNews').flatMap(({ people = [] }) => people);
    expect(told).toEqual(ids(0, 12_000));
  }, 60_000);

  it('asks nobody when nothing changed', async () => {
    fakes.become();
    expect(await (await tell([])).result()).toEqual({ changed: 0, targets: [] });
    expect(fakes.inputsOf('startTargetSyncs')).toEqual([]);
  });

  it('answers all that is told while it reads by one more reading, a little later', async () => {
    const gate = createGate();
    let readings = 0;
    fakes.become({
      observeChanges: async () => {
        readings += 1;
        if (readings === 1) await gate.pass();
        return { people: 0, groups: 0, groupsRead: 0, changed: 0, marked: {} };
      },
    });
    const run = await tell(['00u1']);
    await gate.reached;
    for (const person of ['00u2', '00u3', '00u2']) await tell([person]);
    gate.open();
    await run.result();
    expect(fakes.inputsOf('markNews')).toMatchObject([{ people: ['00u1'] }, { people: ['00u2', '00u3'] }]);
    expect(fakes.inputsOf('observeChanges')).toHaveLength(2);
  }, 60_000);

  it('has it as its result that Okta cannot be read', async () => {
    fakes.become({
      observeChanges: async () => {
        throw new Failure('AccessDenied', 'okta: list users failed: 401', { system: 'okta' });
      },
    });
    const problem = { kind: 'AccessDenied', message: 'okta: list users failed: 401' };
    expect(await (await tell([])).result()).toEqual({ changed: 0, targets: [], problem });
  });
});

describe('groupSync', () => {
  const tell = (group: string) =>
    stage().client.workflow.signalWithStart(groupSync, {
      workflowId: workflowIds.groupSync(group),
      taskQueue,
      args: [{ group }],
      signal: changedSignal,
      signalArgs: [],
    });
  const group = () => `00g${randomUUID().replaceAll('-', '').slice(0, 17)}`;

  it('asks the targets that the group matters to for a run of everything', async () => {
    fakes.become({ observeGroup: async () => ({ targets: ['cloud'] }) });
    const id = group();
    const result = await (await tell(id)).result();
    expect(result).toEqual({ group: id, targets: ['cloud'], requestId: expect.any(String) });
    expect(fakes.inputsOf('startTargetSyncs')).toEqual([{ requestId: result.requestId, targets: ['cloud'] }]);
  });

  it('asks nobody about a group of others', async () => {
    fakes.become({ observeGroup: async () => ({ targets: [] }) });
    const id = group();
    expect(await (await tell(id)).result()).toEqual({ group: id, targets: [] });
    expect(fakes.inputsOf('startTargetSyncs')).toEqual([]);
  });

  it('says that Okta does not show it, whether or not somebody has to do with it', async () => {
    fakes.become({ observeGroup: async () => ({ targets: [], isMissing: true }) });
    const unknown = group();
    expect(await (await tell(unknown)).result()).toEqual({ group: unknown, targets: [], isMissing: true });
    fakes.become({ observeGroup: async () => ({ targets: ['cloud'], isMissing: true }) });
    const gone = group();
    expect(await (await tell(gone)).result()).toMatchObject({ group: gone, targets: ['cloud'], isMissing: true });
    expect(fakes.inputsOf('startTargetSyncs')).toHaveLength(1);
  });

  it('has it as its result that Okta cannot be read, asks nobody, and keeps the news', async () => {
    const message = 'okta: read group failed: 403';
    fakes.become({
      observeGroup: async () => {
        throw new Failure('AccessDenied', message, { system: 'okta' });
      },
    });
    const id = group();
    const problem = { kind: 'AccessDenied', message };
    expect(await (await tell(id)).result()).toEqual({ group: id, targets: [], problem });
    expect(fakes.inputsOf('markNews')).toEqual([{ groups: [id] }]);
    expect(fakes.inputsOf('startTargetSyncs')).toEqual([]);
  });

  it('reads it once more when it changes while it is read', async () => {
    const gate = createGate();
    let readings = 0;
    fakes.become({
      observeGroup: async () => {
        readings += 1;
        if (readings === 1) await gate.pass();
        return { targets: [] };
      },
    });
    const id = group();
    const run = await tell(id);
    await gate.reached;
    await tell(id);
    await tell(id);
    gate.open();
    await run.result();
    expect(readings).toBe(2);
  });
});
