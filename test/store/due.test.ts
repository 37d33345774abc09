/** The schedule of parked changes. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectStore, type Store } from '../../store/connect.ts';
import {
  type DueRow,
  listParked,
  markDue,
  noteAsked,
  retryNow,
  settleParked,
  stopNotDue,
  targetsWithDueWork,
} from '../../store/due.ts';
import { unsentNotices } from '../../store/notices.ts';
import { pauseTarget, resumeTarget } from '../../store/target-state.ts';
import { accountId, alice, bob, engineers } from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';
import { type StoredChange, storePlan } from '../support/stored-plan.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 4 });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});
beforeEach(async () => {
  await sql`truncate due, plan, change, approval, changed_person, target_state, notice, okta_group cascade`.execute(
    store,
  );
});

const create: StoredChange = { kind: 'create-account', person_id: alice };
const add: StoredChange = { kind: 'add-member', person_id: alice, group_id: engineers };
const deactivate: StoredChange = { kind: 'deactivate-account', person_id: bob, account_id: accountId('a-bob') };
const parked = (change: StoredChange, more: Partial<StoredChange> = {}): StoredChange => ({
  ...change,
  outcome: 'parked',
  detail: 'Rejected:invalidValue',
  vendor_request_id: 'v-1',
  ...more,
});

const whole = { isWhole: true };
/** A plan in which these changes were parked, at its end. */
async function settled(changes: readonly StoredChange[], options: Parameters<typeof settleParked>[2] = whole) {
  const id = await storePlan(store, changes);
  await settleParked(store, id, options);
  return id;
}
const rows = (): Promise<DueRow[]> => listParked(store, { limit: 100 });
const hoursUntil = ({ due_at }: DueRow): number => (due_at.getTime() - Date.now()) / 3_600_000;
const changesOf = (planId: string) =>
  store.selectFrom('change').selectAll().where('plan_id', '=', planId).orderBy('seq').execute();
const passes = (hours: number) =>
  sql`update due set due_at = due_at - make_interval(hours => ${hours}),
    last_at = last_at - make_interval(hours => ${hours})`.execute(store);

