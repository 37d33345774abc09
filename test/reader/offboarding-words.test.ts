/** What the evidence says is what is so: at Okta, of whom nobody knows, of who ordered what, and of what ends. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ReaderClient } from '../../reader/client.ts';
import { recordStep, type Step } from '../../store/offboarding-steps.ts';
import { completeOffboarding } from '../../store/offboardings.ts';
import { doSteps, forgetOffboardings, offboarded, take, takeEffect } from './offboardings-under-test.ts';
import { alice, bob, carol, type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let client: ReaderClient;

beforeAll(async () => {
  reader = await readerUnderTest();
  client = new ReaderClient({ url: await reader.app.listen({ host: '127.0.0.1', port: 0 }), token: 'right' });
});
afterAll(() => reader.close());
beforeEach(() => forgetOffboardings(reader.store));

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
const atOkta = (step: Step['step'], state: Step['state'], detail?: string): Step => ({
  system: 'okta',
  step,
  state,
  detail,
});
const inEffect = async (steps: readonly Step[] = []): Promise<string> => {
  await take(reader.store, alice, { kind: 'request' });
  const id = await takeEffect(reader.store, alice);
  for (const step of steps) await recordStep(reader.store, id, step);
  return id;
};
const page = async (id: string): Promise<string> => (await Array.fromAsync(client.offboardingPage(id))).join('');

describe('what is said of Okta', () => {
  const graceEnds = '2099-01-02T03:04:05.000Z';
  const notes = async (steps: readonly Step[], okta: 'suspend' | 'deactivate' = 'suspend') => {
    const id = await inEffect(steps);
    await reader.store
      .updateTable('offboarding')
      .set({ deactivate_at: graceEnds, okta })
      .where('id', '=', id)
      .execute();
    return (await client.offboarding(id)).notes.join(' ');
  };

  test.each<[string, readonly Step[]]>([
    ['has not answered', []],
    ['refused', [atOkta('suspend', 'failed', 'AccessDenied'), atOkta('confirm', 'failed', 'ACTIVE')]],
    ['has them active again', [atOkta('suspend', 'done'), atOkta('confirm', 'failed', 'ACTIVE')]],
  ])('where it %s, somebody is yet to be suspended', async (_title, steps) => {
    const text = await notes(steps);
    expect(text).toContain(`To be suspended at Okta, and deactivated there from ${graceEnds} on`);
    expect(text).not.toContain('Suspended at Okta');
  });

  test.each<[string, readonly Step[]]>([
    ['done', [atOkta('suspend', 'done')]],
    ['found so', [atOkta('suspend', 'already-so')]],
    ['read back', [atOkta('suspend', 'done'), atOkta('confirm', 'done', 'SUSPENDED')]],
    ['read at the first look', [atOkta('confirm', 'already-so', 'SUSPENDED')]],
  ])('who is suspended, as was %s, is deactivated there later', async (_title, steps) => {
    expect(await notes(steps)).toContain(`Suspended at Okta; deactivated there from ${graceEnds} on`);
  });

  test('nothing, where Okta has no such person', async () => {
    const gone = [
      atOkta('clear-sessions', 'nothing-there', 'not-found'),
      atOkta('confirm', 'nothing-there', 'not-found'),
    ];
    expect(await notes(gone)).not.toMatch(/suspended|deactivated/i);
    await forgetOffboardings(reader.store);
    expect(await notes(gone, 'deactivate')).not.toMatch(/suspended|deactivated/i);
  });

  test('who is to be deactivated is not said to be', async () => {
    expect(await notes([], 'deactivate')).toContain('To be deactivated at Okta');
    await forgetOffboardings(reader.store);
    expect(await notes([atOkta('confirm', 'done', 'SUSPENDED')], 'deactivate')).toContain(
      'Suspended at Okta; to be deactivated there',
    );
    await forgetOffboardings(reader.store);
    expect(await notes([atOkta('confirm', 'done', 'DEPROVISIONED')], 'deactivate')).toMatch(/^Deactivated at Okta/);
  });
});

describe('an id that nobody has', () => {
  const nobody: readonly Step[] = [
    atOkta('clear-sessions', 'nothing-there', 'not-found'),
    atOkta('confirm', 'nothing-there', 'not-found'),
  ];
  const atCloud = (detail: string): Step => ({ system: 'cloud', step: 'confirm', state: 'nothing-there', detail });
  const ended = async (steps: readonly Step[]) => {
    const id = await inEffect(steps);
    await completeOffboarding(reader.store, id);
    return client.offboarding(id);
  };

  test.each(['not-linked', 'never-read'])(
    'at Okta and at every target (%s) is for somebody to look at',
    async (detail) => {
      const view = await ended([...nobody, atCloud(detail)]);
      const text = 'nobody at Okta and no account at any target has this id: was it mistyped?';
      expect(view).toMatchObject({
        standingText: 'in effect, but nobody has this id',
        needsAttention: true,
        open: [{ system: 'lockstep', state: 'nobody', text }],
      });
      expect(view.nextStep.text).toContain('Ask whoever ordered it who is meant');
      expect(view.nextStep.commands).toEqual([`lockstep release ${alice} --reason CODE`]);
      expect((await client.offboardings()).items).toMatchObject([{ needsAttention: true, open: [{ text }] }]);
      const html = await page(view.id);
      expect(html).toContain(text);
      expect(html).toContain('<section class="next bad"');
    },
  );

  test('is not said before every target has answered', async () => {
    expect((await client.offboarding(await inEffect(nobody))).open).toEqual([
      { system: 'cloud', state: 'pending', text: 'not confirmed yet' },
    ]);
  });

  test('is not that of somebody whom Okta has deleted and who had an account', async () => {
    for (const was of [atCloud('account-gone'), { system: 'cloud', step: 'confirm', state: 'done' } as const]) {
      expect(await ended([...nobody, was])).toMatchObject({ standingText: 'in effect, all confirmed', open: [] });
      await forgetOffboardings(reader.store);
    }
  });

  test('is not that of somebody at Okta who has no account', async () => {
    const there = [atOkta('suspend', 'done'), atOkta('confirm', 'done', 'SUSPENDED')];
    expect(await ended([...there, atCloud('not-linked')])).toMatchObject({ open: [], needsAttention: false });
  });

  test('is not that of an account which bears it', async () => {
    const bears = { system: 'cloud', step: 'find-others', state: 'done', detail: 'a-alice' } as const;
    const { open } = await ended([...nobody, atCloud('not-linked'), bears]);
    expect(open.map(({ state }) => state)).toEqual(['to-look-at']);
  });
});

describe('who ordered', () => {
  test('stands with each order and in the audit log, where it is known', async () => {
    const { store } = reader;
    await take(store, carol, { kind: 'request', by: 'hr' }, inDays(1));
    await take(store, carol, { kind: 'cancel', by: 'operator' });
    await take(store, carol, { kind: 'release' });
    const view = await client.offboarding(carol);
    expect(view.commands.map(({ by }) => by)).toEqual(['hr', 'operator', undefined]);
    expect(view.commands[2]).not.toHaveProperty('by');
    expect(view.audit.map(({ detail }) => detail)).toEqual([
      'accepted by:hr',
      'accepted by:operator',
      'nothing-to-end',
    ]);
    expect((await client.offboardingCommands(carol)).items[0]).toMatchObject({ by: 'hr' });
    const html = await page(view.id);
    expect(html).toContain('<td class="nowrap">HR&#39;s hook</td>');
    expect(html).toContain('<td class="nowrap">an operator, by the command line</td>');
  });

  test('is no part of what tells a repeated order', async () => {
    const order = { kind: 'request', id: 'case-1', receivedAt: '2026-11-01T09:00:00Z' } as const;
    await take(reader.store, carol, order, inDays(1));
    await take(reader.store, carol, { ...order, by: 'hr' }, inDays(1));
    expect((await client.offboarding(carol)).commands).toHaveLength(1);
  });
});

describe('the times of orders', () => {
  const local = { local: '2099-11-30T17:00', zone: 'Europe/Berlin' };

  test('are told as they were ordered, and which order was replaced by which', async () => {
    const { store } = reader;
    await take(store, carol, { kind: 'request', seq: 3, effective: { at: '2099-11-29T16:00:00Z' } }, inDays(1));
    await take(store, carol, { kind: 'request', seq: 5, effective: local }, inDays(2));
    await take(store, carol, { kind: 'request', seq: 4, okta: 'deactivate' });
    const { commands, id } = await client.offboarding(carol);
    expect(commands).toMatchObject([
      { seq: 3, ordered: { at: '2099-11-29T16:00:00Z' }, replacedBy: 5, answer: 'accepted' },
      { seq: 5, ordered: local, answer: 'accepted' },
      { seq: 4, ordered: { isAtOnce: true, okta: 'deactivate' }, answer: 'outdated' },
    ]);
    expect(commands.map((command) => 'replacedBy' in command)).toEqual([true, false, false]);
    const html = await page(id);
    expect(html).toContain('2099-11-29T16:00:00Z');
    expect(html).toContain('2099-11-30T17:00 Europe/Berlin');
    expect(html).toContain('replaced by number 5');
  });

  test('that came while it was in effect replaced none', async () => {
    const { store } = reader;
    await take(store, bob, { kind: 'request', seq: 1 });
    await takeEffect(store, bob);
    await take(store, bob, { kind: 'request', seq: 2, effective: local }, inDays(1));
    const { commands } = await client.offboarding(bob);
    expect(commands.map(({ answerText }) => answerText)).toEqual([
      'accepted',
      'accepted, but it was in effect already: its time counts for nothing',
    ]);
    expect(commands[0]).not.toHaveProperty('replacedBy');
  });

  test('are not told of orders that an earlier version took', async () => {
    await take(reader.store, carol, { kind: 'request' }, inDays(1));
    await reader.store.updateTable('offboarding_command').set({ wording: null }).execute();
    expect((await client.offboarding(carol)).commands[0]).not.toHaveProperty('ordered');
  });
});

describe('what is said of one that is over', () => {
  const end = async (kind: 'cancel' | 'release') => {
    await take(reader.store, alice, { kind });
    return (await client.offboarding(alice)).nextStep.text;
  };

  test('nothing had been done where it was scheduled', async () => {
    await take(reader.store, alice, { kind: 'request' }, inDays(1));
    expect(await end('cancel')).toBe('Nothing had been done yet, here or at Okta.');
  });

  test('who was suspended at Okta is to be unsuspended there', async () => {
    await inEffect();
    await doSteps(reader.store, (await client.offboarding(alice)).id);
    expect(await end('release')).toBe(
      'They are not held any more: the next sync gives them what Okta says. They were suspended at Okta: unsuspend them there if they still are.',
    );
  });

  test.each<[string, readonly Step[], string]>([
    ['whom Okta refused to suspend', [atOkta('confirm', 'failed', 'ACTIVE')], 'At Okta they were not suspended.'],
    [
      'whom Okta deactivated',
      [atOkta('confirm', 'done', 'DEPROVISIONED')],
      'They were deactivated at Okta: activate them there if they still are.',
    ],
    ['whom Okta does not have', [atOkta('confirm', 'nothing-there', 'not-found')], 'Okta had no such person.'],
  ])('of somebody %s it says so', async (_title, steps, says) => {
    await inEffect(steps);
    const text = await end('release');
    expect(text).toContain(says);
    expect(text).not.toContain('unsuspend');
  });
});

describe('the list', () => {
  test('is filtered by the words that it says', async () => {
    await offboarded(reader.store, bob);
    await inEffect();
    const people = async (state: 'in-effect' | 'under-way' | 'complete') =>
      (await client.offboardings({ state })).items.map(({ person }) => person.id);
    expect(await people('complete')).toEqual([bob]);
    expect(await people('under-way')).toEqual([alice]);
    expect((await people('in-effect')).toSorted()).toEqual([alice, bob].toSorted());
    await expect(client.offboardings({ state: 'late' as never })).rejects.toMatchObject({ code: 'bad-request' });
  });
});
