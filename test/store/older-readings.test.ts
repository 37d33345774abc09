/** Of two answers in the same reading of Okta, the one with the newer state of a person is kept, whichever is saved last. */
import { expect, it } from 'vitest';
import { markDeleted, markMissing, savePeople, unseenOf } from '../../store/okta-mirror.ts';
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

it('an answer that was asked for before this reading began, and came after, does not set it back', async () => {
  const earlier = await beginSnapshot(store(), oktaSide);
  const snapshot = await beginSnapshot(store(), oktaSide);
  await savePeople(store(), snapshot, [after]);
  await savePeople(store(), earlier, [before]);
  expect(await inMirror()).toMatchObject(after);
  await savePeople(store(), earlier, [after]);
  expect(await unseenOf(store(), snapshot, [after.id])).toEqual([]);
});

it('whoever was found deleted stays so until the next reading', async () => {
  await savePeople(store(), await beginSnapshot(store(), oktaSide), [before]);
  const snapshot = await beginSnapshot(store(), oktaSide);
  expect([await markMissing(store(), before.id), await markDeleted(store(), before.id)]).toEqual([true, true]);
  expect([await markMissing(store(), before.id), await markDeleted(store(), before.id)]).toEqual([false, false]);
  await savePeople(store(), snapshot, [before]);
  expect(await mirroredPerson(store(), before.id)).toMatchObject({ isMissing: true, isDeleted: true });
  await savePeople(store(), await beginSnapshot(store(), oktaSide), [before]);
  expect(await mirroredPerson(store(), before.id)).toMatchObject({ isMissing: false, isDeleted: false });
});
