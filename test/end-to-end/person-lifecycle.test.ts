/** One person's news goes over by itself, while nobody runs a sync of everybody. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runsCovering } from '../../store/runs.ts';
import { changedSignal, type PersonResult, syncNowUpdate, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ seed: { people: 20, groups: 4, seed: 12 } });
  await lab.sync();
});
afterAll(() => lab?.stop());

const start = (person: string) =>
  ({
    workflowId: workflowIds.personLifecycle(person),
    taskQueue: taskQueues.event,
    args: [{ person }],
  }) as const;

/** As the receiver does it, and waits until all is quiet. */
async function tell(person: string): Promise<PersonResult> {
  const handle = await lab.system.client.workflow.signalWithStart('personLifecycle', {
    ...start(person),
    signal: changedSignal,
    signalArgs: [],
  });
  return (await handle.result()) as PersonResult;
}
const account = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;
const memberships = (person: string) => {
  const id = lab.scimId(person);
  return lab
    .directory()
    .groups.filter(({ members }) => members.includes(id))
    .map(({ displayName }) => displayName);
};
const keptGroup = () => lab.directory().groups.find(({ members }) => members.length > 0)?.displayName ?? '';

describe('what happens at Okta is there at the target once it is told', () => {
  let joiner: string;

  it('a joiner gets an account and the groups that they are in', async () => {
    const login = 'joan.newcomer@example.com';
    const profile = { firstName: 'Joan', lastName: 'Newcomer', login, email: login };
    const group = keptGroup();
    const groupIds = [lab.groupId(scopeGroup), lab.groupId(group)];
    joiner = (await lab.okta.createUser(profile, { password: 'Sandbox-2026!', groupIds })).id;
    const result = await tell(joiner);
    expect(result.targets).toMatchObject([{ target: 'cloud', state: 'in-step' }]);
    expect(account(joiner)).toMatchObject({ active: true });
    expect(memberships(joiner)).toEqual([group]);
  });

  it('an update, and a group that they left', async () => {
    const [group = ''] = memberships(joiner);
    await lab.okta.updateUser(joiner, { title: 'Astronomer' });
    await lab.okta.leave(lab.groupId(group), joiner);
    await tell(joiner);
    expect(account(joiner)).toMatchObject({ title: 'Astronomer' });
    expect(memberships(joiner)).toEqual([]);
  });

  it('a leaver is out, and back again when they return', async () => {
    await lab.okta.lifecycle(joiner, 'deactivate');
    await tell(joiner);
    expect(account(joiner)).toMatchObject({ active: false });
    await lab.okta.lifecycle(joiner, 'activate');
    await tell(joiner);
    expect(account(joiner)).toMatchObject({ active: true });
  });

  it('a hundred signals about one person cost few readings', async () => {
    const before = lab.system.sandbox.okta.requests.since().length;
    const handles = await Promise.all(
      Array.from({ length: 100 }, () =>
        lab.system.client.workflow.signalWithStart('personLifecycle', {
          ...start(joiner),
          signal: changedSignal,
          signalArgs: [],
        }),
      ),
    );
    await Promise.all(handles.map((handle) => handle.result()));
    // Two requests for each round.
    expect(lab.system.sandbox.okta.requests.since().length - before).toBeLessThan(30);
  });

  it('whoever asks for a sync now gets the outcome, of a reading that began after they asked', async () => {
    await lab.okta.updateUser(joiner, { title: 'Captain' });
    const requestId = randomUUID();
    const result = await lab.system.client.workflow.executeUpdateWithStart(syncNowUpdate, {
      startWorkflowOperation: new WithStartWorkflowOperation('personLifecycle', {
        ...start(joiner),
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
      args: [{ requestId }],
    });
    const [run, ...more] = await runsCovering(lab.system.store, requestId);
    expect([run?.kind, more.length]).toEqual(['person', 0]);
    expect(result.targets).toMatchObject([{ target: 'cloud', state: 'in-step', outcomes: { applied: 1 } }]);
    expect(account(joiner)).toMatchObject({ title: 'Captain' });
  });

  it('and the next sync of everybody finds nothing to do', async () => {
    expect((await lab.sync()).run?.plan).toMatchObject({ changes: 0 });
  });
});
