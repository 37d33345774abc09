// Event hooks of the Okta simulator over HTTP, after Okta's pages "Event hooks", "Event hooks best practices" and its description.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HookReceiver, startHookReceiver } from './hook-receiver.ts';
import { type Answer, aProfile, type OktaUnderTest, startOkta } from './okta-client.ts';
import { documentedTypes, hookTypes } from './okta-event-types.ts';

const PATH = '/api/v1/eventHooks';
const SECRET = 'what-only-the-receiver-knows';

let okta: OktaUnderTest;
let receiver: HookReceiver;
beforeEach(async () => {
  okta = await startOkta({ people: 20, groups: 3 });
  receiver = await startHookReceiver();
});
afterEach(async () => {
  await okta.close();
  await receiver.close();
});

interface HookBody {
  name: unknown;
  description?: string;
  events: Record<string, unknown>;
  channel: { type: string; version: string; config: Record<string, unknown> };
}

function aHook(items: readonly string[] = ['user.lifecycle.create'], config: Record<string, unknown> = {}): HookBody {
  const authScheme = { type: 'HEADER', key: 'Authorization', value: SECRET };
  return {
    name: 'Changes',
    events: { type: 'EVENT_TYPE', items },
    channel: { type: 'HTTP', version: '1.0.0', config: { uri: receiver.url, authScheme, ...config } },
  };
}

const one = (id: unknown) => `${PATH}/${id}`;
const step = (id: unknown, name: string) => okta.call('POST', `${PATH}/${id}/lifecycle/${name}`);

async function create(body: unknown = aHook()): Promise<string> {
  const made = await okta.call('POST', PATH, body);
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return String(made.body.id);
}

async function verified(body: unknown = aHook()): Promise<string> {
  const id = await create(body);
  expect((await step(id, 'verify')).status).toBe(200);
  return id;
}

/** One event of type user.lifecycle.create for each name. */
async function stage(...names: string[]): Promise<void> {
  for (const name of names) await okta.call('POST', '/api/v1/users?activate=false', aProfile(name));
}

const arrived = (count: number) => expect.poll(() => receiver.deliveries.length).toBe(count);
const uuidsOf = (events: Answer[]) => events.map(({ uuid }) => String(uuid));
const namesOf = (events: Answer[]) => events.map(({ target }) => String(target?.['0']?.alternateId).split('@')[0]);
const logged = async (type: string) =>
  (await okta.all(`/api/v1/logs?until=${new Date(okta.sim.now() + 1_000).toISOString()}&limit=1000`)).filter(
    ({ eventType }) => String(eventType) === type,
  );
const failures = () => logged('event_hook.delivery');

