/** Commands about an offboarding, in any order and more than once: the highest number wins. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import type { NumberedCommand } from '../../domain/offboarding.ts';
import { openOffboarding } from '../../store/offboarding-requests.ts';
import { recordStep, type Step, stepsOf } from '../../store/offboarding-steps.ts';
import { dueAtOkta, takeCommand, takeEffectIfDue } from '../../store/offboardings.ts';
import { alice, bob, userId } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
beforeEach(async () => {
  for (const table of ['offboarding_step', 'offboarding', 'offboarding_command', 'subject', 'changed_person'] as const)
    await store().deleteFrom(table).execute();
});

const carol = userId('00u00000000000carol1');
const past = new Date('2026-01-01T00:00:00Z');
const future = new Date('2099-01-01T00:00:00Z');
const command = (kind: NumberedCommand['kind'], seq?: number, id: string = randomUUID()): NumberedCommand => ({
  id,
  kind,
  reason: 'HR-1',
  receivedAt: past.toISOString(),
  ...(seq === undefined ? {} : { seq }),
});
const take = (one: NumberedCommand, at = past) =>
  takeCommand(store(), alice, one, { id: randomUUID(), okta: 'suspend', effective: { at } }, ['cloud']);
const hold = async () =>
  (await store().selectFrom('subject').select('hold').where('person_id', '=', alice).executeTakeFirst())?.hold ?? null;

describe('a request', () => {
  it('holds the person once its time has come, by the clock of the database, and marks them to be planned', async () => {
    await take(command('request'), future);
    expect(await takeEffectIfDue(store(), alice, ['cloud'])).toMatchObject({ state: 'scheduled' });
    expect(await hold()).toBeNull();
    await take(command('request'), past);
    expect(await takeEffectIfDue(store(), alice, ['cloud'])).toMatchObject({ state: 'in-effect' });
    expect(await hold()).toBe('offboarding');
    expect(await store().selectFrom('changed_person').select(['target', 'why']).execute()).toEqual([
      { target: 'cloud', why: 'offboarded' },
    ]);
  });

  it('that had not been due when nothing had been withdrawn yet is not taken into effect, however late it is looked at', async () => {
    await take(command('request'), past);
    const before = new Date(past.getTime() - 1);
    expect(await takeEffectIfDue(store(), alice, ['cloud'], { dueBy: before })).toMatchObject({ state: 'scheduled' });
    expect(await hold()).toBeNull();
    expect(await takeEffectIfDue(store(), alice, ['cloud'], { dueBy: past })).toMatchObject({ state: 'in-effect' });
  });

  it('counts once, however often it comes', async () => {
    const one = command('request');
    expect([await take(one), await take(one), await take(one)]).toEqual(['accepted', 'repeated', 'repeated']);
  });

  it('that comes after its own cancellation does nothing', async () => {
    expect(await take(command('cancel', 5))).toBe('nothing-to-end');
    expect(await take(command('request', 4))).toBe('outdated');
    expect(await openOffboarding(store(), alice)).toBeUndefined();
    expect(await take(command('request', 6))).toBe('accepted');
  });

  it('in effect is not put off by a later date, and can only ask for more at Okta', async () => {
    await take(command('request'));
    await takeEffectIfDue(store(), alice, []);
    await takeCommand(
      store(),
      alice,
      command('request'),
      { id: randomUUID(), okta: 'deactivate', effective: { at: future } },
      [],
    );
    expect(await openOffboarding(store(), alice)).toMatchObject({ state: 'in-effect', okta: 'deactivate' });
    expect(await hold()).toBe('offboarding');
  });
});

describe('a cancellation or release', () => {
  it.each(['cancel', 'release'] as const)('%s ends the hold and has the person planned again', async (kind) => {
    await take(command('request'));
    await takeEffectIfDue(store(), alice, []);
    await store().deleteFrom('changed_person').execute();
    expect(await take(command(kind))).toBe('accepted');
    expect(await hold()).toBeNull();
    expect(await store().selectFrom('changed_person').select('why').execute()).toEqual([{ why: 'released' }]);
    expect(await openOffboarding(store(), alice)).toBeUndefined();
  });

  it('before the time has come leaves no trace but the record', async () => {
    await take(command('request'), future);
    await take(command('cancel'));
    expect(await takeEffectIfDue(store(), alice, [])).toBeUndefined();
    expect(await hold()).toBeNull();
  });
});

describe('the grace of who was suspended at Okta', () => {
  const day = 86_400_000;
  const grace = { deactivateAfterMs: 30 * day };
  const order = async (person: typeof alice, okta: 'suspend' | 'deactivate' = 'suspend', at = past) => {
    const make = { id: randomUUID(), okta, effective: { at } };
    await takeCommand(store(), person, command('request'), make, []);
    await takeEffectIfDue(store(), person, [], grace);
  };
  /** As if so many days had passed. */
  const pass = (days: number, person?: typeof alice) =>
    store()
      .updateTable('offboarding')
      .set({ deactivate_at: sql<Date>`deactivate_at - ${days} * interval '1 day'` })
      .$if(person !== undefined, (update) => update.where('person_id', '=', person ?? alice))
      .execute();
  const due = () => dueAtOkta(store(), 10);

  it('begins when it takes effect, not when it is ordered, and lasts as long as configured then', async () => {
    await order(alice, 'suspend', future);
    expect(await openOffboarding(store(), alice)).toMatchObject({ state: 'scheduled', deactivate_at: null });
    await take(command('request'), past);
    const row = await takeEffectIfDue(store(), alice, [], grace);
    expect(Number(row?.deactivate_at) - Number(row?.in_effect_at)).toBeCloseTo(grace.deactivateAfterMs, -2);
    // Asked again under another setting: what was set stays.
    const again = await takeEffectIfDue(store(), alice, [], { deactivateAfterMs: day });
    expect(again?.deactivate_at).toEqual(row?.deactivate_at);
  });

  it('never ends where it is switched off', async () => {
    await take(command('request'));
    expect(await takeEffectIfDue(store(), alice, [])).toMatchObject({ state: 'in-effect', deactivate_at: null });
    await pass(10_000);
    expect(await due()).toEqual([]);
  });

  it('is over to the moment, and then they are to be deactivated, once', async () => {
    await order(alice);
    await pass(29.999);
    expect(await due()).toEqual([]);
    expect(await takeEffectIfDue(store(), alice, [], grace)).toMatchObject({ okta: 'suspend' });
    await pass(0.001);
    expect(await due()).toEqual([alice]);
    expect(await takeEffectIfDue(store(), alice, [], grace)).toMatchObject({ state: 'in-effect', okta: 'deactivate' });
    expect(await due()).toEqual([]);
    expect(await hold()).toBe('offboarding');
  });

  it('is one for each; who has waited longest comes first, a few at a time', async () => {
    for (const person of [alice, bob, carol]) await order(person);
    await pass(31, bob);
    await pass(40, carol);
    expect(await due()).toEqual([carol, bob]);
    expect(await dueAtOkta(store(), 1)).toEqual([carol]);
    await takeEffectIfDue(store(), carol, [], grace);
    expect(await due()).toEqual([bob]);
    expect(await openOffboarding(store(), alice)).toMatchObject({ okta: 'suspend' });
  });

  it('means nothing to who was deactivated directly', async () => {
    await order(alice, 'deactivate');
    await pass(31);
    expect(await due()).toEqual([]);
  });

  it.each(['cancel', 'release'] as const)('ends with a %s, also when it is over already', async (kind) => {
    await order(alice);
    await pass(31);
    await take(command(kind));
    expect(await due()).toEqual([]);
    expect(await takeEffectIfDue(store(), alice, [], grace)).toBeUndefined();
    const rows = await store().selectFrom('offboarding').select('okta').execute();
    expect(rows).toEqual([{ okta: 'suspend' }]);
  });

  it('begins anew for who is offboarded again', async () => {
    await order(alice);
    await pass(31);
    await take(command('release'));
    await order(alice);
    expect(await due()).toEqual([]);
    await pass(30);
    expect(await due()).toEqual([alice]);
  });
});

