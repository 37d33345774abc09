import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHttpClient, type HttpClient } from '../../connectors/http-client.ts';
import { Failure } from '../../domain/failure.ts';
import { anOpenPacer } from './target-under-test.ts';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

const withServer = async (handler: Handler, test: (client: HttpClient, origin: string) => Promise<void>) => {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = clientFor(origin);
  try {
    await test(client, origin);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
};

const clientFor = (baseUrl: string): HttpClient =>
  createHttpClient({
    system: 'cloud',
    bucket: 'cloud',
    baseUrl,
    headers: { authorization: 'Bearer secret' },
    pacer: anOpenPacer(),
    timeoutMs: 10_000,
    maxBodyBytes: 1_000,
    readError: (body) => (z.object({ traceId: z.string() }).safeParse(body).success ? { requestId: 'from-body' } : {}),
  });

const read = { method: 'GET', path: '/thing', operation: 'read thing', subject: 't1' } as const;
const thing = z.object({ name: z.string() });
const json = (response: http.ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const failureOf = async (call: Promise<unknown>): Promise<Failure> => {
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof Failure)) throw new Error(`expected a Failure, got ${String(error)}`);
  return error;
};

describe.concurrent('the HTTP client', () => {
  it.each(['atl-traceid', 'atl-request-id', 'x-request-id'])(
    "tells the request id that stands in %s, and the vendor's time",
    (header) =>
      withServer(
        (_request, response) =>
          json(response, 200, { name: 'a' }, { [header]: 'r1', date: 'Sun, 01 Mar 2026 12:00:00 GMT' }),
        async (client) => {
          const answer = await client.json(read, thing);
          expect(answer).toEqual({ value: { name: 'a' }, requestId: 'r1', vendorTime: Date.UTC(2026, 2, 1, 12) });
        },
      ),
  );

  it('tells status, code and request id of a refusal, and nothing that the vendor wrote', () =>
    withServer(
      (_request, response) => json(response, 403, { error: 'ada@example.com may not', traceId: 'x' }),
      async (client) => {
        const failure = await failureOf(client.json(read, thing));
        expect(failure.message).toBe('cloud: read thing t1: 403');
        expect(failure.details).toEqual({
          system: 'cloud',
          operation: 'read thing',
          subject: 't1',
          status: 403,
          requestId: 'from-body',
        });
      },
    ));

  it('takes compressed answers', () =>
    withServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/scim+json; charset=utf-8', 'content-encoding': 'gzip' });
        response.end(gzipSync('{"name":"Zoë"}'));
      },
      async (client) => expect((await client.json(read, thing)).value.name).toBe('Zoë'),
    ));

  it('gives up on a body that is too large once unpacked', () =>
    withServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(JSON.stringify({ name: 'a'.repeat(100_000) })));
      },
      async (client) => expect((await failureOf(client.json(read, thing))).details.code).toBe('body-too-large'),
    ));

  it('does not follow a redirect, which would carry the key away', () => {
    const seen: (string | undefined)[] = [];
    return withServer(
      (request, response) => {
        seen.push(request.url);
        response.writeHead(302, { location: '/elsewhere' }).end();
      },
      async (client) => {
        expect((await failureOf(client.json(read, thing))).kind).toBe('UnexpectedResponse');
        expect(new Set(seen)).toEqual(new Set(['/thing']));
      },
    );
  });

  it('names the path and the kind of what has another shape, not the value', () =>
    withServer(
      (_request, response) => json(response, 200, { name: { email: 'ada@example.com' } }),
      async (client) =>
        expect((await failureOf(client.json(read, thing))).message).toBe(
          'cloud: read thing t1: the answer has another shape (name: invalid_type)',
        ),
    ));

  it('knows that a refused connection had no effect, and repeats even a write', async () => {
    const server = http.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const call = { method: 'POST', path: '/thing', operation: 'create thing' } as const;
    const failure = await failureOf(clientFor(`http://127.0.0.1:${port}`).json(call, thing));
    expect(failure.kind).toBe('Unavailable');
    expect(failure.details).toMatchObject({ code: 'ECONNREFUSED', effectUnknown: false });
  });

  it('is content with the status where only that matters, however long the answer is', () =>
    withServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.on('error', () => {});
        response.write('['.repeat(300_000));
      },
      async (client) => {
        const call = { method: 'PATCH', path: '/thing', operation: 'change thing' } as const;
        expect((await client.done(call)).value).toBeUndefined();
      },
    ));
});
