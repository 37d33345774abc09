/** Temporal away or silent, floods, half requests, and what is told about all that. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createRateLimiter } from '../../receiver/rate-limit.ts';
import { createSignals } from '../../receiver/signals.ts';
import { temporalClient } from '../../receiver/temporal-client.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { until } from '../support/until.ts';
import {
  answerWithin,
  oktaSecret,
  type ReceiverUnderTest,
  receiverUnderTest,
  refusalOf,
  signed,
  somebody,
} from './receiver-under-test.ts';

let receiver: ReceiverUnderTest;
beforeAll(async () => {
  receiver = await receiverUnderTest();
});
afterAll(() => receiver?.close());

const order = (person: string) => ({ kind: 'offboard', person: { oktaId: person }, reason: 'last-day' });
const deactivated = (person: string) => ({ eventType: 'user.lifecycle.deactivate', target: [{ id: person }] });
const statusOf = async (path: string): Promise<number> => (await fetch(receiver.url + path)).status;

describe('while Temporal is away', () => {
  it('every hook says 503 within 2.5 s, and what is sent again once it is back is taken', async () => {
    const [leaver, changed] = [somebody(), somebody()];
    const id = randomUUID();
    await receiver.line.cut();
    const asked = [
      () => receiver.hr(order(leaver), { id }),
      () => receiver.okta([deactivated(changed)]),
      () => receiver.login({ person: { oktaId: changed } }),
      () => receiver.login({ person: { oktaId: changed }, wait: 20 }),
    ];
    for (const answer of await Promise.all(asked.map((ask) => answerWithin(2_500, ask)))) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect((await refusalOf(answer)).message).toContain('Temporal');
    }
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 503]);

    await receiver.line.mend();
    await until('the receiver is ready', async () => (await statusOf('/readyz')) === 200, 10_000);
    expect((await receiver.hr(order(leaver), { id })).status).toBe(202);
    expect((await receiver.okta([deactivated(changed)])).status).toBe(204);
    const orders = await receiver.signalsOf(workflowIds.offboarding(leaver));
    expect(orders).toMatchObject([{ name: 'request', args: [{ id }] }]);
    expect(await receiver.signalsOf(workflowIds.personLifecycle(changed))).toHaveLength(1);
  });

  it('or takes connections and says nothing, it is the same', async () => {
    const held: Socket[] = [];
    const silent = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const client = temporalClient({ address: '', namespace: 'default', options: { address: `127.0.0.1:${port}` } }, []);
    const other = await receiverUnderTest({ signals: createSignals(client) });
    const events = Array.from({ length: 300 }, () => deactivated(somebody()));
    for (const ask of [() => other.hr(order(somebody())), () => other.okta(events)])
      expect((await answerWithin(2_500, ask)).status).toBe(503);
    await other.close();
    await client.connection.close();
    for (const socket of held) socket.destroy();
    silent.close();
  });
});

describe('a flood', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });
  /** Five times what is taken at once, so that even a machine that answers a hundred a second is flooded. */
  const many = 1_000;
  const flood = (path: string, ...addresses: string[]) =>
    Promise.all(
      Array.from({ length: many }, (_, at) => receiver.post(path, '{}', from(addresses[at % addresses.length] ?? ''))),
    );

  it('without proof keeps nobody out who proves to be the sender, though both have one address', async () => {
    const bare = await receiverUnderTest({ trustedProxies: [] });
    onTestFinished(() => bare.close());
    const kinds = ['application/json', 'text/plain'];
    const unsigned = Array.from({ length: many }, (_, at) =>
      bare.post('/hooks/hr', '{}', { ...from('192.0.2.9'), 'content-type': kinds[at % 2] ?? '' }),
    );
    const statuses = (await Promise.all(unsigned)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 415, 429]));
    expect((await bare.hr(order(somebody()))).status).toBe(202);
    const warned = bare.logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
    expect(warned).toMatchObject([{ address: '127.0.0.1', msg: expect.stringContaining('receiver.trustedProxies') }]);
  });

  it.each([
    ['hr', 429],
    ['login', 429],
    // Okta sends again what was answered with 5xx only.
    ['okta', 503],
  ] as const)(
    'of those who prove themselves to %s has a limit of its own, and takes nothing from others',
    async (hook, status) => {
      const own = await receiverUnderTest();
      onTestFinished(() => own.close());
      const send = { hr: () => own.hr({}), login: () => own.login({}), okta: () => own.okta([]) }[hook];
      const answers = await Promise.all(Array.from({ length: many }, send));
      const refused = answers.filter((answer) => answer.status === status);
      expect(refused.length).toBeGreaterThan(50);
      expect(answers.length - refused.length).toBeGreaterThanOrEqual(200);
      for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await own.post(`/hooks/${hook}`, '{}')).status).toBe(401);
      expect(own.logged.join('')).not.toContain('trustedProxies');
    },
  );

  it('of one sender is held off, and keeps no other sender and no other hook from going through', async () => {
    const answers = await flood('/hooks/hr', '192.0.2.1');
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(50);
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(200);
    for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    const body = JSON.stringify(order(somebody()));
    const sent = { ...signed(body), ...from('192.0.2.2') };
    expect((await receiver.post('/hooks/hr', body, sent)).status).toBe(202);
    const delivery = { data: { events: [deactivated(somebody())] } };
    const asOkta = { authorization: oktaSecret, ...from('192.0.2.1') };
    expect((await receiver.post('/hooks/okta', delivery, asOkta)).status).toBe(204);
  });

  it('of one IPv6 network is of one sender, who may have all its addresses', async () => {
    const addresses = Array.from({ length: 400 }, (_, at) => `2001:db8:0:1::${at.toString(16)}`);
    const statuses = (await flood('/hooks/hr', ...addresses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(50);
    for (const another of ['2001:db8:0:2::1', '::ffff:192.0.2.3', 'unknown'])
      expect((await receiver.post('/hooks/hr', '{}', from(another))).status, another).toBe(401);
  });

  it('ebbs: a sender has so many at once, and then so many a second', () => {
    let now = 0;
    const waitOf = createRateLimiter({ perSecond: 2, burst: 3 }, () => now);
    expect([1, 2, 3, 4].map(() => waitOf('one'))).toEqual([0, 0, 0, 1]);
    expect(waitOf('another')).toBe(0);
    now = 500;
    expect([1, 2].map(() => waitOf('one'))).toEqual([0, 1]);
    now = 60_000;
    expect([1, 2, 3, 4].map(() => waitOf('one'))).toEqual([0, 0, 0, 1]);
  });

  it('of senders does not take all memory: who has been quiet longest is forgotten', () => {
    const waitOf = createRateLimiter({ perSecond: 0.001, burst: 1 }, () => 0);
    waitOf('first');
    expect(waitOf('first')).toBeGreaterThan(0);
    for (let sender = 0; sender < 10_000; sender += 1) waitOf(String(sender));
    expect(waitOf('first')).toBe(0);
  });
});