describe('evidence', () => {
  const okta = { system: 'okta' } as const;
  async function told(...steps: readonly Omit<Step, 'system'>[]) {
    await take(command('request'));
    const { id } = (await openOffboarding(store(), alice)) ?? { id: '' };
    for (const step of steps) await recordStep(store(), id, { ...okta, ...step });
    return (await stepsOf(store(), id)).map(({ step, state, detail }) => [step, state, detail]);
  }

  it('of what was done stays, whoever finds it done again, and what failed gives way', async () => {
    expect(
      await told(
        { step: 'suspend', state: 'failed', detail: 'AccessDenied' },
        { step: 'suspend', state: 'done', requestId: 'r-1' },
        { step: 'suspend', state: 'already-so' },
      ),
    ).toEqual([['suspend', 'done', null]]);
  });

  it('of what was seen is what was seen last: suspended first, then deactivated by a later order', async () => {
    expect(
      await told(
        { step: 'confirm', state: 'done', detail: 'SUSPENDED' },
        { step: 'confirm', state: 'already-so', detail: 'SUSPENDED' },
      ),
    ).toEqual([['confirm', 'done', 'SUSPENDED']]);
    expect(await told({ step: 'confirm', state: 'done', detail: 'DEPROVISIONED' })).toEqual([
      ['confirm', 'done', 'DEPROVISIONED'],
    ]);
    expect(await told({ step: 'confirm', state: 'failed', detail: 'ACTIVE' })).toEqual([
      ['confirm', 'failed', 'ACTIVE'],
    ]);
  });
});

it('in whatever order commands come, and however often, the one with the highest number has the last word', async () => {
  const numbered = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 });
  const kinds = fc.infiniteStream(
    fc.constantFrom('request', 'cancel', 'release') as fc.Arbitrary<NumberedCommand['kind']>,
  );
  await fc.assert(
    fc.asyncProperty(numbered, kinds, fc.array(fc.nat(5), { maxLength: 6 }), async (seqs, stream, again) => {
      for (const table of ['offboarding', 'offboarding_command', 'subject'] as const)
        await store().deleteFrom(table).execute();
      const commands = seqs.map((seq) => command(stream.next().value, seq));
      for (const one of [...commands, ...again.flatMap((at) => commands[at] ?? [])]) {
        await take(one);
        await takeEffectIfDue(store(), alice, []);
      }
      const last = commands.toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0)).at(-1);
      expect(await hold()).toBe(last?.kind === 'request' ? 'offboarding' : null);
    }),
    { numRuns: 40 },
  );
});
