/** Commands about offboardings: each as text and as JSON, with its exit code and what it sends. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OffboardingOrder, OrderOutcome } from '../../client/offboard.ts';
import { ReaderClient } from '../../reader/client.ts';
import { recordStep } from '../../store/offboarding-steps.ts';
import { forgetOffboardings, offboarded, take, takeEffect } from '../reader/offboardings-under-test.ts';
import { alice, bob, carol, people, type ReaderUnderTest, readerUnderTest } from '../reader/reader-under-test.ts';
import { runCommand, runWith } from './fake-lockstep.ts';

let reader: ReaderUnderTest;
let client: ReaderClient;
let url: string;

beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  client = new ReaderClient({ url, token: 'right' });
});
afterAll(() => reader.close());
beforeEach(async () => {
  reader.okta.people = people;
  await forgetOffboardings(reader.store);
});

const lockstep = (...args: string[]) =>
  runCommand(args, { env: { LOCKSTEP_READER_URL: url, LOCKSTEP_READER_TOKEN: 'right' } });

/** A client that keeps what is ordered, and answers with how things stand by the reader. */
function ordering(answer: OrderOutcome['answer'] = 'accepted') {
  const orders: OffboardingOrder[] = [];
  const run = (...args: string[]) =>
    runWith(
      {
        reader: client,
        sendOrder: async (order) => {
          orders.push(order);
          return { person: order.person, commandId: 'command-1' };
        },
        waitForOrder: async (sent) => {
          const [offboarding] = (await client.offboardings({ person: sent.person })).items;
          return { ...sent, answer, ...(offboarding ? { offboarding: await client.offboarding(offboarding.id) } : {}) };
        },
      },
      args,
    );
  return { orders, run };
}

