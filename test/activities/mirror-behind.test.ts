/** Somebody of whom the mirror knows less than Okta says: a list that lags was saved after they had been read alone. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observePerson } from '../../activities/observe-person.ts';
import { beginRun } from '../../activities/report.ts';
import { syncPersonAtTarget } from '../../activities/sync-person.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import { savePeople } from '../../store/okta-mirror.ts';
import { mirroredPerson } from '../../store/reading-people.ts';
import { beginSnapshot, oktaSide } from '../../store/snapshots.ts';
import { type InProcess, startInProcess } from './in-process.ts';

const target = 'cloud';
let lab: InProcess;
beforeAll(async () => {
  lab = await startInProcess({ people: 40, groups: 4, seed: 38 });
  await lab.sync();
}, 60_000);
afterAll(() => lab?.stop());

async function syncAlone(person: OktaUserId) {
  const runId = randomUUID();
  await lab.run(() => beginRun(lab.deps, { runId, kind: 'person', covers: [] }));
  return lab.run(() => syncPersonAtTarget(lab.deps, { runId, planId: randomUUID(), target, person }));
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
