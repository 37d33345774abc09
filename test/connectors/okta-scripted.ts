/** A server of the test's own that answers as Okta might, word by word; and what the tests of the connector share. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createOktaSource, type OktaSourceOptions } from '../../connectors/okta/directory.ts';
import type { Pacer, Pages, RateAnswer } from '../../domain/directory.ts';
import { Failure } from '../../domain/failure.ts';
import type { OktaAppId, OktaGroupId, OktaUserId } from '../../domain/ids.ts';

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Scripted {
  readonly origin: string;
  readonly seen: readonly Seen[];
}

export interface Reply {
  status?: number;
  headers?: Record<string, string | string[]>;
  /** Anything but text is sent as JSON, chunked. */
  body?: unknown;
}

/**
 * Answers each call by what `script` returns, or lets it use `out` itself when that is undefined.
 * @param onFinished a concurrent test has to pass the one of its context.
 */
export async function startScripted(
  script: (call: Seen, count: number, out: http.ServerResponse) => Reply | Promise<Reply | undefined> | undefined,
  onFinished: (close: () => Promise<void>) => void = onTestFinished,
): Promise<Scripted> {
  const seen: Seen[] = [];
  const server = http.createServer(async (incoming, out) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const call = {
      method: incoming.method ?? '',
      url: new URL(incoming.url ?? '', `http://${incoming.headers.host}`),
      headers: incoming.headers,
      body,
    };
    seen.push(call);
    const reply = await script(call, seen.length, out);
    if (reply) send(out, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function send(out: http.ServerResponse, { status = 200, headers = {}, body = [] }: Reply): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  out.writeHead(status, { 'content-type': 'application/json', 'x-okta-request-id': 'req1', ...headers });
  const middle = Math.floor(text.length / 2);
  out.write(text.slice(0, middle));
  out.end(text.slice(middle));
}

export const userId = (n: number): OktaUserId => `00u${String(n).padStart(17, '0')}` as OktaUserId;
export const groupId = (n: number): OktaGroupId => `00g${String(n).padStart(17, '0')}` as OktaGroupId;
export const appId = (n: number): OktaAppId => `0oa${String(n).padStart(17, '0')}` as OktaAppId;

export const aUser = (n: number, more: Record<string, unknown> = {}) => ({
  id: userId(n),
  status: 'ACTIVE',
  lastUpdated: '2026-01-02T03:04:05.000Z',
  profile: { login: `user${n}@example.com`, email: `user${n}@example.com`, firstName: 'Given' },
  _links: { self: { href: 'https://example.okta.com/x' } },
  ...more,
});

export const nextLink = (url: string): Record<string, string[]> => ({
  link: [`<${url.split('?')[0]}>; rel="self"`, `<${url}>; rel="next"`],
});

export const anError = (errorCode: string, errorSummary = 'secret words of somebody@example.com') => ({
  errorCode,
  errorSummary,
  errorLink: errorCode,
  errorId: 'oae1',
  errorCauses: [],
});

export interface RecordingPacer extends Pacer {
  readonly acquired: string[];
  readonly learned: { bucket: string; answer: RateAnswer }[];
}

export function aPacer(): RecordingPacer {
  const acquired: string[] = [];
  const learned: { bucket: string; answer: RateAnswer }[] = [];
  return {
    acquired,
    learned,
    acquire: async (bucket) => {
      acquired.push(bucket);
    },
    learn: (bucket, answer) => {
      learned.push({ bucket, answer });
    },
  };
}

export const aSource = (scripted: { origin: string }, options: Partial<OktaSourceOptions> = {}) =>
  createOktaSource({
    orgUrl: scripted.origin,
    credentials: { apiToken: 'the-token' },
    pacer: aPacer(),
    profileAttributes: ['firstName'],
    timeoutMs: 5_000,
    ...options,
  });

export const all = async <T>(pages: Pages<T>): Promise<T[]> => (await Array.fromAsync(pages)).flat();

/** The failure that `work` ends with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw new Error('no Failure was raised', { cause: error });
}
