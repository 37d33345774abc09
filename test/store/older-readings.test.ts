/** Of two answers in the same reading of Okta, the one with the newer state of a person is kept, whichever is saved last. */
import { expect, it } from 'vitest';
import { savePeople } from '../../store/okta-mirror.ts';
import { mirroredPerson } from '../../store/reading-people.ts';
import { beginSnapshot, oktaSide } from '../../store/snapshots.ts';
import { aPerson } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
const before = aPerson({ status: 'ACTIVE', email: 'ada@old.example', lastUpdated: '2026-01-01T09:59:59.999Z' });
const after = aPerson({ status: 'SUSPENDED', email: 'ada@new.example', lastUpdated: '2026-01-01T10:00:00.000Z' });
const inMirror = async () => (await mirroredPerson(store(), after.id))?.person;

it('a page that was asked for before one person was read alone does not set that person back', async () => {
  const snapshot = await beginSnapshot(store(), oktaSide);
  await savePeople(store(), snapshot, [after]);
  await savePeople(store(), snapshot, [before]);
  expect(await inMirror()).toMatchObject(after);
});

it('where Okta tells no later instant, what is saved last counts', async () => {
  const snapshot = await beginSnapshot(store(), oktaSide);
  await savePeople(store(), snapshot, [after]);
  const other = { ...before, lastUpdated: after.lastUpdated };
  await savePeople(store(), snapshot, [other]);
  expect(await inMirror()).toMatchObject(other);
});

it('what the next reading shows counts, so that clocks that disagree at Okta mislead one reading at most', async () => {
  await savePeople(store(), await beginSnapshot(store(), oktaSide), [after]);
  await savePeople(store(), await beginSnapshot(store(), oktaSide), [before]);
  expect(await inMirror()).toMatchObject(before);
});
