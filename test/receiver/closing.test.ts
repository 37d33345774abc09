/** Closing the receiver waits for answers under way, not for connections, and not as long as a sign-in may wait. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { workflowIds } from '../../workflows/contract.ts';
import { until } from '../support/until.ts';
import { receiverUnderTest, somebody } from './receiver-under-test.ts';

async function connected(url: string, sent: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (sent !== '') await new Promise<void>((resolve) => socket.write(sent, () => resolve()));
  return socket;
}

test.each([
  ['that has not said anything', ''],
  ['in the middle of a request', 'POST /hooks/hr HTTP/1.1\r\nHost: receiver\r\n'],
  ['that is kept for the next request', 'GET /healthz HTTP/1.1\r\nHost: receiver\r\n\r\n'],
])('it has closed in seconds beside a connection %s', { timeout: 90_000 }, async (_what, sent) => {
  const receiver = await receiverUnderTest();
  const socket = await connected(receiver.url, sent);
  const began = performance.now();
  await receiver.close();
  expect(performance.now() - began).toBeLessThan(15_000);
  socket.destroy();
});

test('a sign-in that waits is told at once that it is asked for, and it is', { timeout: 60_000 }, async () => {
  const receiver = await receiverUnderTest();
  const person = somebody();
  // No worker is there, so nobody answers.
  const asked = receiver.login({ person: { oktaId: person }, wait: 20 });
  const isUnderWay = async () => (await receiver.client.workflow.count()).count > 0;
  await until('Temporal has been asked', isUnderWay);
  const began = performance.now();
  const closed = receiver.stop();
  const answer = await asked;
  expect([answer.status, answer.headers.get('connection')]).toEqual([202, 'close']);
  expect(await answer.json()).toEqual({ person, state: 'asked' });
  await closed;
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(await receiver.signalsOf(workflowIds.personLifecycle(person))).toEqual([{ name: 'changed', args: [] }]);
  await receiver.close();
});
