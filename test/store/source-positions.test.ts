import { beforeEach, expect, it } from 'vitest';
import { lastDelta, logPosition, moveLogPosition, noteDelta } from '../../store/source-positions.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
beforeEach(() => store().deleteFrom('source_position').execute());

it('moves on from where one began', async () => {
  expect(await logPosition(store())).toBeUndefined();
  await moveLogPosition(store(), undefined, 'first');
  const first = await logPosition(store());
  expect(first?.cursor).toBe('first');
  await moveLogPosition(store(), first, 'second');
  expect((await logPosition(store()))?.cursor).toBe('second');
});

it('keeps the place of somebody else who moved meanwhile', async () => {
  await moveLogPosition(store(), undefined, 'first');
  const first = await logPosition(store());
  await moveLogPosition(store(), first, 'second');
  await moveLogPosition(store(), first, 'late');
  await moveLogPosition(store(), undefined, 'late');
  await moveLogPosition(store(), first, undefined);
  expect((await logPosition(store()))?.cursor).toBe('second');
});

it('forgets a position that is taken no more', async () => {
  await moveLogPosition(store(), undefined, 'first');
  await moveLogPosition(store(), await logPosition(store()), undefined);
  expect(await logPosition(store())).toBeUndefined();
});

it('keeps the latest beginning of a reading of what changed', async () => {
  expect(await lastDelta(store())).toBeUndefined();
  const [early, late] = [new Date('2026-11-26T10:00:00.500Z'), new Date('2026-11-26T10:00:01Z')];
  await noteDelta(store(), late);
  await noteDelta(store(), early);
  expect(await lastDelta(store())).toEqual(late);
});
