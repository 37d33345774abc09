/** What an approval listed is told to have been done also when the run that did it never came to its end. */
import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { closeCarriedOut, settleApproved } from '../../store/approvals.ts';
import { releaseApproved } from '../../store/stopping.ts';
import { alice, bob, engineers } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';
import { type StoredChange, storePlan } from '../support/stored-plan.ts';

const store = useStore();

beforeEach(async () => {
  await sql`truncate plan, change, approval cascade`.execute(store());
});

const ofAlice: StoredChange = { kind: 'add-member', person_id: alice, group_id: engineers };
const ofBob: StoredChange = { kind: 'add-member', person_id: bob, group_id: engineers };

const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000);

/** Both are approved; the run that carried out the first was then ended by force. @returns the approved plan */
async function endedByForce({ validForMinutes }: { readonly validForMinutes: number }): Promise<string> {
  const listed = await storePlan(store(), [ofAlice, ofBob]);
  await store().updateTable('plan').set({ kind: 'revision' }).where('id', '=', listed).execute();
  await store()
    .insertInto('approval')
    .values({
      plan_id: listed,
      target: 'cloud',
      hash: 'h',
      state: 'approved',
      opened_at: minutesFromNow(-20),
      decided_at: minutesFromNow(-10),
      valid_until: minutesFromNow(validForMinutes),
    })
    .execute();
  await storePlan(store(), [
    { ...ofAlice, outcome: 'applied', approved_by: listed, vendor_request_id: 'v-1' },
    { ...ofBob, approved_by: listed },
  ]);
  return listed;
}

const linesOf = async (planId: string) =>
  (
    await store()
      .selectFrom('change')
      .select(['outcome', 'detail', 'vendor_request_id', 'approved_by'])
      .where('plan_id', '=', planId)
      .orderBy('seq')
      .execute()
  ).map(({ outcome, detail, vendor_request_id, approved_by }) => [outcome, detail, vendor_request_id, approved_by]);

const done = ['applied', null, 'v-1', null];

it('the next run of everybody tells what a terminated one has done, and what of it is not wanted any more', async () => {
  const listed = await endedByForce({ validForMinutes: 60 });
  await settleApproved(store(), 'cloud', await storePlan(store(), []), 'all');
  expect(await linesOf(listed)).toEqual([done, ['stale', null, null, null]]);
});

it('what is left is carried out on the strength of the approval while it holds, and nothing twice', async () => {
  const listed = await endedByForce({ validForMinutes: 60 });
  const next = await storePlan(store(), [ofAlice, ofBob]);
  await releaseApproved(store(), 'cloud', next, 'c');
  expect(await linesOf(next)).toEqual([
    [null, null, null, null],
    [null, null, null, listed],
  ]);
  await settleApproved(store(), 'cloud', next, 'all');
  expect(await linesOf(listed)).toEqual([done, [null, null, null, null]]);
});

it('what is left once the approval is over is told as not carried out, by a run for a few too, though still wanted', async () => {
  const listed = await endedByForce({ validForMinutes: -1 });
  const next = await storePlan(store(), [ofBob]);
  await releaseApproved(store(), 'cloud', next, 'c');
  await settleApproved(store(), 'cloud', next, 'none');
  expect(await linesOf(next)).toEqual([[null, null, null, null]]);
  expect(await linesOf(listed)).toEqual([done, ['stale', 'approval-over', null, null]]);
});

it('what asks again for what is left stays open, since nobody has done it', async () => {
  const listed = await endedByForce({ validForMinutes: -1 });
  const asksAgain = await storePlan(store(), [ofBob]);
  await store()
    .insertInto('approval')
    .values({ plan_id: asksAgain, target: 'cloud', hash: 'h', state: 'open' })
    .execute();
  await settleApproved(store(), 'cloud', await storePlan(store(), [ofBob]), 'all');
  expect((await linesOf(listed))[1]).toEqual(['stale', 'approval-over', null, null]);
  expect(await closeCarriedOut(store(), 'cloud')).toBe(false);
});

it.each([
  ['parked', -5, false],
  ['applied', -5, false],
  ['applied', 5, true],
] as const)(
  'what was %s %d minutes after somebody was asked again closes what asks: %s',
  async (outcome, minutes, closes) => {
    const listed = await endedByForce({ validForMinutes: 60 });
    await store()
      .updateTable('change')
      .set({ outcome, finished_at: minutesFromNow(minutes) })
      .where('plan_id', '=', listed)
      .execute();
    const asksAgain = await storePlan(store(), [ofBob]);
    await store()
      .insertInto('approval')
      .values({ plan_id: asksAgain, target: 'cloud', hash: 'h', state: 'open' })
      .execute();
    expect(await closeCarriedOut(store(), 'cloud')).toBe(closes);
  },
);
