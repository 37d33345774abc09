import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../local/ports.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let nowhere: Store;

beforeAll(async () => {
  nowhere = connectStore({ url: `postgres://nobody:secret-word@127.0.0.1:${await freePort()}/none` });
  reader = await readerUnderTest({ store: nowhere });
});
afterAll(async () => {
  await reader.close();
  await nowhere.destroy();
});

test('a reader that cannot reach its database lives, is not ready, and answers with what to do', async () => {
  expect((await reader.app.inject('/healthz')).statusCode).toBe(200);
  expect((await reader.app.inject('/readyz')).statusCode).toBe(503);
  const answer = await reader.app.inject({ url: '/v1/runs', headers: { authorization: 'Bearer right' } });
  expect(answer.statusCode).toBe(503);
  expect(answer.json().error).toMatchObject({ code: 'unavailable' });
  expect(answer.json().error.hint).toContain('DATABASE_URL');
  expect(answer.body + reader.logged.join('')).not.toContain('secret-word');
});
