/** The list of offboardings as a page: the rows of `lockstep offboardings`, each leading to its evidence. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { take, takeAboveLimit, takeEffect } from './offboardings-under-test.ts';
import { alice, bob, carol, type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let url: string;
const authorization = { authorization: 'Bearer right' };
const ask = (path: string, headers: Record<string, string> = authorization) => fetch(`${url}${path}`, { headers });
const page = async (path: string) => (await ask(path)).text();
/** Of each row the text of its cells, and where it leads. */
const rowsOf = (text: string) =>
  [...text.matchAll(/<tr>\s*<td[\s\S]*?<\/tr>/g)].map(([row]) => ({
    href: /href="([^"]+)"/.exec(row)?.[1] ?? '',
    text: row.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' '),
  }));

beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => reader.close());

test('an empty list says so', async () => {
  expect(await page('/offboardings')).toContain('There are no offboardings');
});

test('each offboarding has a row with how it stands, which leads to its evidence', async () => {
  await takeAboveLimit(reader.store, bob, { receivedAt: '2026-11-01T09:00:00Z' });
  await take(
    reader.store,
    carol,
    { kind: 'request', receivedAt: '2026-11-02T09:00:00Z' },
    new Date(Date.now() + 3_600_000),
  );
  await take(reader.store, alice, { kind: 'request', receivedAt: '2026-11-03T09:00:00Z' });
  const id = await takeEffect(reader.store, alice);
  const rows = rowsOf(await page('/offboardings'));
  expect(rows.map(({ text }) => text)).toEqual([
    expect.stringMatching(/alice@example\.com .*under-way .*cloud: not confirmed yet/),
    expect.stringMatching(/carol@example\.com .*scheduled/),
    expect.stringMatching(/bob@example\.com .*unconfirmed/),
  ]);
  expect(rows[0]?.href).toBe(`/offboardings/${id}`);
  expect((await ask(rows[0]?.href ?? '')).status).toBe(200);
});

test('one state is one link away, and an unknown one is refused', async () => {
  const [, href = ''] = /<a href="([^"]+)">scheduled<\/a>/.exec(await page('/offboardings')) ?? [];
  expect(rowsOf(await page(href)).map(({ text }) => text)).toEqual([expect.stringContaining('carol@example.com')]);
  expect((await ask('/offboardings?state=none')).status).toBe(400);
});

test('plans and offboardings lead to each other', async () => {
  expect(await page('/plans')).toContain('<a href="/offboardings">Offboardings</a>');
  expect(await page('/offboardings')).toContain('<a href="/plans">Plans</a>');
});

test('who signs in comes back to it; without a token nobody sees it', async () => {
  expect((await ask('/offboardings', {})).status).toBe(401);
  const body = new URLSearchParams({ token: 'right', to: '/offboardings' });
  const answer = await fetch(`${url}/sign-in`, { method: 'POST', body, redirect: 'manual' });
  expect(answer.headers.get('location')).toBe('/offboardings');
});
