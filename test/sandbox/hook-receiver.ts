// Somebody's service behind an event hook: answers challenges, keeps deliveries, and fails as it is told.
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './okta-client.ts';

export interface Delivery {
  headers: IncomingHttpHeaders;
  body: Answer;
  events: Answer[];
}

/** A status, silence until `release`, or a cut connection. */
type Manner = number | 'silent' | 'cut';

export interface HookReceiver {
  readonly url: string;
  /** Every POST, refused ones included. */
  readonly deliveries: Delivery[];
  /** The challenge of every GET. */
  readonly challenges: string[];
  readonly events: Answer[];
  /** Of every call, such as `GET /hook`. */
  readonly paths: string[];
  /** Calls that are neither answered nor given up. */
  readonly open: number;
  /** What becomes of the next calls, one each; then all is well again. */
  next(...manners: Manner[]): void;
  /** What it says to a challenge; by default what Okta wants to hear. */
  answerChallenge(answer: (value: string) => unknown): void;
  /** Answers all that it was silent about. */
  release(): void;
  close(): Promise<void>;
}

export async function startHookReceiver(): Promise<HookReceiver> {
  const deliveries: Delivery[] = [];
  const challenges: string[] = [];
  const paths: string[] = [];
  const manners: Manner[] = [];
  const silent = new Set<() => void>();
  let open = 0;
  let answerTo = (verification: string): unknown => ({ verification });
  const server = createServer(async (request, response) => {
    open += 1;
    paths.push(`${request.method} ${request.url}`);
    response.once('close', () => {
      open -= 1;
    });
    if (request.method === 'GET') challenges.push(String(request.headers['x-okta-verification-challenge']));
    else deliveries.push(await deliveryIn(request));
    const manner = manners.shift() ?? 200;
    if (manner === 'cut') return request.socket.destroy();
    const status = manner === 'silent' ? 200 : manner;
    const body = request.method === 'GET' && status === 200 ? JSON.stringify(answerTo(challenges.at(-1) ?? '')) : '';
    const answer = () => response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end(body);
    if (manner === 'silent') silent.add(answer);
    else answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    challenges,
    paths,
    get events() {
      return deliveries.flatMap(({ events }) => events);
    },
    get open() {
      return open;
    },
    next(...given) {
      manners.push(...given);
    },
    answerChallenge(answer) {
      answerTo = answer;
    },
    release() {
      for (const answer of silent) answer();
      silent.clear();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function deliveryIn(request: IncomingMessage): Promise<Delivery> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const body = JSON.parse(text) as Answer;
  return { headers: request.headers, body, events: body.data?.events as unknown as Answer[] };
}
