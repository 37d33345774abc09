/** Somebody of whom the mirror knows less than Okta or the target says: what was read of them before does not hold. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observePerson } from '../../activities/observe-person.ts';
import { offboardAtTarget } from '../../activities/offboard-at-target.ts';
import { beginRun } from '../../activities/report.ts';
import { syncPersonAtTarget } from '../../activities/sync-person.ts';
import type { AccountId, OktaUserId } from '../../domain/ids.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { savePeople } from '../../store/okta-mirror.ts';
import { mirroredPerson } from '../../store/reading-people.ts';
import { beginSnapshot, oktaSide } from '../../store/snapshots.ts';
import { offboarded } from '../support/offboarding-order.ts';
import { type InProcess, startInProcess } from './in-process.ts';

const target = 'cloud';
let lab: InProcess;
beforeAll(async () => {
  lab = await startInProcess({ people: 40, groups: 4, seed: 38 });
  await lab.sync();
}, 60_000);
afterAll(() => lab?.stop());

/** A round, as the person's workflow has it. */
async function syncAlone(person: OktaUserId, runId: string = randomUUID()) {
  await lab.run(() => beginRun(lab.deps, { runId, kind: 'person', covers: [] }));
  return lab.run(() => syncPersonAtTarget(lab.deps, { runId, planId: randomUUID(), target, person }));
}

/** A group other than the one that scope goes by, and somebody active in it. */
function membershipOf() {
  const { users, groups } = lab.directory();
  const okta = (lab.sandbox.okta.vendor.dump() as SavedOrg).groups;
  for (const { id, displayName, members } of groups) {
    const member = users.find((user) => user.document['active'] === true && members.includes(user.id));
    const group = okta.find(({ profile }) => profile.name === displayName);
    if (!member || !group || displayName === 'atlassian-users') continue;
    return [{ target: id, okta: group.id }, member.document['externalId'] as OktaUserId] as const;
  }
  throw new Error('nobody is in any group');
}

const accountOf = (person: OktaUserId) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;

it('what does not follow from what Okta says is read again before it is planned again', async () => {
  const { store } = lab.deps;
  const person = lab.directory().users.find(({ document }) => document['active'] === true)?.document[
    'externalId'
  ] as OktaUserId;
  const before = (await mirroredPerson(store, person))?.person;
  if (!before) throw new Error(`${person} is not known`);
  await lab.okta.lifecycle(person, 'deactivate');
  await lab.run(() => observePerson(lab.deps, { person }));
  expect(await syncAlone(person)).toMatchObject({ state: 'in-step' });
  expect(accountOf(person)).toMatchObject({ active: false });

  await savePeople(store, await beginSnapshot(store, oktaSide), [before]);
  expect(await syncAlone(person)).toMatchObject({ state: 'in-step' });
  expect(accountOf(person)).toMatchObject({ active: false });
  expect((await mirroredPerson(store, person))?.person).toMatchObject({ status: 'DEPROVISIONED' });
});

it('what does not hold although nothing is otherwise ends the round, and the next one plans anew', async () => {
  const { store } = lab.deps;
  const [group, person] = membershipOf();
  await lab.okta.leave(group.okta, person);
  await lab.run(() => observePerson(lab.deps, { person }));
  // Out of sight: that somebody is not in it any more is not proven, time and again.
  lab.sandbox.okta.faults.set([
    { id: 'hidden', match: { path: `/api/v1/groups/${group.okta}$` }, action: { status: 404 } },
  ]);
  const runId = randomUUID();
  try {
    await expect(syncAlone(person, runId)).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('does not follow from what is found'),
    });
  } finally {
    lab.sandbox.okta.faults.clear();
  }
  expect(await store.selectFrom('plan').select('id').where('run_id', '=', runId).execute()).toHaveLength(2);
  expect(await syncAlone(person)).toMatchObject({ state: 'in-step', outcomes: { applied: 1 } });
  expect(lab.directory().groups.find(({ id }) => id === group.target)?.members).not.toContain(
    lab.directory().users.find(({ document }) => document['externalId'] === person)?.id,
  );
});

it('by order of HR the account is read again, and is protected by now', async () => {
  const [, person] = membershipOf();
  const connected = lab.deps.targets.get(target);
  const account = lab.directory().users.find(({ document }) => document['externalId'] === person)?.id as AccountId;
  if (!connected) throw new Error('the target is not connected');
  await connected.directory.updateAccount(account, { attributes: { userName: 'break-glass@example.com' } });
  const protectedPeople = { oktaIds: [], patterns: ['break-glass@example.com'] };
  const settings = { ...connected.settings, protectedPeople };
  const deps = { ...lab.deps, targets: new Map([[target, { ...connected, settings }]]) };
  const offboardingId = await offboarded(lab.deps.store, person, { targets: [target] });
  expect(await lab.run(() => offboardAtTarget(deps, { offboardingId, planId: randomUUID(), target, person }))).toEqual({
    state: 'done',
  });
  expect(accountOf(person)).toMatchObject({ active: true });
});