describe('what a run parked', () => {
  it('is tried again after 6, 12 and 24 hours, then daily, and keeps since when', async () => {
    const waits: number[] = [];
    let firstAt: Date | undefined;
    for (let tries = 1; tries <= 5; tries += 1) {
      await settled([parked(create, { vendor_request_id: `v-${tries}` })]);
      const [row] = await rows();
      expect(row).toMatchObject({ tries, vendor_request_id: `v-${tries}`, detail: 'Rejected:invalidValue' });
      firstAt ??= row?.first_at;
      expect(row?.first_at).toEqual(firstAt);
      waits.push(Math.round(row ? hoursUntil(row) : 0));
    }
    expect(waits).toEqual([6, 12, 24, 24, 24]);
  });

  it('counts once when the end of a run is recorded twice', async () => {
    const id = await settled([parked(create)]);
    await settleParked(store, id, whole);
    expect(await rows()).toMatchObject([{ tries: 1 }]);
  });

  it('counts once per run, though both plans of the run parked it and their end is recorded twice', async () => {
    await settled([parked(create)]);
    const runId = randomUUID();
    const first = await storePlan(store, [parked(create), parked(deactivate)], { runId });
    const again = await storePlan(store, [parked(create, { vendor_request_id: 'v-2' })], { runId });
    for (const planId of [first, again, first, again]) await settleParked(store, planId, { isWhole: false });
    expect((await rows()).map(({ change_kind, tries, plan_id }) => [change_kind, tries, plan_id])).toEqual([
      ['deactivate-account', 1, first],
      ['create-account', 2, again],
    ]);
    expect(await rows()).toMatchObject([{}, { vendor_request_id: 'v-2' }]);
  });

  it('keeps its schedule when it was only held this time', async () => {
    await settled([parked(create)]);
    const held = await storePlan(store, [create]);
    await stopNotDue(store, held);
    await settleParked(store, held, whole);
    expect(await rows()).toMatchObject([{ tries: 1 }]);
  });

  it('is off the schedule once it was applied, or was so already, by a restricted run too', async () => {
    await settled([parked(create), parked(deactivate)]);
    await settled(
      [
        { ...create, account_id: accountId('a-new'), outcome: 'applied' },
        { ...deactivate, outcome: 'unchanged' },
      ],
      { isWhole: false },
    );
    expect(await rows()).toEqual([]);
  });

  it('is off the schedule when a plan for everything does not list it any more', async () => {
    await settled([parked(create)]);
    await settled([], { isWhole: false });
    await settled([], { isWhole: false, people: [bob] });
    expect(await rows()).toHaveLength(1);
    await settled([], { isWhole: false, people: [alice] });
    expect(await rows()).toEqual([]);
  });

  it('stays on it, being a removal, while a reading was not complete or a group is in doubt', async () => {
    const remove: StoredChange = { kind: 'remove-member', group_id: engineers, account_id: accountId('a-1') };
    await settled([parked(deactivate), parked(remove), parked(create)]);
    await settleParked(store, await storePlan(store, [], { isComplete: false }), whole);
    expect((await rows()).map((row) => row.change_kind).sort()).toEqual(['deactivate-account', 'remove-member']);
    await sql`insert into okta_group (id, name, type, last_membership_updated, snapshot, is_doubtful)
      values (${engineers}, 'engineers', 'OKTA_GROUP', '2026', '1', true)`.execute(store);
    await settled([]);
    expect(await rows()).toMatchObject([{ change_kind: 'remove-member' }]);
    await sql`update okta_group set is_doubtful = false`.execute(store);
    await settled([]);
    expect(await rows()).toEqual([]);
  });

  it('stays on it while a plan that broke off does not list it', async () => {
    await settled([parked(create)]);
    const broken = await storePlan(store, []);
    await sql`update plan set finished_at = null where id = ${broken}`.execute(store);
    await settleParked(store, broken, whole);
    expect(await rows()).toHaveLength(1);
  });

  it('is told when it is a removal: once per run, and not again at later tries', async () => {
    await settled([parked(create)]);
    expect(await unsentNotices(store, 10)).toEqual([]);
    const planId = await settled([parked(deactivate), parked(create)]);
    await settled([parked(deactivate)]);
    expect(await unsentNotices(store, 10)).toMatchObject([
      { kind: 'removals-failed', target: 'cloud', details: { planId, count: 1 } },
    ]);
  });
});

describe('a change of the next plan', () => {
  const held = { outcome: 'parked', stopped_by: 'notDue', detail: 'Rejected:invalidValue' };
  const stopIn = async (changes: readonly StoredChange[]) => {
    const id = await storePlan(store, changes);
    const count = await stopNotDue(store, id);
    return { count, changes: await changesOf(id) };
  };

  it('is held until its next try, with the evidence of the last', async () => {
    await settled([parked(create)]);
    expect(await stopIn([create, deactivate])).toMatchObject({
      count: 1,
      changes: [
        { ...held, vendor_request_id: 'v-1' },
        { outcome: null, stopped_by: null },
      ],
    });
    await passes(7);
    expect(await stopIn([create])).toMatchObject({ count: 0 });
  });

  it('is held with what builds on it, though not because of it at another target', async () => {
    await settled([parked(create), parked(add, { detail: 'account-not-linked' })]);
    expect(await stopIn([create, add])).toMatchObject({ changes: [held, held] });
    const elsewhere = await storePlan(store, [create, add], { target: 'jira' });
    expect(await stopNotDue(store, elsewhere)).toBe(0);
  });

  it('goes at once when only what it waited for was missing, and that is there now', async () => {
    await settled([parked(create), parked(add, { detail: 'account-not-linked' })]);
    expect(await stopIn([add])).toMatchObject({ count: 0 });
  });

  it('goes at once when it is not the same change any more', async () => {
    await settled([parked(create)]);
    expect(await stopIn([{ ...create, fingerprint: 'mended' }])).toMatchObject({ count: 0 });
  });

  it('goes at once when it was approved since, but not on an approval that it failed under', async () => {
    await settled([parked(create)]);
    const approved = await storePlan(store, [create]);
    const validUntil = new Date(Date.now() + 3_600_000);
    await store
      .insertInto('approval')
      .values({ plan_id: approved, target: 'cloud', hash: 'h', state: 'approved', valid_until: validUntil })
      .execute();
    expect(await stopIn([create])).toMatchObject({ count: 0 });
    await sql`update change set outcome = 'parked' where plan_id = ${approved}`.execute(store);
    expect(await stopIn([create])).toMatchObject({ count: 1 });
  });

  it('goes at once when somebody asks for it, with all that is parked of the same person', async () => {
    await settled([parked(create), parked({ kind: 'update-account', person_id: alice }), parked(deactivate)]);
    const one = (await rows()).find(({ change_kind }) => change_kind === 'create-account');
    expect(await retryNow(store, { ids: [one?.id ?? ''] })).toEqual(new Map([['cloud', 2]]));
    expect(await stopIn([create, deactivate])).toMatchObject({ count: 1, changes: [{ stopped_by: null }, held] });
    expect(await retryNow(store, { ids: ['not-a-number'] })).toEqual(new Map());
    expect(await retryNow(store, { target: 'jira' })).toEqual(new Map());
    expect(await retryNow(store, {})).toEqual(new Map([['cloud', 3]]));
  });
});