describe('offboard', () => {
  test('sends ids and codes, and says what came of it', async () => {
    await offboarded(reader.store, bob);
    const { orders, run } = ordering();
    const ran = await run('offboard', bob, '--reason', 'last-day', '--ticket', 'HR-7', '--okta', 'deactivate');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain('bob@example.com is offboarded: in effect, all confirmed.');
    expect(ran.stdout).toContain(`\`lockstep offboarding show ${bob}\``);
    expect(orders).toEqual([{ kind: 'request', person: bob, reason: 'last-day', ticket: 'HR-7', okta: 'deactivate' }]);
  });

  test('answers programs in JSON', async () => {
    const id = await offboarded(reader.store, bob);
    const ran = await ordering().run('offboard', bob, '--reason', 'last-day', '--output', 'json');
    expect(ran.json()).toMatchObject({ person: bob, commandId: 'command-1', answer: 'accepted', offboarding: { id } });
  });

  test('finds the person by e-mail address, sends only the id, and says where it was found', async () => {
    const { orders, run } = ordering();
    await run('offboard', 'alice@example.com', '--reason', 'last-day');
    reader.okta.people = undefined;
    const away = await run('offboard', 'alice@example.com', '--reason', 'last-day');
    expect(away.stderr).toContain('Okta could not be asked');
    expect(orders).toMatchObject([
      { person: alice, foundBy: 'okta' },
      { person: alice, foundBy: 'mirror' },
    ]);
    expect(JSON.stringify(orders)).not.toContain('example.com');
  });

  test('at a local time sends the time and its zone, and tells the instant', async () => {
    const { store } = reader;
    const effective = { local: '2099-11-30T17:00', zone: 'Europe/Berlin' };
    await take(store, carol, { kind: 'request', effective }, new Date('2099-11-30T16:00:00Z'));
    const { orders, run } = ordering();
    const at = ['--at', effective.local, '--zone', effective.zone];
    const ran = await run('offboard', carol, ...at, '--reason', 'last-day');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(
      'carol@example.com loses all access at 2099-11-30 16:00:00 UTC (2099-11-30T17:00 Europe/Berlin).',
    );
    expect(orders).toMatchObject([{ effective }]);
  });

  test('at an instant sends it as it was written', async () => {
    const { orders, run } = ordering();
    await run('offboard', carol, '--at', '2099-11-30T17:00+01:00', '--reason', 'last-day');
    expect(orders).toMatchObject([{ effective: { at: '2099-11-30T17:00+01:00' } }]);
  });

  test('without waiting says how to look', async () => {
    const ran = await ordering().run('offboard', bob, '--reason', 'last-day', '--no-wait');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toBe(`Ordered. \`lockstep offboarding show ${bob}\` tells how it goes.\n`);
    const json = await ordering().run('offboard', bob, '--reason', 'x', '--no-wait', '--output', 'json');
    expect(json.json()).toEqual({ person: bob, commandId: 'command-1' });
  });

  test('ends with 3 and says what is not done where a system refuses', async () => {
    await take(reader.store, alice, { kind: 'request' });
    const id = await takeEffect(reader.store, alice);
    await recordStep(reader.store, id, { system: 'okta', step: 'suspend', state: 'failed', detail: 'AccessDenied' });
    const ran = await ordering().run('offboard', alice, '--reason', 'last-day');
    expect(ran.code).toBe(3);
    expect(ran.stdout).toContain('! okta: suspend: AccessDenied, the credential may not do this');
  });

  const wrong: [string, string[], string][] = [
    ['a time that is none', ['--at', 'tomorrow'], 'tomorrow is no time'],
    ['a day without a time of day', ['--at', '2099-11-30', '--zone', 'Europe/Berlin'], '2099-11-30 is no time'],
    ['a day that there is not', ['--at', '2099-02-30T17:00', '--zone', 'Europe/Berlin'], '2099-02-30T17:00 is no time'],
    ['an instant that there is not', ['--at', '2099-02-30T17:00Z'], '2099-02-30T17:00Z is no time'],
    ['a local time without a zone', ['--at', '2099-11-30T17:00'], '2099-11-30T17:00 in which time zone?'],
    ['an unknown zone', ['--at', '2099-11-30T17:00', '--zone', 'Europe/Bern'], 'there is no time zone Europe/Bern'],
    ['a zone beside an instant', ['--at', '2099-11-30T17:00Z', '--zone', 'Europe/Berlin'], 'says its own zone'],
    ['a zone without a time', ['--zone', 'Europe/Berlin'], '--zone goes with --at'],
    ['a past instant', ['--at', '2020-01-01T00:00:00Z'], '2020-01-01T00:00:00Z is past'],
    ['a past local time', ['--at', '2020-01-01T00:00', '--zone', 'Asia/Tokyo'], 'that was 2019-12-31T15:00:00Z'],
    [
      'a reason that is prose',
      ['--reason', 'she stole things'],
      "'--reason <code>' argument 'she stole things' is invalid. Write a code",
    ],
    [
      'a ticket that is prose',
      ['--ticket', 'see mail'],
      "'--ticket <number>' argument 'see mail' is invalid. Write a code",
    ],
    ['an unknown action at Okta', ['--okta', 'delete'], 'Allowed choices are suspend, deactivate'],
  ];
  test.each(wrong)('with %s ends with 2 and orders nothing', async (_name, args, message) => {
    const { orders, run } = ordering();
    const ran = await run('offboard', alice, '--reason', 'last-day', ...args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
    expect(orders).toEqual([]);
  });

  test('of nobody, of several, or of somebody who only had the name once orders nothing', async () => {
    const { orders, run } = ordering();
    expect(await run('offboard', 'nobody@example.com', '--reason', 'x')).toMatchObject({ code: 1, stdout: '' });
    reader.okta.people = people.map((person) => ({ ...person, email: 'shared@example.com' }));
    expect(await run('offboard', 'shared@example.com', '--reason', 'x')).toMatchObject({ code: 2 });
    const once = new ReaderClient({ url, token: 'right' });
    once.findPeople = async (text) => ({ ...(await client.findPeople(text)), source: 'history' });
    reader.okta.people = people;
    const former = await runWith({ reader: once }, ['offboard', 'alice@example.com', '--reason', 'x']);
    expect(former.code).toBe(1);
    expect(former.stderr).toContain(`nobody has the name alice@example.com now; ${alice} once had it`);
    expect(orders).toEqual([]);
  });
});

describe('somebody whom Okta does not show any more', () => {
  beforeEach(async () => {
    await offboarded(reader.store, bob);
    reader.okta.people = people.filter(({ id }) => id !== bob);
  });

  test('is offboarded by Okta id only: by their name it may be somebody else who is meant', async () => {
    const { orders, run } = ordering();
    const ran = await run('offboard', 'bob@example.com', '--reason', 'last-day');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`nobody has the name bob@example.com now; ${bob} once had it`);
    expect(orders).toEqual([]);
    expect((await run('offboard', bob, '--reason', 'last-day')).code).toBe(0);
    expect(orders).toEqual([{ kind: 'request', person: bob, reason: 'last-day' }]);
  });

  test('is found by name to be shown, explained, withdrawn and released', async () => {
    for (const args of [['offboarding', 'show'], ['explain']]) {
      const ran = await lockstep(...args, 'bob@example.com');
      expect(ran.code).toBe(0);
      expect(ran.stdout).toContain(bob);
      expect(ran.stderr).toContain('Okta shows nobody by that name any more');
    }
    const { orders, run } = ordering();
    for (const name of ['cancel-offboard', 'release']) await run(name, 'bob@example.com', '--reason', 'x');
    expect(orders).toMatchObject([
      { kind: 'cancel', person: bob },
      { kind: 'release', person: bob },
    ]);
  });
});

