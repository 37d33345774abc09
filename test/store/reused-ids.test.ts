/** Orders whose id was used before: the same again counts once, another order is not lost, and what nobody can tell is told. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OffboardingCommand } from '../../domain/offboarding.ts';
import { openOffboarding } from '../../store/offboarding-requests.ts';
import { takeCommand, takeEffectIfDue } from '../../store/offboardings.ts';
import { ordersNotTaken } from '../../store/reading-offboardings.ts';
import { alice, bob } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
let id = '';
beforeEach(async () => {
  id = randomUUID();
  for (const table of ['offboarding', 'offboarding_command', 'subject', 'changed_person'] as const)
    await store().deleteFrom(table).execute();
});

const future = new Date('2099-01-01T00:00:00Z');
const later = new Date('2099-02-01T00:00:00Z');
let minute = 0;
/** Each try is received at a time of its own. */
function order(kind: 'request' | 'cancel' | 'release', more: object = {}): OffboardingCommand {
  minute += 1;
  const receivedAt = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const effective = kind === 'request' ? { effective: { at: future.toISOString() } } : {};
  return { id, kind, reason: 'HR-1', receivedAt, ...effective, ...more } as OffboardingCommand;
}
const again = (one: OffboardingCommand): OffboardingCommand => ({ ...one, receivedAt: order('cancel').receivedAt });
function take(one: OffboardingCommand, person = alice) {
  const at = one.kind === 'request' && one.effective && 'at' in one.effective ? new Date(one.effective.at) : future;
  return takeCommand(store(), person, one, { id: randomUUID(), okta: 'suspend', effective: { at } }, []);
}
const commands = () =>
  store().selectFrom('offboarding_command').select(['kind', 'seq', 'answer']).orderBy('taken_at').execute();
const unclear = async () => {
  const rows = await store().selectFrom('offboarding').select('id').execute();
  return [
    ...(
      await ordersNotTaken(
        store(),
        rows.map((row) => row.id),
      )
    ).values(),
  ].map(({ command }) => command);
};

describe('an id that comes again', () => {
  it('with the same order counts once', async () => {
    const one = order('request');
    expect([await take(one), await take(one), await take(again(one))]).toEqual(['accepted', 'repeated', 'repeated']);
  });

  it('with a cancellation withdraws what was ordered under it, and that sent again does not bring it back', async () => {
    const [offboard, cancel] = [order('request'), order('cancel')];
    expect([await take(offboard), await take(cancel)]).toEqual(['accepted', 'accepted']);
    expect(await openOffboarding(store(), alice)).toBeUndefined();
    expect(await take(again(cancel))).toBe('repeated');
    expect(await commands()).toMatchObject([
      { kind: 'request', seq: '1' },
      { kind: 'cancel', seq: '2' },
    ]);
  });

  it('with another time puts that in place of the first', async () => {
    await take(order('request'));
    expect(await take(order('request', { effective: { at: later.toISOString() } }))).toBe('accepted');
    expect(await openOffboarding(store(), alice)).toMatchObject({ effective_at: later });
  });

  it('with another number is judged by that number', async () => {
    await take(order('cancel', { seq: 5 }));
    expect(await take(order('request', { seq: 4 }))).toBe('outdated');
    expect(await take(order('request', { seq: 6 }))).toBe('accepted');
  });

  it('for somebody else is about somebody else', async () => {
    await take(order('request'));
    expect(await take(order('request'), bob)).toBe('accepted');
  });

  it('leaves an entry in the audit log for each order, in a chain of its own', async () => {
    for (const one of [order('request'), order('request', { effective: { at: later.toISOString() } })]) await take(one);
    const rows = await store()
      .selectFrom('audit')
      .select(['run_id', 'position', 'detail'])
      .where('person_id', '=', alice)
      .where('run_id', 'like', `${alice}/${id}%`)
      .orderBy('id')
      .execute();
    expect(rows).toEqual([
      { run_id: `${alice}/${id}`, position: 1, detail: 'accepted' },
      { run_id: `${alice}/${id}/2`, position: 1, detail: 'accepted' },
    ]);
  });
});

describe('an order that comes again after others under its id', () => {
  const offboardCancelOffboard = async () => {
    const offboard = order('request');
    await take(offboard);
    await take(order('cancel'));
    return offboard;
  };

  it('may be an old one or one anew: it is not taken, and is for somebody to look at', async () => {
    const offboard = await offboardCancelOffboard();
    expect(await unclear()).toEqual([]);
    const third = again(offboard);
    expect([await take(third), await take(third)]).toEqual(['unclear', 'repeated']);
    expect(await openOffboarding(store(), alice)).toBeUndefined();
    expect(await commands()).toMatchObject([{}, {}, { kind: 'request', seq: '1', answer: 'unclear' }]);
    expect(await unclear()).toEqual([id]);
  });

  it('is settled by any order that is taken after it', async () => {
    await take(again(await offboardCancelOffboard()));
    expect(await take({ ...order('cancel'), id: randomUUID() })).toBe('nothing-to-end');
    expect(await unclear()).toEqual([]);
  });

  it('is told of with the newest offboarding of the person only', async () => {
    await offboardCancelOffboard();
    const second = order('request', { reason: 'HR-2' });
    await take(second);
    await take(order('cancel', { reason: 'HR-2' }));
    await take(again(second));
    const [, newest] = await store().selectFrom('offboarding').select('id').orderBy('seq').execute();
    const ids = (await store().selectFrom('offboarding').select('id').execute()).map((row) => row.id);
    expect([...(await ordersNotTaken(store(), ids))]).toEqual([[newest?.id, { command: id, answer: 'unclear' }]]);
  });

  it('is no question where the sender numbers its orders', async () => {
    const offboard = order('request', { seq: 1 });
    await take(offboard);
    await take(order('cancel', { seq: 2 }));
    expect(await take(again(offboard))).toBe('repeated');
  });

  it('is no question where the others had ids of their own', async () => {
    const offboard = order('request');
    await take(offboard);
    await take({ ...order('cancel'), id: randomUUID() });
    expect(await take(again(offboard))).toBe('repeated');
  });

  it('is no question where the worker only takes the same signals once more', async () => {
    const signals = [order('request'), order('cancel')];
    for (const one of signals) await take(one);
    for (const one of signals) expect(await take(one)).toBe('repeated');
  });

  it('is no question where nothing hangs on it', async () => {
    const cancel = order('cancel');
    await take(order('request'));
    await take(cancel);
    await take(order('release'));
    expect(await take(again(cancel))).toBe('repeated');
    const effective = { at: '2026-01-01T00:00:00Z' };
    const offboard = order('request', { effective });
    await take(offboard);
    await take(order('request', { effective, reason: 'HR-2' }));
    await takeEffectIfDue(store(), alice, []);
    expect(await take(again(offboard))).toBe('repeated');
  });
});

it('what an earlier build recorded of an id is known by its kind', async () => {
  await take(order('request'));
  await store().updateTable('offboarding_command').set({ wording: null, received_at: null }).execute();
  expect(await take(order('request', { effective: { at: later.toISOString() } }))).toBe('repeated');
  expect(await take(order('cancel'))).toBe('accepted');
});