describe('half a request', () => {
  const half = (person: string): { head: string; body: string } => {
    const body = JSON.stringify(order(person));
    const headers = { host: 'x', 'content-type': 'application/json', 'content-length': body.length, ...signed(body) };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return { head: `POST /hooks/hr HTTP/1.1\r\n${lines.join('')}\r\n`, body };
  };
  const dial = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };

  it('tells nobody anything, whether its sender goes away or stays', async () => {
    const [gone, slow] = [somebody(), somebody()];
    const [first, second] = [half(gone), half(slow)];
    const leaving = await dial();
    leaving.end(first.head + first.body.slice(0, 20));
    const staying = await dial();
    let answer = '';
    staying.on('data', (chunk) => {
      answer += String(chunk);
    });
    staying.write(second.head + second.body.slice(0, 20));
    // Node lets it go once the time for a whole request is over.
    await once(staying, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    for (const person of [gone, slow]) expect(await receiver.signalsOf(workflowIds.offboarding(person))).toEqual([]);
    expect(await statusOf('/healthz')).toBe(200);
  }, 30_000);
});

describe('what is not there', () => {
  const refused = async (method: string, path: string) => {
    const answer = await fetch(receiver.url + path, { method });
    return [answer.status, (await refusalOf(answer)).code, answer.headers.get('allow')];
  };

  it('is told from a person who is not', async () => {
    const nowhere = [404, 'no-such-hook', null];
    expect(await refused('POST', '/hooks/workday')).toEqual(nowhere);
    expect(await refused('GET', '/hooks/hr/orders')).toEqual(nowhere);
    expect(await refused('POST', '/')).toEqual(nowhere);
  });

  it('as a method at a path that is there, is 405 with those that are', async () => {
    expect(await refused('GET', '/hooks/hr')).toEqual([405, 'wrong-method', 'POST']);
    expect(await refused('PUT', '/hooks/hr/?x=1')).toEqual([405, 'wrong-method', 'POST']);
    expect(await refused('DELETE', '/hooks/okta')).toEqual([405, 'wrong-method', 'GET, HEAD, POST']);
    expect(await refused('POST', '/healthz')).toEqual([405, 'wrong-method', 'GET, HEAD']);
  });
});

it('has metrics by hook and status, and a word for what is not there', async () => {
  await receiver.post('/hooks/elsewhere/ada@example.com', {});
  const text = await (await fetch(`${receiver.url}/metrics`)).text();
  expect(text).toMatch(/lockstep_receiver_requests_total\{hook="hr",status="202"\} [1-9]/);
  expect(text).toMatch(/lockstep_receiver_requests_total\{hook="hr",status="503"\} [1-9]/);
  expect(text).toMatch(/lockstep_receiver_request_seconds_bucket\{le="3",hook="okta"\} [1-9]/);
  expect(text).toMatch(/lockstep_receiver_requests_total\{hook="none",status="404"\} [1-9]/);
  expect(text).toMatch(/process_cpu_seconds_total/);
  expect(text + receiver.logged.join('')).not.toContain('ada@');
});
