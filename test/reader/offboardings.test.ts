/** What the reader tells of offboardings: how each stands, and the evidence of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ReaderClient } from '../../reader/client.ts';
import { recordStep } from '../../store/offboarding-steps.ts';
import {
  doSteps,
  forgetOffboardings,
  offboarded,
  take,
  takeAboveLimit,
  takeEffect,
} from './offboardings-under-test.ts';
import { alice, bob, carol, type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let client: ReaderClient;
let url: string;

beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  client = new ReaderClient({ url, token: 'right' });
});
afterAll(() => reader.close());
beforeEach(() => forgetOffboardings(reader.store));

const inAnHour = () => new Date(Date.now() + 3_600_000);

describe('the list', () => {
  test('has the newest first, each with person, state and what is not done', async () => {
    await take(reader.store, carol, { kind: 'request', receivedAt: '2026-11-01T09:00:00Z' }, inAnHour());
    await take(reader.store, alice, { kind: 'request', receivedAt: '2026-11-02T09:00:00Z' });
    const id = await takeEffect(reader.store, alice);
    await recordStep(reader.store, id, { system: 'okta', step: 'suspend', state: 'failed', detail: 'AccessDenied' });
    const { items } = await client.offboardings();
    expect(items).toMatchObject([
      {
        person: { id: alice, email: 'alice@example.com' },
        state: 'in-effect',
        standing: 'under-way',
        needsAttention: true,
        open: [
          { system: 'cloud', state: 'pending', text: 'not confirmed yet' },
          { system: 'okta', state: 'failed', text: 'suspend: AccessDenied, the credential may not do this' },
        ],
      },
      { person: { id: carol }, state: 'scheduled', standing: 'scheduled', needsAttention: false, open: [] },
    ]);
  });

  test('is filtered by state and by person', async () => {
    await take(reader.store, carol, { kind: 'request' }, inAnHour());
    await offboarded(reader.store, bob);
    const ids = async (filter: Parameters<ReaderClient['offboardings']>[0]) =>
      (await client.offboardings(filter)).items.map(({ person }) => person.id);
    expect(await ids({ state: 'scheduled' })).toEqual([carol]);
    expect(await ids({ state: 'in-effect' })).toEqual([bob]);
    expect(await ids({ state: 'released' })).toEqual([]);
    expect(await ids({ person: bob })).toEqual([bob]);
    await expect(client.offboardings({ person: 'bob@example.com' })).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('tells of one whose time has passed while nobody was there to do it', async () => {
    await take(reader.store, carol, { kind: 'request' }, new Date(Date.now() - 300_000));
    expect((await client.offboardings()).items).toMatchObject([{ needsAttention: true, open: [{ state: 'late' }] }]);
  });
});

describe('an order that came again after others under its id', () => {
  test('stands in the evidence, and is for somebody to look at until another order is taken', async () => {
    const { store } = reader;
    const id = 'case-9';
    const offboard = { id, kind: 'request' } as const;
    await take(store, carol, { ...offboard, receivedAt: '2026-11-01T09:00:00Z' }, inAnHour());
    await take(store, carol, { id, kind: 'cancel', receivedAt: '2026-11-01T09:01:00Z' });
    await take(store, carol, { ...offboard, receivedAt: '2026-11-01T09:02:00Z' }, inAnHour());
    const view = await client.offboarding(carol);
    expect(view).toMatchObject({
      standing: 'cancelled',
      needsAttention: true,
      open: [{ system: 'lockstep', state: 'to-look-at', text: expect.stringContaining(id) }],
      commands: [
        { id, kind: 'request', answer: 'accepted' },
        { id, kind: 'cancel', answer: 'accepted' },
        { id, kind: 'request', answer: 'unclear', answerText: expect.stringContaining('not taken') },
      ],
    });
    expect(view.audit.map(({ change, detail }) => [change.kind, detail])).toEqual([
      ['offboard', 'accepted'],
      ['cancel-offboard', 'accepted'],
      ['offboard', 'unclear'],
    ]);
    expect((await client.offboardings()).items).toMatchObject([{ needsAttention: true }]);
    await take(store, carol, { kind: 'cancel' });
    expect(await client.offboarding(carol)).toMatchObject({ needsAttention: false, open: [] });
  });
});

describe('an order that is not taken for its number', () => {
  const attention = async (): Promise<boolean[]> =>
    (await client.offboardings()).items.map(({ needsAttention }) => needsAttention);

  test('and would have taken access from somebody who keeps it is for somebody to look at until another order is taken', async () => {
    const { store } = reader;
    await take(store, carol, { kind: 'request', seq: 17 });
    await take(store, carol, { kind: 'release', seq: 18 });
    expect(await attention()).toEqual([false]);
    const id = await take(store, carol, { kind: 'request', seq: 1 });
    expect(await attention()).toEqual([true]);
    expect((await client.offboarding(carol)).open).toEqual([
      { system: 'lockstep', state: 'to-look-at', text: expect.stringContaining(id) },
    ]);
    await take(store, carol, { kind: 'request', seq: 19 }, inAnHour());
    expect(await attention()).toEqual([false, false]);
  });

  test('is no question where the person is offboarded anyway, nor where it gives access', async () => {
    const { store } = reader;
    await take(store, carol, { kind: 'request', seq: 17 }, inAnHour());
    await take(store, carol, { kind: 'request', seq: 1 });
    expect(await attention()).toEqual([false]);
    await take(store, carol, { kind: 'release', seq: 18 });
    await take(store, carol, { kind: 'release', seq: 2 });
    expect(await attention()).toEqual([false]);
  });
});

describe('a change that waits to be confirmed', () => {
  test('is listed beside what is in force, which goes on, and says how to keep that as it is', async () => {
    const { store } = reader;
    const at = new Date('2099-11-30T16:00:00Z');
    const byOperator = { kind: 'request', orderedBy: 'operator' } as const;
    await take(store, carol, { ...byOperator, receivedAt: '2026-11-01T09:00:00Z' }, at);
    await take(store, carol, { kind: 'cancel', receivedAt: '2026-11-01T09:01:00Z' });
    await take(store, carol, { ...byOperator, receivedAt: '2026-11-01T09:02:00Z' }, at);
    await takeAboveLimit(store, carol, { receivedAt: '2026-11-01T09:03:00Z' });
    const { items } = await client.offboardings();
    const [waiting, inForce] = items;
    expect(items).toMatchObject([
      { standing: 'unconfirmed', seq: 4, needsAttention: true, inForce: { id: inForce?.id, standing: 'scheduled' } },
      { standing: 'scheduled', seq: 3, needsAttention: false, effective: { at: at.toISOString() } },
      { standing: 'cancelled' },
    ]);
    const view = await client.offboarding(waiting?.id ?? '');
    expect(view.commands.map(({ seq, answer, replacedBy }) => [seq, answer, replacedBy])).toEqual([
      [3, 'accepted', undefined],
      [4, 'above-limit', undefined],
    ]);
    expect(view.nextStep.commands).toEqual([
      `lockstep confirm-offboarding ${carol} --reason CODE`,
      `lockstep offboard ${carol} --at 2099-11-30T16:00:00.000Z --reason CODE`,
    ]);
    await take(store, carol, { kind: 'confirm', seq: 4 });
    const { commands } = await client.offboarding(inForce?.id ?? '');
    expect(commands.map(({ seq, replacedBy }) => [seq, replacedBy])).toEqual([
      [3, 4],
      [4, undefined],
      [4, undefined],
    ]);
    expect((await client.offboardings()).items.map(({ standing }) => standing)).toEqual(['scheduled', 'cancelled']);
  });
});

describe('the evidence', () => {
  test('says that no time was said, where none was', async () => {
    const before = Date.now();
    await take(reader.store, carol, { kind: 'request', receivedAt: '2099-11-30T16:00:00Z' });
    const { effective } = await client.offboarding(carol);
    expect(effective).toEqual({ at: expect.any(String), isAtOnce: true });
    expect(Math.abs(Date.parse(effective.at) - before)).toBeLessThan(60_000);
  });

  test('has the order as it was given, with the instant that it means', async () => {
    const at = new Date('2099-11-30T16:00:00Z');
    await take(
      reader.store,
      carol,
      {
        kind: 'request',
        seq: 7,
        ticket: 'HR-7',
        okta: 'deactivate',
        foundBy: 'mirror',
        effective: { local: '2099-11-30T17:00', zone: 'Europe/Berlin' },
      },
      at,
    );
    const view = await client.offboarding(carol);
    expect(view).toMatchObject({
      effective: { at: '2099-11-30T16:00:00.000Z', local: '2099-11-30T17:00', zone: 'Europe/Berlin' },
      okta: 'deactivate',
      reason: 'last-day',
      ticket: 'HR-7',
      seq: 7,
      foundBy: 'mirror',
      commands: [{ kind: 'request', seq: 7, answer: 'accepted', ticket: 'HR-7' }],
      systems: [],
    });
    expect(view.notes.join()).toContain('last reading');
    expect(view.nextStep.commands).toEqual([`lockstep cancel-offboard ${carol} --reason CODE`]);
  });

  test('has each step with its time, what the vendor calls the request, and what that vendor cannot do', async () => {
    const id = await offboarded(reader.store, bob);
    const view = await client.offboarding(id);
    expect(view).toMatchObject({ id, standing: 'complete', open: [], needsAttention: false });
    expect(view.systems.map(({ system }) => system)).toEqual(['okta', 'cloud']);
    const [okta, cloud] = view.systems;
    expect(okta?.steps).toMatchObject([
      { step: 'clear-sessions', stateText: 'done', vendorRequestId: 'okta-1' },
      { step: 'suspend', vendorRequestId: 'okta-2' },
      { step: 'confirm', stateText: 'confirmed', detail: 'SUSPENDED', detailText: 'Okta says SUSPENDED' },
    ]);
    expect(okta?.confirmedAt).toBe(okta?.steps[2]?.at);
    expect(okta?.steps[0]?.afterMs).toBeGreaterThanOrEqual(0);
    expect(cloud?.steps.map(({ detailText }) => detailText)).toContain('2 of 2 memberships');
    expect(cloud?.cannot.join()).toContain('API tokens');
  });

  test('names other accounts that bear the name, for somebody to look at', async () => {
    const others = { system: 'cloud', step: 'find-others', state: 'done', detail: 'a-alice a-nobody' } as const;
    const view = await client.offboarding(await offboarded(reader.store, bob, [others]));
    expect(view).toMatchObject({ needsAttention: true, open: [{ system: 'cloud', state: 'to-look-at' }] });
    expect(view.systems[1]?.others).toEqual([{ id: 'a-alice', userName: 'alice@example.com' }, { id: 'a-nobody' }]);
  });

  test('says whom somebody else than Okta decides about there, and that they are to be ended there too', async () => {
    const { store } = reader;
    const mastered = async (by: 'directory' | 'other') => {
      const id = await offboarded(store, bob);
      await recordStep(store, id, { system: 'okta', step: 'find-master', state: 'done', detail: by });
      const view = await client.offboarding(id);
      await forgetOffboardings(store);
      return view;
    };
    const view = await mastered('directory');
    const text =
      'a directory (AD or LDAP) masters them: disable them there too, or its next import may bring them back';
    expect(view).toMatchObject({
      standing: 'complete',
      standingText: 'in effect, all confirmed',
      needsAttention: true,
    });
    expect(view.open).toEqual([{ system: 'okta', state: 'to-look-at', text }]);
    expect(view.systems[0]?.steps.at(-1)).toMatchObject({
      name: 'look who masters the user',
      stateText: 'not Okta',
      detail: 'directory',
      detailText: text,
    });
    expect((await mastered('other')).open[0]?.text).toContain('another source masters them: end them there too');
  });

  test('asks for nothing when Okta masters them, and takes back what was said when a directory gave them up', async () => {
    const id = await offboarded(reader.store, bob);
    const found = (state: 'done' | 'nothing-there', detail?: string) =>
      recordStep(reader.store, id, { system: 'okta', step: 'find-master', state, detail });
    await found('done', 'directory');
    expect(await client.offboarding(id)).toMatchObject({ needsAttention: true });
    await found('nothing-there');
    const view = await client.offboarding(id);
    expect(view).toMatchObject({ needsAttention: false, open: [] });
    expect(view.systems[0]?.steps.at(-1)).toMatchObject({ step: 'find-master', stateText: 'Okta' });
    await found('done', 'directory');
    expect(await client.offboarding(id)).toMatchObject({ needsAttention: true });
  });

  test('says plainly where somebody keeps access', async () => {
    const kept = { system: 'cloud', step: 'confirm', state: 'not-possible', detail: 'last-administrator' } as const;
    const view = await client.offboarding(await offboarded(reader.store, bob, [kept]));
    expect(view).toMatchObject({ standing: 'complete', standingText: 'in effect, but not everything is possible' });
    expect(view.open).toMatchObject([
      { system: 'cloud', state: 'not-possible', text: expect.stringContaining('the account stays active: This would') },
    ]);
    expect(view.systems[1]).not.toHaveProperty('confirmedAt');
  });

  test('has every order with what came of it, each with one offboarding of the person', async () => {
    const { store } = reader;
    await take(store, alice, { kind: 'request', seq: 5 }, inAnHour());
    await take(store, alice, { kind: 'cancel', seq: 4 });
    await take(store, alice, { kind: 'cancel', seq: 6 });
    const first = (await client.offboarding(alice)).id;
    await take(store, alice, { kind: 'release', seq: 7 });
    await take(store, alice, { kind: 'request', seq: 8 });
    const answers = async (id: string) =>
      (await client.offboarding(id)).commands.map(({ kind, seq, answer }) => `${kind} ${seq} ${answer}`);
    expect(await answers(first)).toEqual(['request 5 accepted', 'cancel 4 outdated', 'cancel 6 accepted']);
    expect(await answers(alice)).toEqual(['release 7 nothing-to-end', 'request 8 accepted']);
    expect(await client.offboarding(first)).toMatchObject({ state: 'cancelled', endedAt: expect.any(String) });
    const { items } = await client.offboardingCommands(alice);
    expect(items).toHaveLength(5);
  });

  test('has the entries that it left in the audit log', async () => {
    const view = await client.offboarding(await offboarded(reader.store, bob));
    expect(view.audit).toMatchObject([
      { target: 'all', change: { kind: 'offboard', person: { id: bob } }, outcome: 'applied', detail: 'accepted' },
    ]);
  });

  test('of nobody, or of somebody who was never offboarded, is not found', async () => {
    await expect(client.offboarding('no-such')).rejects.toMatchObject({ code: 'not-found' });
    await expect(client.offboarding(carol)).rejects.toMatchObject({ code: 'not-found' });
    expect((await client.offboardingCommands(carol)).items).toEqual([]);
  });
});

describe('an explanation', () => {
  test('tells that somebody is held, since when and by what', async () => {
    const id = await offboarded(reader.store, bob);
    expect(await client.explain(bob)).toMatchObject({
      held: { by: 'offboarding', since: expect.any(String) },
      offboarding: { id, standing: 'complete' },
    });
  });

  test('tells of an offboarding to come, which holds nobody yet', async () => {
    await take(reader.store, carol, { kind: 'request' }, inAnHour());
    const view = await client.explain(carol);
    expect(view).toMatchObject({ offboarding: { standing: 'scheduled' } });
    expect(view).not.toHaveProperty('held');
  });

  test('says nothing of one that is over', async () => {
    await offboarded(reader.store, bob);
    await take(reader.store, bob, { kind: 'release' });
    const view = await client.explain(bob);
    expect(view).not.toHaveProperty('held');
    expect(view).not.toHaveProperty('offboarding');
  });
});

describe('the page', () => {
  const page = async (id: string): Promise<string> => (await Array.fromAsync(client.offboardingPage(id))).join('');

  test('stands for itself and has person, order, steps and commands', async () => {
    const id = await offboarded(reader.store, bob);
    const html = await page(bob);
    for (const text of ['Evidence of an offboarding', 'bob@example.com', bob, id, 'okta-2', 'cloud-1', 'last-day'])
      expect(html).toContain(text);
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(html).toContain('http-equiv="Content-Security-Policy"');
  });

  test('flags in its headline and at the step whom a directory masters', async () => {
    const id = await offboarded(reader.store, bob);
    await recordStep(reader.store, id, { system: 'okta', step: 'find-master', state: 'done', detail: 'directory' });
    const html = (await page(id)).replaceAll(/\s+/g, ' ');
    expect(html).toContain('<li><strong>okta</strong>: a directory (AD or LDAP) masters them: disable them there too');
    expect(html).toMatch(/look who masters the user<\/td> <td class="nowrap">not Okta<\/td>/);
    expect(html).toContain('<section class="next look"');
  });

  test('of a person who has none is refused by the JSON, and by a page of its own in a browser', async () => {
    await expect(page(carol)).rejects.toMatchObject({ code: 'not-found' });
    const answer = await fetch(`${url}/offboardings/${carol}`, { headers: { authorization: 'Bearer right' } });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('There is no such offboarding.');
    expect((await fetch(`${url}/offboardings/${bob}`)).status).toBe(401);
  });

  test('shows what somebody wrote as text and never as markup', async () => {
    const { store } = reader;
    await take(store, alice, { kind: 'request', id: '<script>alert(1)</script>' });
    const id = await takeEffect(store, alice);
    await doSteps(store, id, [{ system: 'cloud', step: 'deactivate', state: 'done', requestId: '<b>bold</b>' }]);
    const html = await page(id);
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('<b>bold');
    expect(html).toContain('&lt;b&gt;bold');
  });
});
