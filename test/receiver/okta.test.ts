/** Okta's event hook over HTTP, up to what Temporal has been told. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowIds } from '../../workflows/contract.ts';
import {
  nextOktaSecret,
  patient,
  type ReceiverUnderTest,
  receiverUnderTest,
  refusalOf,
  somebody,
} from './receiver-under-test.ts';

let receiver: ReceiverUnderTest;
beforeAll(async () => {
  receiver = await receiverUnderTest();
});
afterAll(() => receiver?.close());

const group = '00g1emaKYZTWRYYRRTSK';
const aUser = (id: string) => ({ id, type: 'User', alternateId: 'ada@example.com', displayName: 'Ada Abbott' });
const aGroup = { id: group, type: 'UserGroup', alternateId: 'unknown', displayName: 'engineers' };
const event = (eventType: string, target: unknown, more: object = {}) => ({
  uuid: randomUUID(),
  eventType,
  published: new Date().toISOString(),
  target,
  ...more,
});
const toldAbout = (person: string) => receiver.signalsOf(workflowIds.personLifecycle(person));

describe('the one-time verification', () => {
  it('is answered with what Okta asks', async () => {
    const answer = await fetch(`${receiver.url}/hooks/okta`, {
      headers: { 'x-okta-verification-challenge': 'abc-123_XYZ' },
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ verification: 'abc-123_XYZ' });
  });

  it.each([[{}], [{ 'x-okta-verification-challenge': '<script>' }]])(
    'is refused without a challenge: %j',
    async (headers) => {
      expect((await fetch(`${receiver.url}/hooks/okta`, { headers })).status).toBe(400);
    },
  );
});

describe('a delivery', () => {
  it('has each person of its events signalled once, on the lane for events', async () => {
    const [ada, bob] = [somebody(), somebody()];
    const update = event('user.account.update_profile', [aUser(ada)]);
    const answer = await receiver.okta([
      update,
      update,
      event('group.user_membership.add', [aUser(ada), aGroup]),
      event('user.lifecycle.deactivate', [aUser(bob)]),
    ]);
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    for (const person of [ada, bob]) expect(await toldAbout(person)).toEqual([{ name: 'changed', args: [] }]);
    const description = await receiver.client.workflow.getHandle(workflowIds.personLifecycle(ada)).describe();
    expect(description).toMatchObject({ type: 'personLifecycle', taskQueue: 'lockstep-event' });
  });

  it('counts with any of the secrets that are listed', async () => {
    expect((await receiver.okta([], nextOktaSecret)).status).toBe(204);
  });

  it('passes over what can change nothing and what says too little', async () => {
    const [ada, carol] = [somebody(), somebody()];
    const answer = await receiver.okta([
      event('user.lifecycle.deactivate', null, { actor: null, debugContext: null }),
      event('user.account.lock', [aUser(carol)]),
      event('user.something.from.the.future', [aUser(carol)]),
      event('constructor', [aUser(carol)]),
      event('user.lifecycle.suspend', [null, { id: null }, { id: '../../etc' }, 'text']),
      event('user.lifecycle.suspend', 'text'),
      null,
      'text',
      { target: [aUser(carol)] },
      event('application.user_membership.add', [{ id: '0ua1emaKYZTWRYYRRTSK', type: 'AppUser' }, aUser(ada)]),
    ]);
    expect(answer.status).toBe(204);
    expect(await toldAbout(ada)).toHaveLength(1);
    expect(await toldAbout(carol)).toEqual([]);
  });

  it('with one odd target is about the others all the same', async () => {
    const ada = somebody();
    const odd = [{ id: 5 }, null, 'text', { ...aUser(ada), id: ada }];
    expect((await receiver.okta([event('user.lifecycle.deactivate', odd)])).status).toBe(204);
    expect(await toldAbout(ada)).toEqual([{ name: 'changed', args: [] }]);
  });

  it('that hides whom an event is about has whatever changed asked for, and says so in the log', async () => {
    const uuid = randomUUID();
    const asked = async () => (await receiver.signalsOf(workflowIds.deltaSync())).length;
    const before = await asked();
    const odd = [event('user.account.lock', 5), event('user.lifecycle.create', null), event('a.b', [{ id: 5 }])];
    expect((await receiver.okta(odd)).status).toBe(204);
    expect(await asked()).toBe(before);
    const hidden = [event('user.lifecycle.deactivate', [{ id: 5 }], { uuid }), event('user.lifecycle.suspend', 'text')];
    expect((await receiver.okta(hidden)).status).toBe(204);
    expect((await receiver.signalsOf(workflowIds.deltaSync())).slice(before)).toEqual([
      { name: 'manyChanged', args: [[]] },
    ]);
    const told = receiver.logged.find((line) => line.includes(uuid)) ?? '';
    expect(JSON.parse(told)).toMatchObject({ level: 'warn', event: uuid, eventType: 'user.lifecycle.deactivate' });
  });

  it('of a sign-in is about whoever signed in', async () => {
    const ada = somebody();
    const app = { id: '0oa1emaKYZTWRYYRRTSK', type: 'AppInstance' };
    await receiver.okta([event('user.authentication.sso', [app], { actor: aUser(ada) })]);
    expect(await toldAbout(ada)).toHaveLength(1);
  });

  it('of a group that was renamed or deleted is about the group', async () => {
    await receiver.okta([event('group.profile.update', [aGroup]), event('group.lifecycle.delete', [aGroup])]);
    expect(await receiver.signalsOf(workflowIds.groupSync(group))).toEqual([{ name: 'changed', args: [] }]);
  });

  it('is signalled again when it comes again: the person is read again, no more', async () => {
    const ada = somebody();
    const events = [event('user.lifecycle.activate', [aUser(ada)])];
    await receiver.okta(events);
    await receiver.okta(events);
    expect(await toldAbout(ada)).toHaveLength(2);
  });

  it.each(['', 'the-secret-of-the-event-hook-3', 'Bearer the-secret-of-the-event-hook-1'])(
    'is refused under the secret "%s", and nobody told',
    async (secret) => {
      const ada = somebody();
      const answer = await receiver.okta([event('user.lifecycle.deactivate', [aUser(ada)])], secret);
      expect(answer.status).toBe(401);
      expect((await refusalOf(answer)).message).toContain('authorization:');
      expect(await toldAbout(ada)).toEqual([]);
    },
  );

  it.each([['{"data":'], ['{}'], ['{"data":{"events":null}}'], ['null'], ['[]']])(
    'that is none is refused: %s',
    async (body) => {
      const answer = await receiver.post('/hooks/okta', body, { authorization: nextOktaSecret });
      expect(answer.status).toBe(400);
    },
  );

  it('may have hundreds of kilobytes, and no more than one megabyte', async () => {
    const filler = 'x'.repeat(600_000);
    expect((await receiver.okta([event('user.account.lock', [], { filler })])).status).toBe(204);
    expect((await receiver.okta([event('user.account.lock', [], { filler: filler + filler })])).status).toBe(413);
  });
});

it('writes nothing about people but their ids to the log', async () => {
  const ada = somebody();
  await receiver.okta([event('user.lifecycle.deactivate', [aUser(ada)])]);
  await receiver.post('/hooks/okta?who=ada@example.com', '{"ada":', { authorization: 'ada@example.com' });
  expect(receiver.logged.length).toBeGreaterThan(5);
  expect(receiver.logged.join('')).not.toMatch(/ada@|abbott|the-secret/i);
});

it('a flood is told one by one for the first two hundred, and the others together', async () => {
  // Of its own: who was told of within the minute counts, and who comes after a flood goes together.
  const flooded = await receiverUnderTest({}, patient);
  try {
    const people = Array.from({ length: 230 }, somebody);
    const events = people.map((person) => event('user.lifecycle.deactivate', [aUser(person)]));
    expect((await flooded.okta(events)).status).toBe(204);
    const isTold = async (person: string) => {
      const signals = await flooded.signalsOf(workflowIds.personLifecycle(person));
      return signals.length > 0;
    };
    const told = await Promise.all(people.map(isTold));
    expect(told).toEqual(people.map((_, at) => at < 200));
    const [together] = await flooded.signalsOf(workflowIds.deltaSync());
    expect(together).toEqual({ name: 'manyChanged', args: [people.slice(200)] });
  } finally {
    await flooded.close();
  }
});

it('a flood of groups is told likewise, and people go before them', async () => {
  const flooded = await receiverUnderTest({}, patient);
  try {
    const groups = Array.from({ length: 230 }, () => somebody().replace('00u', '00g'));
    const ada = somebody();
    const events = [
      ...groups.map((id) => event('group.profile.update', [{ ...aGroup, id }])),
      event('user.lifecycle.deactivate', [aUser(ada)]),
    ];
    expect((await flooded.okta(events)).status).toBe(204);
    expect(await flooded.signalsOf(workflowIds.personLifecycle(ada))).not.toEqual([]);
    const isTold = async (id: string) => (await flooded.signalsOf(workflowIds.groupSync(id))).length > 0;
    expect(await Promise.all(groups.map(isTold))).toEqual(groups.map((_, at) => at < 199));
    const [together] = await flooded.signalsOf(workflowIds.deltaSync());
    expect(together).toEqual({ name: 'manyChanged', args: [[], groups.slice(199)] });
  } finally {
    await flooded.close();
  }
});
