/** Confirming what waits above the limit: of whom, of all that was seen, and of nothing else. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OffboardingOrder, OrderOutcome } from '../../client/offboard.ts';
import { type OffboardingSummary, ReaderClient } from '../../reader/client.ts';
import { forgetOffboardings, offboarded, take, takeAboveLimit } from '../reader/offboardings-under-test.ts';
import { alice, bob, carol, people, type ReaderUnderTest, readerUnderTest } from '../reader/reader-under-test.ts';
import { runWith } from './fake-lockstep.ts';

let reader: ReaderUnderTest;
let client: ReaderClient;
beforeAll(async () => {
  reader = await readerUnderTest();
  client = new ReaderClient({ url: await reader.app.listen({ host: '127.0.0.1', port: 0 }), token: 'right' });
});
afterAll(() => reader.close());
beforeEach(async () => {
  reader.okta.people = people;
  await forgetOffboardings(reader.store);
});

/** Keeps what is ordered; the answers are how things stand by the reader. */
function ordering(answer: OrderOutcome['answer'] = 'accepted') {
  const orders: OffboardingOrder[] = [];
  const run = (...args: string[]) =>
    runWith(
      {
        reader: client,
        sendOrder: async (order) => {
          orders.push(order);
          return { person: order.person, commandId: `command-${orders.length}` };
        },
        waitForOrder: async (sent) => ({ ...sent, answer, offboarding: await client.offboarding(sent.person) }),
      },
      ['confirm-offboarding', ...args],
    );
  return { orders, run };
}
const why = ['--reason', 'site-closes'];
const all = '--all-waiting';
const listed = async () =>
  (await ordering().run(all, ...why, '--output', 'json')).json() as { hash: string; items: OffboardingSummary[] };

describe('of people by name', () => {
  test('sends the number of the order that was seen, and tells how each goes on', async () => {
    await takeAboveLimit(reader.store, alice, { seq: 4 });
    await takeAboveLimit(reader.store, bob);
    const { orders, run } = ordering();
    const ran = await run('alice@example.com', bob, ...why, '--ticket', 'HR-9');
    expect(orders).toEqual([
      { kind: 'confirm', person: alice, seq: 4, reason: 'site-closes', ticket: 'HR-9' },
      { kind: 'confirm', person: bob, seq: 1, reason: 'site-closes', ticket: 'HR-9' },
    ]);
    expect(ran.stdout).toContain(`\`lockstep offboarding show ${bob}\` has the evidence.`);
  });

  test('says what came of it, with a code that says whether it is done', async () => {
    await takeAboveLimit(reader.store, carol);
    const stillWaits = await ordering('outdated').run(carol, ...why);
    expect(stillWaits.code).toBe(3);
    expect(stillWaits.stdout).toContain('Another order came since and is not confirmed: look at it again.');
    expect(stillWaits.stdout).toContain(`The offboarding of ${'carol@example.com'} waits for confirmation.`);
    const { run } = ordering();
    const json = await run(carol, ...why, '--no-wait', '--output', 'json');
    expect(json).toMatchObject({ code: 0 });
    expect(json.json()).toEqual([{ person: carol, commandId: 'command-1' }]);
  });

  test('confirms a change that waits beside what is in force', async () => {
    const byOperator = { kind: 'request', orderedBy: 'operator', receivedAt: '2099-01-01T00:00:00Z' } as const;
    await take(reader.store, alice, byOperator, new Date('2099-11-30T16:00:00Z'));
    await takeAboveLimit(reader.store, alice);
    const { orders, run } = ordering();
    await run(alice, ...why);
    expect(orders).toMatchObject([{ kind: 'confirm', person: alice, seq: 2 }]);
  });

  test('confirms nothing at all when one of them has nothing that waits', async () => {
    await takeAboveLimit(reader.store, alice);
    await offboarded(reader.store, bob);
    const { orders, run } = ordering();
    const ran = await run(alice, bob, ...why);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain(`no offboarding of ${bob} waits to be confirmed; nothing was done`);
    expect(await run(carol, ...why)).toMatchObject({ code: 1 });
    expect(orders).toEqual([]);
  });
});