describe('management', () => {
  test('a hook is made, shown without its secret, replaced, and deleted once it is inactive', async () => {
    const headers = [{ key: 'X-Team', value: 'identity' }];
    const made = (
      await okta.call('POST', PATH, { ...aHook(), description: 'Tells', channel: aHook([], { headers }).channel })
    ).body;
    expect(made).toMatchObject({
      id: expect.stringMatching(/^who\w{17}$/),
      name: 'Changes',
      description: 'Tells',
      status: 'ACTIVE',
      verificationStatus: 'UNVERIFIED',
      createdBy: expect.stringMatching(/^00u/),
      events: { type: 'EVENT_TYPE', items: ['user.lifecycle.create'], filter: null },
      channel: {
        config: { uri: receiver.url, method: 'POST', headers, authScheme: { type: 'HEADER', key: 'Authorization' } },
      },
      _links: {
        self: { href: okta.sim.origin + one(made.id) },
        verify: { href: `${okta.sim.origin}${one(made.id)}/lifecycle/verify` },
        deactivate: { href: `${okta.sim.origin}${one(made.id)}/lifecycle/deactivate` },
      },
    });
    expect(JSON.stringify([made, (await okta.call('GET', PATH)).items])).not.toContain(SECRET);
    const renamed = await okta.call('PUT', one(made.id), { ...aHook(['group.lifecycle.create']), name: 'Others' });
    expect(renamed.body).toMatchObject({ id: made.id, name: 'Others', description: null });
    expect((await okta.call('GET', one(made.id))).body).toEqual(renamed.body);
    expect((await okta.call('DELETE', one(made.id))).status).toBe(403);
    expect((await step(made.id, 'deactivate')).body.status).toBe('INACTIVE');
    expect((await okta.call('DELETE', one(made.id))).status).toBe(204);
    expect((await okta.call('GET', one(made.id))).body.errorCode).toBe('E0000007');
    expect((await okta.call('GET', PATH)).items).toEqual([]);
  });

  test('every type that hooks may have is taken, and every other one refused', async () => {
    const taken: string[] = [];
    for (const type of documentedTypes) {
      const { status, body } = await okta.call('POST', PATH, aHook([type]));
      if (status === 200) taken.push(type);
      else expect(body.errorCode).toBe('E0000001');
    }
    expect(taken).toEqual([...hookTypes]);
  });

  const tooMany = Array.from({ length: 301 }, () => 'user.lifecycle.create');
  test.each<[string, (hook: HookBody) => void]>([
    [
      'name',
      (hook) => {
        hook.name = '';
      },
    ],
    [
      'events.items',
      (hook) => {
        hook.events.items = [];
      },
    ],
    [
      'events.items',
      (hook) => {
        hook.events.items = tooMany;
      },
    ],
    [
      'events.items',
      (hook) => {
        hook.events.items = ['user.lifecycle.nonsense'];
      },
    ],
    [
      'events.type',
      (hook) => {
        hook.events.type = 'FLOW_EVENT';
      },
    ],
    [
      'events.filter',
      (hook) => {
        hook.events.filter = { type: 'EXPRESSION_LANGUAGE', eventFilterMap: [] };
      },
    ],
    [
      'channel.type',
      (hook) => {
        hook.channel.type = 'SMTP';
      },
    ],
    [
      'channel.version',
      (hook) => {
        hook.channel.version = '2.0.0';
      },
    ],
    [
      'channel.config.uri',
      (hook) => {
        hook.channel.config.uri = 'nowhere';
      },
    ],
    [
      'channel.config.uri',
      (hook) => {
        hook.channel.config.uri = 'http://hooks.example.com/okta';
      },
    ],
    [
      'channel.config.headers',
      (hook) => {
        hook.channel.config.headers = [{ key: 'X-Only' }];
      },
    ],
    [
      'channel.config.authScheme.type',
      (hook) => {
        hook.channel.config.authScheme = { type: 'BASIC', key: 'a', value: 'b' };
      },
    ],
    [
      'channel.config.authScheme.value',
      (hook) => {
        hook.channel.config.authScheme = { type: 'HEADER', key: 'Authorization' };
      },
    ],
  ])('a wrong %s is refused by its name', async (field, spoil) => {
    const hook = aHook();
    spoil(hook);
    const { status, body } = await okta.call('POST', PATH, hook);
    expect([status, body.errorCode]).toEqual([400, 'E0000001']);
    expect(String(body.errorCauses?.['0']?.errorSummary)).toMatch(new RegExp(`^${field}: `));
  });

  test('changes and verifications stand in the log, in types that Okta has', async () => {
    const id = await verified();
    await okta.call('PUT', one(id), aHook(['group.lifecycle.create']));
    for (const name of ['deactivate', 'activate', 'deactivate']) await step(id, name);
    await okta.call('DELETE', one(id));
    const types = (await okta.call('GET', '/api/v1/logs')).items.map(({ eventType }) => String(eventType));
    const expected = ['created', 'verified', 'updated', 'deactivated', 'activated', 'deactivated', 'deleted'];
    expect(types).toEqual(expected.map((name) => `event_hook.${name}`));
  });

  test('hooks and what they wait for outlive a restart from the state file, secrets included', async () => {
    await verified();
    okta.sim.vendor.restore(JSON.parse(JSON.stringify(okta.sim.vendor.dump())));
    await stage('Kept');
    await arrived(1);
    expect(receiver.deliveries[0]?.headers.authorization).toBe(SECRET);
  });

  test('the secret stands in no request log', async () => {
    await create();
    expect(JSON.stringify(okta.sim.requests.since())).not.toContain(SECRET);
  });

  test('at most 25 hooks are active and verified', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 25; n += 1) ids.push(await verified());
    const late = await create();
    expect((await step(late, 'verify')).status).toBe(400);
    await step(ids[0], 'deactivate');
    expect((await step(late, 'verify')).body.verificationStatus).toBe('VERIFIED');
    expect((await step(ids[0], 'activate')).status).toBe(400);
  });
});

