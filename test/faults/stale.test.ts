/** What takes or gives back access is decided on a live read: whose reason is gone between plan and change stays as they are. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createActivities } from '../../activities/index.ts';
import { saveVerdict } from '../../store/plans.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { startInProcess } from '../activities/in-process.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { until } from '../support/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());
beforeEach(async () => {
  await lab.reset({ okta: { people: 40, groups: 5, seed: 95 } });
  await lab.sync();
});

/** Runs a sync in which `change` happens after the plan is made and before this person is looked at again. */
async function syncWith(requestId: string, person: string, change: () => Promise<unknown>) {
  const match = { method: 'GET', path: `/Users/${lab.scimId(person)}` };
  lab.strike('cloud', [{ id: 'held up', match, times: 1, action: { delayMs: 1_500 } }]);
  await lab.system.client.workflow.execute('fullSync', {
    workflowId: workflowIds.fullSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
  await until('the account is about to be read', () => lab.system.sandbox.cloud.faults.fired('held up') > 0);
  await change();
  const run = await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
  expect(lab.endFaults()).toEqual([]);
  return run;
}

const account = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;

describe('somebody whose reason is gone by the time', () => {
  it('a leaver who returns is not deactivated; the other leaver is', async () => {
    const [returning = '', leaving = ''] = lab.members();
    await lab.okta.lifecycle(returning, 'suspend');
    await lab.okta.lifecycle(leaving, 'deactivate');
    const run = await syncWith('returns', returning, () => lab.okta.lifecycle(returning, 'unsuspend'));

    expect(run.outcomes.stale).toBeGreaterThan(0);
    expect(run.outcomes.parked).toBe(0);
    expect(account(returning)).toMatchObject({ active: true });
    expect(account(leaving)).toMatchObject({ active: false });
    expect(lab.writes().filter(({ path }) => path.endsWith(`/Users/${lab.scimId(returning)}`))).toEqual([]);
    await lab.sync();
    expect(await lab.differences()).toEqual([]);
  }, 60_000);

  it('somebody who returned and leaves again is not let in', async () => {
    const [person = ''] = lab.members();
    await lab.okta.lifecycle(person, 'suspend');
    await lab.sync();
    expect(account(person)).toMatchObject({ active: false });
    await lab.okta.lifecycle(person, 'unsuspend');
    const before = lab.system.sandbox.cloud.requests.last;
    const run = await syncWith('leaves-again', person, () => lab.okta.lifecycle(person, 'suspend'));

    expect(run.outcomes.stale).toBeGreaterThan(0);
    expect(account(person)).toMatchObject({ active: false });
    const patched = lab.writes(before).filter(({ path }) => path.endsWith(`/Users/${lab.scimId(person)}`));
    expect(patched).toEqual([]);
  }, 60_000);

  it('somebody who is put back into a group is not taken out of it', async () => {
    const kept = lab.org().groups.find(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup)?.id ?? '';
    const inScope = lab.members();
    const [person = '', other = ''] = (await lab.okta.members(kept)).filter((id) => inScope.includes(id));
    await lab.okta.leave(kept, person);
    await lab.okta.leave(kept, other);
    const run = await syncWith('put-back', person, () => lab.okta.join(kept, person));

    expect(run.outcomes).toMatchObject({ stale: 1, applied: 1, parked: 0 });
    expect(await lab.differences()).toEqual([]);
  }, 60_000);
});

it('somebody who left a privileged group before being put into it stays out; an ordinary group takes the plan at its word', async () => {
  const { deps, okta, run, sandbox, directory, stop } = await startInProcess({ people: 40, groups: 5, seed: 95 });
  try {
    const groups = (await okta.groups()).filter(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup);
    const scope = (await okta.groups()).find(({ profile }) => profile.name === scopeGroup);
    const inScope = await okta.members(scope?.id ?? '');
    const entitled = (await okta.users()).filter(({ id, status }) => status === 'ACTIVE' && inScope.includes(id));
    const isEntitled = (person: string): boolean => entitled.some(({ id }) => id === person);
    const [privileged, ordinary] = groups;
    const planId = await planned(deps, run);
    const leaverOf = async (group: string): Promise<string> => {
      const [leaver = ''] = (await okta.members(group)).filter(isEntitled);
      await okta.leave(group, leaver);
      return leaver;
    };
    const left = { privileged: await leaverOf(privileged?.id ?? ''), ordinary: await leaverOf(ordinary?.id ?? '') };
    const within = withPrivileged(deps, privileged?.profile.name ?? '');
    await saveVerdict(deps.store, planId, []); // As guards that let everything through.
    await run(() => createActivities(within).applyPlan({ planId, target: 'cloud' }));

    const membersOf = (name: string | undefined): string[] => {
      const { users, groups: made } = directory();
      const members = made.find(({ displayName }) => displayName === name)?.members ?? [];
      return users.filter(({ id }) => members.includes(id)).map(({ document }) => String(document['externalId']));
    };
    expect(membersOf(privileged?.profile.name)).not.toContain(left.privileged);
    expect(membersOf(privileged?.profile.name).length).toBeGreaterThan(0);
    expect(membersOf(ordinary?.profile.name)).toContain(left.ordinary);
    const stale = await deps.store
      .selectFrom('change')
      .select(['kind', 'person_id', 'group_id'])
      .where('outcome', '=', 'stale')
      .execute();
    expect(stale).toEqual([{ kind: 'add-member', person_id: left.privileged, group_id: privileged?.id }]);
    expect(sandbox.okta.requests.since().some(({ path }) => path.includes(`/users/${left.privileged}`))).toBe(true);
  } finally {
    await stop();
  }
}, 60_000);

async function planned(deps: Dependencies, run: <T>(activity: () => Promise<T>) => Promise<T>): Promise<string> {
  const { observeSource, observeTarget, planTarget } = createActivities(deps);
  const [planId, target] = [randomUUID(), 'cloud'];
  await run(() => observeSource());
  await run(() => observeTarget({ target }));
  await run(() => planTarget({ planId, runId: randomUUID(), target, kind: 'run' }));
  return planId;
}

function withPrivileged(deps: Dependencies, pattern: string): Dependencies {
  const targets = [...deps.targets].map(([name, connected]) => {
    const settings = { ...connected.settings, privilegedGroups: { ids: [], patterns: [pattern] } };
    return [name, { ...connected, settings }] as const;
  });
  return { ...deps, targets: new Map(targets) };
}

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});
