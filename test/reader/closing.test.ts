/** Closing the reader waits for answers under way, and for no connection that is only kept open. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { SourceDirectory } from '../../domain/directory.ts';
import { people, readerUnderTest } from './reader-under-test.ts';

async function connected(port: number, sent: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  if (sent !== '') await new Promise<void>((resolve) => socket.write(sent, () => resolve()));
  return socket;
}

test.each([
  ['that has not said anything', ''],
  ['in the middle of a request', 'GET /healthz HTTP/1.1\r\nHost: reader\r\n'],
  ['that is kept for the next request', 'GET /healthz HTTP/1.1\r\nHost: reader\r\n\r\n'],
])('it has closed in seconds beside a connection %s', { timeout: 30_000 }, async (_what, sent) => {
  const reader = await readerUnderTest();
  const url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  const socket = await connected(Number(new URL(url).port), sent);
  const began = performance.now();
  await reader.close();
  expect(performance.now() - began).toBeLessThan(15_000);
  socket.destroy();
});

test('an answer under way is told to the end, and that no other follows on its connection', async () => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const slow: Pick<SourceDirectory, 'findPeople'> = {
    async findPeople() {
      begun.resolve();
      await gate.promise;
      return people;
    },
  };
  const reader = await readerUnderTest({ connectOkta: () => slow as SourceDirectory });
  reader.app.addHook('preClose', async () => gate.resolve());
  const url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  const asked = fetch(`${url}/v1/people/search`, {
    method: 'POST',
    headers: { authorization: 'Bearer right', 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'alice@example.com' }),
  });
  await begun.promise;
  const closed = reader.close();
  const answer = await asked;
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  expect(await answer.text()).toContain('alice@example.com');
  await closed;
});
