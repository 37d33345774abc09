/** How many offboardings of a day go without confirmation: by the database's clock, whoever orders at the same time. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Limit } from '../../domain/guard.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import type { CommandAnswer, OffboardingCommand, OktaAction } from '../../domain/offboarding.ts';
import { connectStore } from '../../store/connect.ts';
import { databaseNow } from '../../store/database-clock.ts';
import { openOffboarding } from '../../store/offboarding-requests.ts';
import { takeCommand, takeEffectIfDue } from '../../store/offboardings.ts';
import type { Database } from '../../store/schema.ts';
import { userId } from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';
import { injectClock, type StoreClock } from '../support/store-clock.ts';

let database: FreshDatabase;
let store: Kysely<Database>;
let clock: StoreClock;
let clockmaker: Kysely<Database>;
beforeAll(async () => {
  database = await freshDatabase();
  clockmaker = connectStore({ url: database.url, poolSize: 1 });
  clock = await injectClock(clockmaker);
  store = connectStore({ url: database.url, poolSize: 12 });
});
afterAll(async () => {
  await store.destroy();
  await clockmaker.destroy();
  await database.drop();
});
beforeEach(() =>
  sql`truncate offboarding, offboarding_command, offboarding_step, subject, okta_user cascade`
    .execute(store)
    .then(() => {}),
);

const person = (number: number): OktaUserId => userId(`00u${String(number).padStart(17, '0')}`);
const three: Limit = { percent: 0, atLeast: 3, atMost: 3 };
const past = new Date('2026-01-01T00:00:00Z');
const future = new Date('2099-01-01T00:00:00Z');

type Order = Partial<OffboardingCommand> & Pick<OffboardingCommand, 'kind'>;
interface Given {
  readonly limit?: Limit;
  readonly at?: Date;
  readonly okta?: OktaAction;
}
const take = (
  who: number,
  order: Order,
  { limit = three, at = past, okta = 'suspend' }: Given = {},
): Promise<CommandAnswer> => {
  const command = { id: randomUUID(), reason: 'HR-1', receivedAt: past.toISOString(), ...order } as OffboardingCommand;
  const make = { id: randomUUID(), okta, effective: { at }, limit };
  return takeCommand(store, person(who), command, make, []);
};
const request = { kind: 'request' } as const;
const byOperator = { kind: 'request', orderedBy: 'operator' } as const;
const stateOf = async (who: number) => (await openOffboarding(store, person(who)))?.state;
const effectOf = async (who: number) => (await takeEffectIfDue(store, person(who), []))?.state;
const seqOf = async (who: number) => Number((await openOffboarding(store, person(who)))?.seq);
const isHeld = async (who: number) =>
  (await store.selectFrom('subject').select('hold').where('person_id', '=', person(who)).executeTakeFirst())?.hold ===
  'offboarding';

async function takeAll(from: number, to: number, order: Order = request, given: Given = {}): Promise<CommandAnswer[]> {
  const answers: CommandAnswer[] = [];
  for (let who = from; who <= to; who += 1) answers.push(await take(who, order, given));
  return answers;
}

describe('an order above the limit', () => {
  it('is taken, and nothing comes of it however long its time has passed', async () => {
    expect(await takeAll(1, 4)).toEqual(['accepted', 'accepted', 'accepted', 'above-limit']);
    expect([await effectOf(3), await effectOf(4)]).toEqual(['in-effect', 'unconfirmed']);
    expect([await isHeld(3), await isHeld(4)]).toEqual([true, false]);
  });

  it('is one too many by no race: of thirty at once exactly three go', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, (_, who) => take(who + 1, request)));
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(3);
    expect(answers.filter((answer) => answer === 'above-limit')).toHaveLength(27);
    const rows = await store
      .selectFrom('offboarding')
      .select('counted_at')
      .where('counted_at', 'is not', null)
      .execute();
    expect(rows).toHaveLength(3);
  });

  it('does not take effect by itself when the day is over', async () => {
    await takeAll(1, 4);
    await clock.advance('25 hours');
    expect(await effectOf(4)).toBe('unconfirmed');
    expect(await take(4, request)).toBe('above-limit');
  });

  it('is withdrawn and ended as any other', async () => {
    await takeAll(1, 5);
    expect(await take(4, { kind: 'cancel' })).toBe('accepted');
    expect(await take(5, { kind: 'release' })).toBe('accepted');
    expect([await effectOf(4), await effectOf(5)]).toEqual([undefined, undefined]);
  });

  it('stands in the audit log as one that waits', async () => {
    await takeAll(1, 4);
    const entries = await store
      .selectFrom('audit')
      .select(['kind', 'outcome', 'detail'])
      .where('person_id', '=', person(4))
      .orderBy('id')
      .execute();
    expect(entries.at(-1)).toEqual({ kind: 'offboard', outcome: 'waiting', detail: 'above-limit' });
  });

  it('takes a new time and more at Okta from a later order, and waits on', async () => {
    await takeAll(1, 4);
    expect(await take(4, request, { at: future })).toBe('above-limit');
    expect(await openOffboarding(store, person(4))).toMatchObject({ state: 'unconfirmed', effective_at: future });
  });
});

describe('the day', () => {
  it('rolls: a place is free again 24 hours after it was taken', async () => {
    await takeAll(1, 2);
    await clock.advance('20 hours');
    await take(3, request);
    await clock.advance('4 hours 1 second');
    expect(await takeAll(4, 6)).toEqual(['accepted', 'accepted', 'above-limit']);
    await clock.advance('20 hours');
    expect(await take(7, request)).toBe('accepted');
  });

  it('counts when it was ordered, not when it takes effect', async () => {
    await takeAll(1, 3, request, { at: future });
    expect(await take(4, request, { at: future })).toBe('above-limit');
    await clock.advance('25 hours');
    expect(await take(5, request)).toBe('accepted');
  });

  it('counts people: who is withdrawn gives no place back, and who is ordered again needs none', async () => {
    await takeAll(1, 3);
    await take(3, { kind: 'cancel' });
    expect(await take(4, request)).toBe('above-limit');
    expect(await take(3, request)).toBe('accepted');
    expect(await take(1, { kind: 'release' })).toBe('accepted');
    expect(await take(1, request)).toBe('accepted');
  });
});

describe('the share', () => {
  const limit: Limit = { percent: 5, atLeast: 1, atMost: 4 };
  const addPeople = (count: number, status: string, more = '') =>
    sql`
      insert into okta_user (id, status, is_transitioning, login, email, profile, last_updated, snapshot, is_missing)
      select '00u' || left(md5(${status} || n), 17), ${status}, false, n || ${status}, n || ${status}, '{}',
        '2026-01-01T00:00:00Z', 0, ${more === 'missing'}
      from generate_series(1, ${count}) as n`.execute(store);

  it('is of the people whom Okta lets in as it was read last, with a floor and a ceiling', async () => {
    expect(await takeAll(1, 2, request, { limit })).toEqual(['accepted', 'above-limit']);
    await addPeople(50, 'ACTIVE');
    await addPeople(9, 'LOCKED_OUT');
    await addPeople(500, 'DEPROVISIONED');
    await addPeople(100, 'RECOVERY', 'missing');
    // 5 percent of 59.
    expect(await take(3, request, { limit })).toBe('accepted');
    expect(await take(4, request, { limit })).toBe('above-limit');
    await addPeople(1, 'PROVISIONED');
    expect(await takeAll(5, 6, request, { limit })).toEqual(['accepted', 'above-limit']);
    await addPeople(1_000, 'PASSWORD_EXPIRED');
    expect(await takeAll(7, 8, request, { limit })).toEqual(['accepted', 'above-limit']);
  });

  it('may be nothing: then every order is to be confirmed', async () => {
    await addPeople(10, 'ACTIVE');
    expect(await take(1, request, { limit: { percent: 0, atLeast: 0, atMost: 0 } })).toBe('above-limit');
  });
});

describe('an operator', () => {
  it('confirms by ordering, beside the limit and within it', async () => {
    expect(await takeAll(1, 5, byOperator)).toEqual(Array(5).fill('accepted'));
    expect(await takeAll(6, 9)).toEqual(['accepted', 'accepted', 'accepted', 'above-limit']);
    expect(await take(9, byOperator)).toBe('accepted');
    expect(await effectOf(9)).toBe('in-effect');
  });

  it('confirms what waits: then it takes effect at once where its time has passed, else when it comes', async () => {
    await takeAll(1, 4);
    await take(5, request, { at: future });
    expect(await take(4, { kind: 'confirm', seq: await seqOf(4) })).toBe('accepted');
    expect(await take(5, { kind: 'confirm', seq: await seqOf(5) })).toBe('accepted');
    expect([await effectOf(4), await effectOf(5)]).toEqual(['in-effect', 'scheduled']);
    const kinds = await store
      .selectFrom('audit')
      .select(['kind', 'outcome'])
      .where('person_id', '=', person(4))
      .orderBy('id')
      .execute();
    expect(kinds.at(-1)).toEqual({ kind: 'confirm-offboarding', outcome: 'applied' });
  });

  it('takes no place of the day by confirming', async () => {
    await takeAll(1, 4);
    await take(4, { kind: 'confirm', seq: 1 });
    await clock.advance('25 hours');
    expect(await takeAll(5, 8)).toEqual(['accepted', 'accepted', 'accepted', 'above-limit']);
  });

  it('confirms the order that was seen and no later one', async () => {
    await takeAll(1, 4);
    const seen = await seqOf(4);
    await take(4, request, { at: future });
    expect(await take(4, { kind: 'confirm', seq: seen })).toBe('outdated');
    expect(await stateOf(4)).toBe('unconfirmed');
  });

  it("has no number of HR's by confirming, so what HR orders next counts", async () => {
    await takeAll(1, 3);
    await take(4, { ...request, seq: 3 });
    await take(4, { kind: 'confirm', seq: 3 });
    expect(await take(4, { kind: 'cancel', seq: 4 })).toBe('accepted');
    expect(await take(4, { kind: 'confirm', seq: 99 })).toBe('nothing-to-confirm');
    expect(await take(4, { ...request, seq: 5 })).toBe('above-limit');
  });

  it('confirms twice, what was withdrawn, or what is in effect, and nothing comes of it', async () => {
    await takeAll(1, 4);
    const once = { kind: 'confirm', seq: 1, id: 'once' } as const;
    expect([await take(4, once), await take(4, once)]).toEqual(['accepted', 'repeated']);
    expect(await take(4, { kind: 'confirm', seq: 1 })).toBe('nothing-to-confirm');
    await take(4, { kind: 'cancel' });
    expect(await take(4, { kind: 'confirm', seq: 1 })).toBe('nothing-to-confirm');
    expect(await take(9, { kind: 'confirm', seq: 1 })).toBe('nothing-to-confirm');
    expect(await stateOf(9)).toBeUndefined();
  });
});

describe('a later order that asks for more than one that was confirmed', () => {
  const none: Limit = { percent: 0, atLeast: 0, atMost: 0 };
  const more: Given = { limit: none, at: future, okta: 'deactivate' };
  const stands = async (who: number) => openOffboarding(store, person(who));
  const rowsOf = (who: number) =>
    store
      .selectFrom('offboarding')
      .select(['state', 'okta', 'effective_at'])
      .where('person_id', '=', person(who))
      .orderBy('seq')
      .execute();
  const scheduled = { state: 'scheduled', okta: 'suspend', effective_at: future };

  it('waits, and what was confirmed stays in force: of an operator, and of HR', async () => {
    await take(1, byOperator, { limit: none, at: future });
    await take(2, request, { limit: none, at: future });
    await take(2, { kind: 'confirm', seq: 1 });
    for (const who of [1, 2]) {
      expect(await take(who, request, { limit: none })).toBe('above-limit');
      expect(await effectOf(who)).toBe('scheduled');
      expect(await rowsOf(who)).toEqual([scheduled, { state: 'unconfirmed', okta: 'suspend', effective_at: past }]);
      expect(await take(who, request, more)).toBe('above-limit');
      expect(await rowsOf(who)).toEqual([scheduled, { ...scheduled, state: 'unconfirmed', okta: 'deactivate' }]);
    }
  });

  it('takes effect as it was confirmed before if nobody confirms it, and what is moot by then waits no more', async () => {
    const soon = new Date((await nowOf()) + 3_600_000);
    for (const who of [1, 2]) await take(who, byOperator, { at: soon });
    await take(1, request, { limit: none });
    await take(2, request, { limit: none, okta: 'deactivate' });
    await clock.advance('2 hours');
    expect([await effectOf(1), await effectOf(2)]).toEqual(['in-effect', 'in-effect']);
    expect(await rowsOf(1)).toMatchObject([{ state: 'in-effect', okta: 'suspend' }]);
    expect(await rowsOf(2)).toMatchObject([
      { state: 'in-effect', okta: 'suspend' },
      { state: 'unconfirmed', okta: 'deactivate' },
    ]);
  });

  it('of somebody who is suspended waits, and leaves them held', async () => {
    await take(1, byOperator);
    await effectOf(1);
    expect(await take(1, request, { limit: none })).toBe('accepted');
    expect(await take(1, request, { limit: none, okta: 'deactivate' })).toBe('above-limit');
    expect(await effectOf(1)).toBe('in-effect');
    expect(await isHeld(1)).toBe(true);
    expect(await stands(1)).toMatchObject({ okta: 'suspend' });
    expect(await take(1, { kind: 'confirm', seq: 3 })).toBe('accepted');
    expect(await rowsOf(1)).toMatchObject([{ state: 'in-effect', okta: 'deactivate' }]);
  });

  it('is confirmed in place of what stood', async () => {
    await take(1, byOperator, { at: future });
    await take(1, request, { limit: none });
    expect(await take(1, { kind: 'confirm', seq: 1 })).toBe('outdated');
    expect(await take(1, { kind: 'confirm', seq: 2 })).toBe('accepted');
    expect(await rowsOf(1)).toEqual([{ state: 'scheduled', okta: 'suspend', effective_at: past }]);
    expect(await effectOf(1)).toBe('in-effect');
  });

  it('is put aside by a later one that asks for no more, and by an operator who orders anew', async () => {
    for (const who of [1, 2]) {
      await take(who, byOperator, { at: future });
      await take(who, request, { limit: none });
    }
    const later = new Date('2099-02-01T00:00:00Z');
    expect(await take(1, request, { limit: none, at: later })).toBe('accepted');
    expect(await take(2, byOperator, { limit: none, at: later })).toBe('accepted');
    for (const who of [1, 2]) expect(await rowsOf(who)).toEqual([{ ...scheduled, effective_at: later }]);
  });

  it('is withdrawn with what stood', async () => {
    await take(1, byOperator, { at: future });
    await take(1, request, { limit: none });
    expect(await take(1, { kind: 'cancel' })).toBe('accepted');
    expect(await rowsOf(1)).toEqual([{ ...scheduled, state: 'cancelled' }]);
    expect(await take(1, { kind: 'confirm', seq: 2 })).toBe('nothing-to-confirm');
  });

  it('goes where a place is free, and takes it', async () => {
    for (const who of [1, 2, 3, 4]) await take(who, byOperator, { at: future });
    const answers: CommandAnswer[] = [];
    for (const who of [1, 2, 3, 4]) answers.push(await take(who, request));
    expect(answers).toEqual(['accepted', 'accepted', 'accepted', 'above-limit']);
  });

  it('needs no further place on the day that the order took one, but does after it', async () => {
    await takeAll(1, 3, request, { at: future });
    expect(await take(1, request, { limit: none })).toBe('accepted');
    await clock.advance('25 hours');
    expect(await take(2, request, { limit: none })).toBe('above-limit');
    expect(await take(3, request)).toBe('accepted');
  });

  it('takes nothing from anybody earlier, nor more, than an operator ordered, whatever HR orders after it', async () => {
    const hour = 3_600_000;
    const ordered = fc.array(
      fc.record({ hours: fc.integer({ min: -3, max: 9 }), okta: fc.constantFrom<OktaAction>('suspend', 'deactivate') }),
      { minLength: 1, maxLength: 5 },
    );
    const start = await nowOf();
    let who = 100;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), ordered, async (hours, orders) => {
        who += 1;
        const confirmed = new Date(start + hours * hour);
        await take(who, byOperator, { limit: none, at: confirmed });
        for (const { hours: later, okta } of orders) {
          await take(who, request, { limit: none, at: new Date(start + later * hour), okta });
          const row = await takeEffectIfDue(store, person(who), []);
          expect(row).toMatchObject({ state: 'scheduled', okta: 'suspend' });
          expect(row?.effective_at.getTime()).toBeGreaterThanOrEqual(confirmed.getTime());
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is none where the time had passed already', async () => {
    await take(1, byOperator);
    expect(await take(1, request, { limit: none, at: new Date('2020-01-01T00:00:00Z') })).toBe('accepted');
  });
});

const nowOf = async (): Promise<number> => (await databaseNow(store)).getTime();