describe.each(['offboard', 'cancel-offboard', 'release'])('%s', (name) => {
  test('wants a reason', async () => {
    const { orders, run } = ordering();
    const ran = await run(name, alice);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('--reason');
    expect(orders).toEqual([]);
  });
});

describe('cancel-offboard and release', () => {
  test('send what they are, and say what that means', async () => {
    await offboarded(reader.store, bob);
    await take(reader.store, bob, { kind: 'release' });
    const { orders, run } = ordering();
    const released = await run('release', bob, '--reason', 'rehired');
    expect(released.code).toBe(0);
    expect(released.stdout).toContain('The offboarding of bob@example.com is released. They are not held any more');
    expect(released.stdout).toContain('They were suspended at Okta: unsuspend them there if they still are.');
    await run('cancel-offboard', 'bob@example.com', '--reason', 'stays');
    expect(orders).toEqual([
      { kind: 'release', person: bob, reason: 'rehired' },
      { kind: 'cancel', person: bob, reason: 'stays' },
    ]);
  });

  test('say so when there is nothing to end', async () => {
    const ran = await ordering('nothing-to-end').run('cancel-offboard', 'carol@example.com', '--reason', 'stays');
    expect(ran).toMatchObject({
      code: 3,
      stdout: `Nothing was ordered of carol@example.com (${carol}): there is nothing to cancel.\n`,
    });
    const byId = await ordering('nothing-to-end').run('release', carol, '--reason', 'x');
    expect(byId.stdout).toBe(`Nothing was ordered of ${carol}: there is nothing to release.\n`);
    await offboarded(reader.store, bob);
    await take(reader.store, bob, { kind: 'release' });
    const again = await ordering('nothing-to-end').run('release', bob, '--reason', 'x');
    expect(again).toMatchObject({
      code: 0,
      stdout: 'The offboarding of bob@example.com is released already: there is nothing to release.\n',
    });
    const json = await ordering('nothing-to-end').run('release', carol, '--reason', 'x', '--output', 'json');
    expect(json.json()).toEqual({ person: carol, commandId: 'command-1', answer: 'nothing-to-end' });
  });
});

describe('cancel-offboard of one that was only scheduled', () => {
  test('says that nothing had been done, and nothing of a hold or of Okta', async () => {
    await take(reader.store, carol, { kind: 'request' }, new Date('2099-11-30T16:00:00Z'));
    await take(reader.store, carol, { kind: 'cancel' });
    const ran = await ordering().run('cancel-offboard', carol, '--reason', 'stays');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(
      'The offboarding of carol@example.com is cancelled. Nothing had been done yet, here or at Okta.',
    );
    expect(ran.stdout).not.toMatch(/held|suspended/);
  });
});

