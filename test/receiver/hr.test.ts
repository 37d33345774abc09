/** HR's calls over HTTP, up to what Temporal has been told. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowIds } from '../../workflows/contract.ts';
import {
  newKey,
  oldKey,
  type ReceiverUnderTest,
  receiverUnderTest,
  refusalOf,
  signed,
  somebody,
  strangeKey,
} from './receiver-under-test.ts';

let receiver: ReceiverUnderTest;
beforeAll(async () => {
  receiver = await receiverUnderTest();
});
afterAll(() => receiver?.close());

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
const offboard = (person: string, more: object = {}) => ({
  kind: 'offboard',
  person: { oktaId: person },
  reason: 'last-day',
  ...more,
});
const toldAbout = (person: string) => receiver.signalsOf(workflowIds.offboarding(person));

describe('a signed order', () => {
  it('is with Temporal, under the id of its message, once it is acknowledged', async () => {
    const person = somebody();
    const id = randomUUID();
    const effective = { local: '2026-11-30T17:00', zone: 'Europe/Berlin' };
    const answer = await receiver.hr(offboard(person, { effective, okta: 'deactivate', ticket: 'HR-7', sequence: 3 }), {
      id,
    });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ accepted: true, command: id, person });
    const [signal, ...others] = await toldAbout(person);
    expect(others).toEqual([]);
    expect(signal).toEqual({
      name: 'request',
      args: [
        {
          kind: 'request',
          id,
          seq: 3,
          by: 'hr',
          reason: 'last-day',
          ticket: 'HR-7',
          effective,
          okta: 'deactivate',
          receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
    });
    const description = await receiver.client.workflow.getHandle(workflowIds.offboarding(person)).describe();
    expect(description).toMatchObject({ type: 'offboarding', taskQueue: 'lockstep-urgent' });
  });

  it.each(['cancel', 'release'])('to %s becomes that command', async (kind) => {
    const person = somebody();
    const answer = await receiver.hr({ kind, person: { oktaId: person }, reason: 'stays' });
    expect(answer.status).toBe(202);
    expect(await toldAbout(person)).toMatchObject([{ name: kind, args: [{ kind, reason: 'stays' }] }]);
  });

  it('counts with any of the keys that are listed, so that one can be replaced', async () => {
    for (const key of [oldKey, newKey]) expect((await receiver.hr(offboard(somebody()), { key })).status).toBe(202);
  });

  it('sent again, keeps its id, so that it counts once', async () => {
    const person = somebody();
    const id = randomUUID();
    for (let round = 0; round < 2; round += 1) expect((await receiver.hr(offboard(person), { id })).status).toBe(202);
    const ids = (await toldAbout(person)).map(({ args: [command] }) => (command as { id: string }).id);
    expect(new Set(ids)).toEqual(new Set([id]));
  });
});

it('two orders under one id are both with Temporal: what they are is decided where it can be known', async () => {
  const person = somebody();
  const id = randomUUID();
  expect((await receiver.hr(offboard(person), { id })).status).toBe(202);
  const cancel = { kind: 'cancel', person: { oktaId: person }, reason: 'stays' };
  expect((await receiver.hr(cancel, { id })).status).toBe(202);
  expect(await toldAbout(person)).toMatchObject([
    { name: 'request', args: [{ id }] },
    { name: 'cancel', args: [{ id }] },
  ]);
});

describe('refused, and nobody told', () => {
  it.each<[string, () => Record<string, string> | undefined, string]>([
    ['signed with another key', () => ({ key: strangeKey }) as never, 'webhook-signature'],
    ['of more than five minutes ago', () => ({ at: minutesAgo(6) }) as never, 'webhook-timestamp'],
    ['of more than five minutes ahead', () => ({ at: minutesAgo(-6) }) as never, 'webhook-timestamp'],
    ['with an id that could part the text in two ways', () => ({ id: 'a.1' }) as never, 'webhook-id'],
  ])('an order %s', async (_title, options, where) => {
    const person = somebody();
    const answer = await receiver.hr(offboard(person), options());
    expect(answer.status).toBe(401);
    expect((await refusalOf(answer)).message).toContain(`${where}:`);
    expect(await toldAbout(person)).toEqual([]);
  });

  it('a replay under a fresh time: the time is part of what is signed', async () => {
    const person = somebody();
    const body = JSON.stringify(offboard(person));
    const old = signed(body, { at: minutesAgo(6) });
    const now = String(Math.floor(Date.now() / 1_000));
    const answer = await receiver.post('/hooks/hr', body, { ...old, 'webhook-timestamp': now });
    expect(answer.status).toBe(401);
    expect(await toldAbout(person)).toEqual([]);
  });

  it('another body, or another id, under a signature that was seen', async () => {
    const [person, other] = [somebody(), somebody()];
    const headers = signed(JSON.stringify(offboard(person)));
    expect((await receiver.post('/hooks/hr', JSON.stringify(offboard(other)), headers)).status).toBe(401);
    const renamed = { ...headers, 'webhook-id': randomUUID() };
    expect((await receiver.post('/hooks/hr', JSON.stringify(offboard(person)), renamed)).status).toBe(401);
    expect([...(await toldAbout(person)), ...(await toldAbout(other))]).toEqual([]);
  });

  it('an order without a signature, before its body is read as JSON', async () => {
    const answer = await receiver.post('/hooks/hr', '{"kind":');
    expect(answer.status).toBe(401);
    expect((await refusalOf(answer)).message).toBe('webhook-id: is not there');
  });

  it.each<[string, object, RegExp]>([
    ['no time', { effective: { at: '2026-02-30T10:00:00Z' } }, /^effective\.at: is no time that there is$/],
    ['a time without its zone', { effective: { at: '2026-02-03T10:00:00' } }, /^effective\.at: is no instant$/],
    [
      'a day without a time',
      { effective: { local: '2026-02-03', zone: 'UTC' } },
      /^effective\.local: is no local time$/,
    ],
    ['no such zone', { effective: { local: '2026-02-03T17:00', zone: 'Europe/Bonn' } }, /^effective\.zone: is not/],
    ['no local zone', { effective: { local: '2026-02-03T17:00' } }, /^effective: is neither/],
    ['prose for a reason', { reason: 'Ada Abbott has left us' }, /^reason: is no code$/],
    ['no such action', { okta: 'delete' }, /^okta: is none of suspend, deactivate$/],
    ['a number from before the first', { sequence: 0 }, /^sequence: is below 1$/],
    ['a number after which none could come', { sequence: 2 ** 53 - 1 }, /^sequence: is above 4503599627370495$/],
    ['no such kind', { kind: 'fire' }, /^kind: is none of/],
    ['nobody', { person: { name: 'Ada Abbott' } }, /^person: names nobody$/],
    ['no Okta id', { person: { oktaId: '00g000000000000ada01' } }, /^person\.oktaId: is not the id/],
    ['two names', { person: { email: 'ada@example.com', login: 'ada' } }, /^person: names more than one$/],
    ['a field too many', { effectiv: 1, why: 2 }, /^effectiv: is not known here; why: is not known here$/],
    [
      'a field too many within',
      { effective: { at: '2026-02-03T10:00:00Z', zone: 'UTC' } },
      /^effective\.zone: is not known here$/,
    ],
    ['a field that is no name', { 'ada@example.com': true }, /^body: has a field that is not known here$/],
    ['no reason', { reason: undefined }, /^reason: is missing$/],
    ['a number for a reason', { reason: 7 }, /^reason: is no string$/],
    ['no kind', { kind: undefined }, /^kind: is missing$/],
    ['no person', { person: undefined }, /^person: is missing$/],
    ['a number for an Okta id', { person: { oktaId: 7 } }, /^person\.oktaId: is no string$/],
    ['too long a name', { person: { email: 'x'.repeat(300) } }, /^person\.email: is longer than 256 characters$/],
    [
      'a time for what has none',
      { kind: 'cancel', effective: { at: '2026-02-03T10:00:00Z' } },
      /^effective: goes with/,
    ],
    ['an action for what has none', { kind: 'release', okta: 'suspend' }, /^okta: goes with offboard only$/],
    ['a text for a number', { sequence: 'three' }, /^sequence: is no whole number$/],
  ])('an order with %s: told where, and nothing of what was sent', async (_title, change, message) => {
    const person = somebody();
    const answer = await receiver.hr(offboard(person, change));
    expect(answer.status).toBe(400);
    const refusal = await refusalOf(answer);
    expect(refusal.message).toMatch(message);
    expect(refusal.hint).not.toBe('');
    expect(JSON.stringify(refusal)).not.toMatch(/ada|abbott|delete|fire|bonn|three/i);
    expect(JSON.stringify(refusal)).not.toMatch(/invalid|expected|received|too big/i);
    expect(await toldAbout(person)).toEqual([]);
  });

  it.each(['[]', '"offboard"', 'null'])('a body that is no object: %s', async (body) => {
    const answer = await receiver.post('/hooks/hr', body, signed(body));
    expect(answer.status).toBe(400);
    expect((await refusalOf(answer)).message).toBe('body: is no object');
  });

  it('a time in milliseconds, told that it is in seconds', async () => {
    const body = JSON.stringify(offboard(somebody()));
    const headers = { ...signed(body), 'webhook-timestamp': String(Date.now()) };
    const answer = await receiver.post('/hooks/hr', body, headers);
    expect(answer.status).toBe(401);
    expect(await refusalOf(answer)).toMatchObject({
      message: 'webhook-timestamp: is in milliseconds',
      hint: expect.stringContaining('in seconds'),
    });
  });

  it('a body of more than 64 KB, and what is no JSON', async () => {
    const large = offboard(somebody(), { ticket: 'x'.repeat(64 * 1_024) });
    expect((await receiver.hr(large)).status).toBe(413);
    expect((await receiver.post('/hooks/hr', 'kind=offboard', { 'content-type': 'text/plain' })).status).toBe(415);
    const text = 'offboard';
    const answer = await receiver.post('/hooks/hr', text, signed(text));
    expect([answer.status, (await refusalOf(answer)).message]).toEqual([400, 'body: is no JSON']);
  });
});