describe('verification', () => {
  const statusOf = async (id: string) => String((await okta.call('GET', one(id))).body.verificationStatus);

  test('asks the receiver once by GET, without the secret, and believes only the challenge itself', async () => {
    const id = await create();
    receiver.answerChallenge(() => ({ verification: 'something else' }));
    const refused = await step(id, 'verify');
    expect([refused.status, refused.body.errorCode, await statusOf(id)]).toEqual([400, 'E0000001', 'UNVERIFIED']);
    receiver.answerChallenge((verification) => ({ verification }));
    expect((await step(id, 'verify')).body.verificationStatus).toBe('VERIFIED');
    expect(receiver.challenges).toHaveLength(2);
    expect(new Set(receiver.challenges).size).toBe(2);
    expect(receiver.deliveries).toEqual([]);
  });

  test.each([[[500]], [[404]], [['cut']], [['silent']]] as const)('is tried once more after %j', async (manners) => {
    okta.set({ hookTimeoutMs: 200 });
    const id = await create();
    receiver.next(...manners);
    expect((await step(id, 'verify')).body.verificationStatus).toBe('VERIFIED');
    receiver.next(...manners, ...manners);
    expect((await step(await create(), 'verify')).status).toBe(400);
    expect(receiver.challenges).toHaveLength(4);
  });

  test('waits three seconds for each answer, and no other call waits along', async () => {
    const id = await create();
    receiver.next('silent', 'silent');
    const started = performance.now();
    const verifying = step(id, 'verify').then(({ status }) => ({ status, ms: performance.now() - started }));
    await expect.poll(() => receiver.open).toBe(1);
    expect((await okta.call('GET', PATH)).items).toHaveLength(1);
    expect(receiver.open).toBe(1);
    const { status, ms } = await verifying;
    expect(status).toBe(400);
    expect(ms).toBeGreaterThan(5_900);
  });

  test('has to be repeated once the channel was changed, but not for other event types', async () => {
    const id = await verified();
    await okta.call('PUT', one(id), aHook(['user.lifecycle.suspend']));
    expect(await statusOf(id)).toBe('VERIFIED');
    const { authScheme: _, ...withoutSecret } = aHook().channel.config;
    const sameKey = { ...withoutSecret, authScheme: { type: 'HEADER', key: 'Authorization' } };
    await okta.call('PUT', one(id), { ...aHook(), channel: { ...aHook().channel, config: sameKey } });
    expect(await statusOf(id)).toBe('VERIFIED');
    await okta.call(
      'PUT',
      one(id),
      aHook(undefined, { authScheme: { type: 'HEADER', key: 'Authorization', value: 'x' } }),
    );
    expect(await statusOf(id)).toBe('UNVERIFIED');
  });

  test('can be left out by a switch', async () => {
    okta.set({ hookStartsVerified: true });
    await create();
    await stage('Early');
    await arrived(1);
  });
});

