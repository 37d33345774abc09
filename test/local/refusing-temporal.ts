import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Connection } from '@temporalio/client';
import { onTestFinished } from 'vitest';

/** An empty message of gRPC: not compressed, of no length. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/**
 * A Temporal server that answers nothing but gRPC status codes, by method; a method that is not named succeeds with an
 * empty message. Temporal Cloud refuses like this what only its own console may do.
 */
export async function refusingTemporal(statusByMethod: Readonly<Record<string, number>>): Promise<Connection> {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const method = headers[':path']?.split('/').at(-1) ?? '';
    const status = statusByMethod[method] ?? 0;
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    if (status !== 0) {
      stream.respond({ ...head, 'grpc-status': String(status), 'grpc-message': 'not here' }, { endStream: true });
      return;
    }
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(EMPTY_MESSAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = await Connection.connect({ address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  onTestFinished(async () => {
    await connection.close();
    server.close();
  });
  return connection;
}