describe('an id that nobody has', () => {
  const missing = { state: 'nothing-there', detail: 'not-found' } as const;
  beforeEach(() =>
    offboarded(reader.store, alice, [
      { system: 'okta', step: 'clear-sessions', ...missing },
      { system: 'okta', step: 'suspend', ...missing },
      { system: 'okta', step: 'confirm', ...missing },
      { system: 'cloud', step: 'confirm', state: 'nothing-there', detail: 'not-linked' },
    ]),
  );

  test('ends with 3 and asks whether it was mistyped: when ordered, in the list and in the evidence', async () => {
    const point = '! lockstep: nobody at Okta and no account at any target has this id: was it mistyped?';
    const ordered = await ordering().run('offboard', alice, '--reason', 'last-day');
    expect(ordered.code).toBe(3);
    expect(ordered.stdout).toContain('is offboarded: in effect, but nobody has this id.');
    expect(ordered.stdout).toContain(point);
    const listed = await lockstep('offboardings');
    expect(listed).toMatchObject({ code: 3, stdout: expect.stringContaining('was it mistyped?') });
    const shown = await lockstep('offboarding', 'show', alice);
    expect(shown).toMatchObject({ code: 3, stdout: expect.stringContaining(point) });
  });
});

describe('offboardings', () => {
  test('takes the words that it says for --state, and explains them', async () => {
    await offboarded(reader.store, bob);
    expect((await lockstep('offboardings', '--state', 'complete')).stdout).toMatch(/^bob@example\.com +complete /m);
    expect(await lockstep('offboardings', '--state', 'under-way')).toMatchObject({ stdout: 'no offboardings\n' });
    const help = (await lockstep('offboardings', '--help')).stdout.replaceAll(/\s+/g, ' ');
    expect(help).toContain('in-effect is under-way or complete (every system has confirmed)');
  });

  test('lists who, how it stands, when, and what is not done', async () => {
    await take(reader.store, carol, { kind: 'request' }, new Date('2099-11-30T16:00:00Z'));
    await offboarded(reader.store, bob, [
      { system: 'cloud', step: 'confirm', state: 'failed', detail: 'still-active' },
    ]);
    const ran = await lockstep('offboardings');
    expect(ran.code).toBe(3);
    expect(ran.stdout).toMatch(/^PERSON +STATE +TAKES EFFECT +NOT DONE +OFFBOARDING$/m);
    expect(ran.stdout).toMatch(/^carol@example\.com +scheduled +2099-11-30 16:00:00 UTC +- /m);
    expect(ran.stdout).toMatch(/^bob@example\.com +under-way .*cloud: confirm .*: the account is still active/m);
    const scheduled = await lockstep('offboardings', '--state', 'scheduled', '--output', 'json');
    expect(scheduled.code).toBe(0);
    expect(scheduled.json()).toMatchObject([{ person: { id: carol } }]);
  });

  test('says that there are none, and refuses a state that there is not', async () => {
    expect(await lockstep('offboardings')).toMatchObject({ code: 0, stdout: 'no offboardings\n' });
    expect(await lockstep('offboardings', '--state', 'late')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('offboarding show', () => {
  test('tells people the evidence, by name or by id', async () => {
    const id = await offboarded(reader.store, bob);
    const { code, stdout } = await lockstep('offboarding', 'show', 'bob@example.com');
    expect(code).toBe(0);
    for (const line of [
      /^bob@example\.com$/m,
      /^ {2}in effect, all confirmed$/m,
      /^ {2}takes effect +20.* UTC \(at once\)$/m,
      /^ {2}reason +last-day$/m,
      /^okta {2}confirmed 20/m,
      /^ {2}suspend +done +20.* UTC +\+\d+ ms +request okta-2$/m,
      /^ {2}confirm by reading back +confirmed .*Okta says SUSPENDED$/m,
      /^ {2}cannot: .*API tokens/m,
      /request 1, at once \(last-day\): accepted/,
      /offboard .*\[done: accepted\]/,
      new RegExp(`→ lockstep release ${bob} --reason CODE`),
    ])
      expect(stdout).toMatch(line);
    expect((await lockstep('offboarding', 'show', id)).stdout).toContain(`offboarding   ${id}`);
  });

  test('flags whom a directory masters, here and in the list', async () => {
    const id = await offboarded(reader.store, bob);
    await recordStep(reader.store, id, { system: 'okta', step: 'find-master', state: 'done', detail: 'directory' });
    const shown = await lockstep('offboarding', 'show', bob);
    expect(shown.code).toBe(3);
    const advice =
      'a directory \\(AD or LDAP\\) masters them: disable them there too, or its next import may bring them back';
    expect(shown.stdout).toMatch(new RegExp(`^ {2}! okta: ${advice}$`, 'm'));
    expect(shown.stdout).toMatch(new RegExp(`^ {2}look who masters the user +not Okta +20.* UTC .* ${advice}$`, 'm'));
    const listed = await lockstep('offboardings');
    expect(listed.code).toBe(3);
    expect(listed.stdout).toMatch(new RegExp(`^bob@example\\.com +complete .* okta: ${advice} +${id}$`, 'm'));
    const json = (await lockstep('offboarding', 'show', bob, '--output', 'json')).json();
    expect(json).toMatchObject({ open: [{ system: 'okta', state: 'to-look-at' }], needsAttention: true });
  });

  test('says of each order who gave it, what it asked for and which one replaced it', async () => {
    const { store } = reader;
    const at = new Date('2099-11-30T16:00:00Z');
    const local = { local: '2099-11-30T17:00', zone: 'Europe/Berlin' };
    await take(store, carol, { kind: 'request', by: 'hr', effective: local }, at);
    await take(store, carol, { kind: 'request', by: 'operator', effective: { at: '2099-12-01T16:00Z' } }, at);
    const { stdout } = await lockstep('offboarding', 'show', carol);
    expect(stdout).toContain(
      "request 1, 2099-11-30T17:00 Europe/Berlin (by HR's hook, last-day): accepted; replaced by 2 ",
    );
    expect(stdout).toContain('request 2, 2099-12-01T16:00Z (by an operator, by the command line, last-day): accepted ');
  });

  test('gives programs all of it', async () => {
    const id = await offboarded(reader.store, bob);
    const { json } = await lockstep('offboarding', 'show', bob, '--output', 'json');
    expect(json()).toMatchObject({ id, systems: [{ system: 'okta' }, { system: 'cloud' }], commands: [{}] });
  });

  test('writes a page that stands for itself', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lockstep-evidence-'));
    try {
      await offboarded(reader.store, bob);
      const file = join(dir, 'evidence.html');
      const ran = await lockstep('offboarding', 'show', bob, '--output', 'html', '--file', file);
      expect(ran).toMatchObject({ code: 0, stdout: '' });
      expect(readFileSync(file, 'utf8')).toContain('Evidence of an offboarding');
      expect(await lockstep('offboarding', 'show', bob, '--file', file)).toMatchObject({ code: 2 });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test('of somebody who was never offboarded ends with 1', async () => {
    const ran = await lockstep('offboarding', 'show', carol);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('`lockstep offboardings` lists those that there are');
  });
});

describe('explain', () => {
  test('tells that somebody is held, and by what', async () => {
    const id = await offboarded(reader.store, bob);
    const { stdout } = await lockstep('explain', bob);
    expect(stdout).toMatch(
      new RegExp(`held +since 20.* by offboarding ${id} \\(last-day\\): nothing gives them access`),
    );
    expect(stdout).toContain(`lockstep release ${bob}`);
  });

  test('tells that somebody is going to be', async () => {
    await take(reader.store, carol, { kind: 'request' }, new Date('2099-11-30T16:00:00Z'));
    expect((await lockstep('explain', carol)).stdout).toMatch(/offboarded at 2099-11-30 16:00:00 UTC \(last-day\)/);
  });
});
