/** Commands about an offboarding, in any order and more than once: the highest number wins. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OffboardingCommand } from '../../domain/offboarding.ts';
import { recordStep, type Step, stepsOf } from '../../store/offboarding-steps.ts';
import { openOffboarding, takeCommand, takeEffectIfDue } from '../../store/offboardings.ts';
import { alice } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
beforeEach(async () => {
  for (const table of ['offboarding_step', 'offboarding', 'offboarding_command', 'subject', 'changed_person'] as const)
    await store().deleteFrom(table).execute();
});

const past = new Date('2026-01-01T00:00:00Z');
const future = new Date('2099-01-01T00:00:00Z');
const command = (kind: OffboardingCommand['kind'], seq?: number, id: string = randomUUID()): OffboardingCommand => ({
  id,
  kind,
  reason: 'HR-1',
  receivedAt: past.toISOString(),
  ...(seq === undefined ? {} : { seq }),
});
const take = (one: OffboardingCommand, at = past) =>
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
    fc.constantFrom('request', 'cancel', 'release') as fc.Arbitrary<OffboardingCommand['kind']>,
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