describe('delivery', () => {
  test("has Okta's shape: the events of the log, by their uuids, under a header that proves the org", async () => {
    const id = await verified(
      aHook(['user.lifecycle.create', 'group.user_membership.add'], {
        headers: [{ key: 'X-Team', value: 'identity' }],
      }),
    );
    await stage('Ada');
    await arrived(1);
    const [{ headers, body, events } = { headers: {}, body: {} as Answer, events: [] as Answer[] }] =
      receiver.deliveries;
    expect(headers).toMatchObject({
      authorization: SECRET,
      accept: 'application/json',
      'content-type': 'application/json',
      'x-team': 'identity',
    });
    expect(body).toMatchObject({
      eventType: 'com.okta.event_hook',
      eventTypeVersion: '1.0',
      cloudEventsVersion: '0.1',
      source: okta.sim.origin + one(id),
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventTime: expect.stringMatching(/^\d{4}-.*Z$/),
      contentType: 'application/json',
    });
    const [inLog] = await logged('user.lifecycle.create');
    const { request, client, ...rest } = inLog as Answer;
    const ipChain = request?.ipChain;
    expect(events).toEqual([{ ...rest, client: { ...client, ipChain }, device: null, insertionTimestamp: null }]);
    expect(ipChain).toBeTruthy();
  });

  test('goes to active, verified hooks only, and for the types they subscribed to', async () => {
    const active = await verified(aHook(['user.lifecycle.create']));
    await create(aHook(['user.lifecycle.create']));
    const stopped = await verified(aHook(['user.lifecycle.create']));
    await step(stopped, 'deactivate');
    await verified(aHook(['group.lifecycle.create']));
    await stage('Bea');
    await okta.call('POST', '/api/v1/groups', { profile: { name: 'Told' } });
    await arrived(2);
    expect(
      receiver.deliveries.map(({ body }) => String(body.source)).filter((source) => source.endsWith(active)),
    ).toHaveLength(1);
    expect(receiver.events.map(({ eventType }) => String(eventType)).sort()).toEqual([
      'group.lifecycle.create',
      'user.lifecycle.create',
    ]);
    await step(stopped, 'activate');
    await stage('Cem');
    await arrived(4);
  });

  test('brings together what happens close in time, at most so many', async () => {
    okta.set({ hookDelayMs: 500, hookBatchSize: 3 });
    await verified();
    await stage('A', 'B', 'C', 'D');
    expect(receiver.deliveries).toEqual([]);
    await arrived(2);
    expect(receiver.deliveries.map(({ events }) => namesOf(events)).sort()).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('can come twice with the same eventId, and behind younger ones', async () => {
    okta.set({ hookBatchSize: 1, hookDuplicateEvery: 2, hookDisorderMs: 300 });
    await verified();
    await stage('A', 'B', 'C');
    await arrived(4);
    const ids = receiver.deliveries.map(({ body }) => String(body.eventId));
    expect(new Set(ids).size).toBe(3);
    expect(namesOf(receiver.events).slice(0, 2)).toEqual(['b', 'b']);
    expect(namesOf(receiver.events).slice(2).sort()).toEqual(['a', 'c']);
  });

  test('can be lost without a word', async () => {
    okta.set({ hookBatchSize: 1, hookLoseEvery: 2 });
    await verified();
    await stage('A', 'B', 'C');
    await arrived(2);
    expect(namesOf(receiver.events).sort()).toEqual(['a', 'c']);
    expect(await failures()).toEqual([]);
  });

  test.each([[503], ['cut'], ['silent']] as const)('is sent once more after %s, the same again', async (manner) => {
    okta.set({ hookTimeoutMs: 200 });
    await verified();
    receiver.next(manner);
    await stage('Again');
    await arrived(2);
    const [first, second] = receiver.deliveries;
    expect(second?.body).toEqual(first?.body);
    await stage('Next');
    await arrived(3);
    expect(await failures()).toEqual([]);
  });

  test.each([
    [[503, 503], 2, 'HTTP 503'],
    [['silent', 'silent'], 2, 'no answer in time'],
    [[401], 1, 'HTTP 401'],
    [[302], 1, 'HTTP 302'],
  ] as const)('is lost after %j, which the log tells, though not what was lost', async (manners, tries, reason) => {
    okta.set({ hookTimeoutMs: 200 });
    const id = await verified(aHook(['user.lifecycle.create']));
    receiver.next(...manners);
    await stage('Lost');
    await expect.poll(async () => (await failures()).length).toBe(1);
    expect(receiver.deliveries).toHaveLength(tries);
    expect((await failures())[0]).toMatchObject({
      outcome: { result: 'FAILURE', reason },
      target: [{ id, type: 'EventHook' }],
    });
    await stage('Found');
    await arrived(tries + 1);
    expect(namesOf(receiver.deliveries.at(-1)?.events ?? [])).toEqual(['found']);
    expect(uuidsOf(await logged('user.lifecycle.create'))).toEqual([...new Set(uuidsOf(receiver.events))]);
  });

  test('of what was refused is sent once more where a switch says so', async () => {
    okta.set({ hookRetriesRefusals: true });
    await verified();
    receiver.next(401);
    await stage('Again');
    await arrived(2);
  });

  test('begins only a while after the verification, if so set', async () => {
    okta.set({ hookStartMs: 120_000 });
    await verified();
    await stage('Early');
    okta.sim.advanceClock(121_000);
    await stage('Later');
    await arrived(1);
    expect(namesOf(receiver.events)).toEqual(['later']);
  });

  test('keeps no call waiting for a receiver that does not answer, and brings everything in the end', async () => {
    okta.set({ hookBatchSize: 1, hookTimeoutMs: 60_000 });
    await verified();
    receiver.next(...Array.from({ length: 10 }, () => 'silent' as const));
    await stage(...Array.from({ length: 30 }, (_, n) => `P${n}`));
    await arrived(10);
    receiver.release();
    await arrived(30);
    expect(new Set(uuidsOf(receiver.events)).size).toBe(30);
  });

  test('ends with the simulator, under way or not', async () => {
    okta.set({ hookTimeoutMs: 60_000 });
    await verified();
    receiver.next('silent');
    await stage('Hanging');
    await arrived(1);
    okta.set({ hookDelayMs: 200 });
    await stage('Waiting');
    await okta.close();
    await expect.poll(() => receiver.open).toBe(0);
    okta = await startOkta();
    await verified();
    okta.set({ hookDelayMs: 300 });
    await stage('Other');
    await arrived(2);
    expect(namesOf(receiver.events)).toEqual(['hanging', 'other']);
  });

  test('tells of nothing that was seeded, and a new population knows no hook of the old one', async () => {
    await verified();
    await okta.sim.seed({ people: 5, groups: 1 });
    expect((await okta.call('GET', PATH)).items).toEqual([]);
    await stage('Unheard');
    await verified(aHook(['group.lifecycle.create']));
    await okta.call('POST', '/api/v1/groups', { profile: { name: 'Heard' } });
    await arrived(1);
    expect(receiver.events.map(({ eventType }) => String(eventType))).toEqual(['group.lifecycle.create']);
  });
});