describe('of all that wait', () => {
  test('lists them first, and confirms nothing', async () => {
    await takeAboveLimit(reader.store, alice);
    await take(reader.store, bob, { kind: 'request' }, new Date('2099-11-30T16:00:00Z'));
    const { orders, run } = ordering();
    const ran = await run(all, ...why);
    expect(ran.code).toBe(3);
    expect(ran.stdout).toMatch(/^alice@example\.com +unconfirmed .* lockstep: waits for confirmation/m);
    expect(ran.stdout).not.toContain('bob@example.com');
    const { hash, items } = await listed();
    expect(items.map(({ person }) => person.id)).toEqual([alice]);
    expect(ran.stdout).toContain(
      `1 offboarding waits. To confirm just these:\n    → lockstep confirm-offboarding --all-waiting --hash ${hash.slice(0, 12)} --reason CODE`,
    );
    expect(orders).toEqual([]);
  });

  test('confirms just what was seen', async () => {
    await takeAboveLimit(reader.store, alice);
    await takeAboveLimit(reader.store, bob);
    const { hash } = await listed();
    const { orders, run } = ordering();
    await run(all, '--hash', hash.slice(0, 12).toUpperCase(), ...why);
    expect(orders.map(({ kind, person }) => [kind, person]).toSorted()).toEqual(
      [alice, bob].toSorted().map((person) => ['confirm', person]),
    );
  });

  test.each([
    ['another came', () => takeAboveLimit(reader.store, carol)],
    ['one says something else', () => takeAboveLimit(reader.store, alice, { seq: 9 })],
    ['one was withdrawn', () => take(reader.store, alice, { kind: 'cancel' })],
  ])('confirms nothing once %s', async (_name, change) => {
    await takeAboveLimit(reader.store, alice);
    const { hash } = await listed();
    await change();
    const { orders, run } = ordering();
    const ran = await run(all, '--hash', hash, ...why);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('what waits is not what you saw');
    expect(orders).toEqual([]);
  });

  test('says so when nothing waits', async () => {
    expect(await ordering().run(all, ...why)).toMatchObject({
      code: 0,
      stdout: 'No offboarding waits to be confirmed.\n',
    });
  });
});

test.each([
  ['nobody and nothing', [...why], 'whose offboarding is confirmed?'],
  ['names beside all', [alice, all, ...why], '--all-waiting goes without names'],
  ['a hash without a list', [alice, '--hash', '3f2a9c1b', ...why], '--hash goes with --all-waiting'],
  ['a hash that is too short', [all, '--hash', '3f2a', ...why], 'at least eight characters'],
  ['no reason', [alice], '--reason'],
])('with %s ends with 2 and orders nothing', async (_name, args, message) => {
  const { orders, run } = ordering();
  const ran = await run(...args);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(message);
  expect(orders).toEqual([]);
});

describe('what waits', () => {
  test('is listed as such, needs attention, and says what to do', async () => {
    await takeAboveLimit(reader.store, alice);
    const list = await runWith({ reader: client }, ['offboardings', '--state', 'unconfirmed']);
    expect(list.code).toBe(3);
    expect(list.stdout).toMatch(/^alice@example\.com +unconfirmed .* lockstep: waits for confirmation/m);
    const shown = await runWith({ reader: client }, ['offboarding', 'show', alice]);
    expect(shown.code).toBe(3);
    expect(shown.stdout).toMatch(/^ {2}waits for confirmation$/m);
    expect(shown.stdout).toMatch(
      /request 1, at once \(last-day\): above the limit of a day: nothing is done until it is confirmed/,
    );
    expect(shown.stdout).toMatch(/offboard .*\[waits for approval: above-limit\]/);
    expect(shown.stdout).toContain(`→ lockstep confirm-offboarding ${alice} --reason CODE`);
    const explained = await runWith({ reader: client }, ['explain', alice]);
    expect(explained.stdout).toContain(
      `offboarded not before somebody confirms it: \`lockstep offboarding show ${alice}\``,
    );
  });

  test('tells by whom it was confirmed, and is not called waiting any more', async () => {
    await takeAboveLimit(reader.store, alice);
    await take(reader.store, alice, { kind: 'confirm', seq: 1, reason: 'site-closes' });
    const shown = await runWith({ reader: client }, ['offboarding', 'show', alice]);
    expect(shown.stdout).toMatch(/confirm 1 \(site-closes\): accepted/);
    expect(shown.stdout).toMatch(/confirm offboarding .*\[done: accepted\]/);
    expect(shown.stdout).toMatch(/^ {2}scheduled$/m);
  });

  test('is a page that says it in its headline', async () => {
    await takeAboveLimit(reader.store, alice);
    const { id } = await client.offboarding(alice);
    const html = (await Array.fromAsync(client.offboardingPage(id))).join('');
    expect(html).toContain('<h2 id="state">waits for confirmation</h2>');
    expect(html).toContain(`lockstep confirm-offboarding ${alice}`);
  });
});