describe('what has come due', () => {
  const marked = () => store.selectFrom('changed_person').select(['target', 'person_id', 'why']).execute();
  const aVerification = () =>
    sql`insert into due (kind, target, key, person_id, due_at) values ('verify', 'cloud', ${bob}, ${bob}, now())`.execute(
      store,
    );

  it('makes its target have work, and is not asked for again in a hurry', async () => {
    await settled([parked(create)]);
    expect(await targetsWithDueWork(store)).toEqual([]);
    await passes(7);
    expect(await targetsWithDueWork(store)).toEqual(['cloud']);
    const due = await markDue(store, 'cloud');
    expect(due.needsWholeRun).toBe(false);
    expect(await marked()).toEqual([{ target: 'cloud', person_id: alice, why: 'retry' }]);
    await noteAsked(store, 'cloud', due);
    await sql`truncate changed_person`.execute(store);
    expect(await targetsWithDueWork(store)).toEqual([]);
    expect(await rows()).toHaveLength(1);
    await passes(1);
    expect(await targetsWithDueWork(store)).toEqual(['cloud']);
  });

  it('is asked for within a minute when somebody else only was writing the person, or an operator asks for it', async () => {
    await settled([parked(create, { detail: 'person-busy' }), parked(deactivate)]);
    expect((await rows()).map((row) => Math.round(hoursUntil(row) * 60))).toEqual([1, 360]);
    await sql`update due set due_at = due_at - interval '61 seconds', last_at = last_at - interval '61 seconds'`.execute(
      store,
    );
    expect(await targetsWithDueWork(store)).toEqual(['cloud']);
    await settled([parked(create), parked(deactivate)]);
    expect(await targetsWithDueWork(store)).toEqual([]);
    await retryNow(store, {});
    expect(await targetsWithDueWork(store)).toEqual(['cloud']);
  });

  it('stays work as long as people are marked, whether or not a run was asked for', async () => {
    await aVerification();
    await noteAsked(store, 'cloud', await markDue(store, 'cloud'));
    expect(await marked()).toEqual([{ target: 'cloud', person_id: bob, why: 'verify' }]);
    expect(await store.selectFrom('due').selectAll().execute()).toEqual([]);
    expect(await targetsWithDueWork(store)).toEqual(['cloud']);
  });

  it('asks for everything when a group or a stranger is among it', async () => {
    await settled([parked({ kind: 'create-group', group_id: engineers })]);
    await passes(7);
    expect(await markDue(store, 'cloud')).toMatchObject({ needsWholeRun: true });
    expect(await marked()).toEqual([]);
  });

  it('waits while its target is paused', async () => {
    await aVerification();
    await pauseTarget(store, { target: 'cloud', by: 'operator', reason: 'CHG-1' });
    expect(await targetsWithDueWork(store)).toEqual([]);
    await resumeTarget(store, 'cloud');
    expect(await targetsWithDueWork(store)).toEqual(['cloud']);
  });
});
