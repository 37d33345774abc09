/** A receiver that listens, before the Temporal server of this run, in a namespace of its own, and a real reader. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import { Secret } from '../../config/secret.ts';
import { createLog } from '../../process/log.ts';
import type { ReceiverDependencies } from '../../receiver/dependencies.ts';
import { createMetrics } from '../../receiver/metrics.ts';
import { createReceiver } from '../../receiver/server.ts';
import { createSignals, type Signals } from '../../receiver/signals.ts';
import { temporalClient } from '../../receiver/temporal-client.ts';
import { registerNamespace } from '../support/namespace.ts';
import { temporalAddress } from '../support/servers.ts';
import { relayTo, type TcpRelay } from '../support/tcp-relay.ts';

const key = (letter: string): string => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`;
export const oldKey = key('o');
export const newKey = key('n');
export const strangeKey = key('s');
export const oktaSecret = 'the-secret-of-the-event-hook-1';
export const nextOktaSecret = 'the-secret-of-the-event-hook-2';
const loginToken = 'the-token-of-the-sign-in-page';

/** An id as Okta makes them, of nobody else in this run. */
export const somebody = (): string => `00u${randomUUID().replaceAll('-', '').slice(0, 17)}`;

export interface Received {
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface ReceiverUnderTest {
  readonly url: string;
  readonly client: Client;
  readonly namespace: string;
  /** The receiver's line to Temporal. */
  readonly line: TcpRelay;
  readonly logged: string[];
  /** Signals that a workflow has got, in order; none when it was never started. */
  signalsOf(workflowId: string): Promise<readonly Received[]>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Signed as HR does it. */
  hr(order: unknown, options?: SignOptions): Promise<Response>;
  okta(events: readonly unknown[], secret?: string): Promise<Response>;
  login(body: unknown): Promise<Response>;
  /** Ends the receiver alone. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface SignOptions {
  readonly id?: string;
  readonly at?: Date;
  readonly key?: string;
}

export function signed(body: string, { id = randomUUID(), at = new Date(), key = newKey }: SignOptions = {}) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(key).sign(id, at, body),
  };
}

/** Two hundred signals within the two seconds that there are may be too much for a busy machine. */
export const patient = (signals: Signals): Signals => ({
  ...signals,
  personChanged: (person, deadline) => signals.personChanged(person, deadline + 30_000),
  groupChanged: (group, deadline) => signals.groupChanged(group, deadline + 30_000),
  manyChanged: (many, deadline) => signals.manyChanged(many, deadline + 30_000),
});

export async function receiverUnderTest(
  changes: Partial<ReceiverDependencies> = {},
  through: (signals: Signals) => Signals = (signals) => signals,
): Promise<ReceiverUnderTest> {
  const [host = '', port = ''] = temporalAddress().split(':');
  const connection = await Connection.connect({ address: temporalAddress() });
  const namespace = await registerNamespace(connection);
  const line = await relayTo(host, Number(port));
  const own = temporalClient({ address: '', namespace, options: { address: `127.0.0.1:${line.port}` } }, []);
  const logged: string[] = [];
  const log = createLog({ service: 'receiver', level: 'trace', stream: { write: (text) => logged.push(text) } });
  const secrets = {
    okta: [new Secret(oktaSecret), new Secret(nextOktaSecret)],
    hr: [new Secret(newKey), new Secret(oldKey)],
    login: [new Secret(loginToken)],
  };
  const app = createReceiver(
    {
      secrets,
      signals: through(createSignals(own)),
      reader: { findPeople: () => Promise.reject(new Error('the test does not expect the reader to be asked')) },
      metrics: createMetrics(),
      trustedProxies: ['127.0.0.1'],
      ...changes,
    },
    log,
  );
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const client = new Client({ connection, namespace });
  const post: ReceiverUnderTest['post'] = (path, body, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    url,
    client,
    namespace,
    line,
    logged,
    signalsOf: (workflowId) => signalsOf(client, workflowId),
    post,
    hr(order, options) {
      const body = JSON.stringify(order);
      return post('/hooks/hr', body, signed(body, options));
    },
    okta: (events, secret = oktaSecret) =>
      post('/hooks/okta', { eventType: 'com.okta.event_hook', data: { events } }, { authorization: secret }),
    login: (body) => post('/hooks/login', body, { authorization: `Bearer ${loginToken}` }),
    stop: () => app.close(),
    async close() {
      await app.close();
      await own.connection.close();
      await line.cut().catch(() => undefined);
      await connection.close();
    },
  };
}

async function signalsOf(client: Client, workflowId: string): Promise<Received[]> {
  const history = await client.workflow
    .getHandle(workflowId)
    .fetchHistory()
    .catch((error: unknown) => {
      if (error instanceof Error && /not found/i.test(error.message)) return undefined;
      throw error;
    });
  return (history?.events ?? []).flatMap((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (!signal) return [];
    const args = (signal.input?.payloads ?? []).map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString()));
    return [{ name: signal.signalName ?? '', args }];
  });
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export const refusalOf = async (answer: Response): Promise<Refusal> =>
  ((await answer.json()) as { error: Refusal }).error;

/** The first answer that came in time: a busy machine may hold one up, but hardly three in a row. */
export async function answerWithin(limitMs: number, ask: () => Promise<Response>): Promise<Response> {
  const waits: number[] = [];
  while (waits.length < 3) {
    const began = performance.now();
    const answer = await ask();
    const waited = performance.now() - began;
    if (waited < limitMs) return answer;
    waits.push(waited);
  }
  throw new Error(`answered after ${waits.map(Math.round).join(', ')} ms`);
}
