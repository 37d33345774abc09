/** Pages of the reader: who may see them, how a browser gets in, and what they are sent with. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchBrowser, watchedPage } from '../support/browser.ts';
import { addPlan, tripped } from './guarded-plans.ts';
import { type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let url: string;
let browser: Browser;
const authorization = { authorization: 'Bearer right' };
const ask = (path: string, headers: Record<string, string> = authorization) => fetch(`${url}${path}`, { headers });

beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await reader.close();
});
afterEach(async () => {
  await reader.store.deleteFrom('plan').where('id', '<>', 'plan-1').execute();
});

test('the list leads to a plan, which leads back', async () => {
  await addPlan(reader.store, {
    id: 'previewed',
    kind: 'preview',
    verdict: [tripped],
    stoppedBy: ['deactivations', null],
  });
  const { page, requested, complaints } = await watchedPage(browser, { extraHTTPHeaders: authorization });
  await page.goto(`${url}/plans`);
  await page.getByRole('link', { name: 'previewed' }).click();
  await page.getByRole('heading', { name: 'cloud: 2 changes' }).waitFor();
  // The heading is there before the script has drawn the rows.
  await page.locator('#rows tbody tr').first().waitFor();
  expect(await page.locator('#rows tbody tr').allInnerTexts()).toEqual([
    expect.stringMatching(/deactivate account\s+bob@example\.com[\s\S]*held back/),
    expect.stringMatching(/update account\s+alice@example\.com[\s\S]*displayName Alice → Alice Adams/),
  ]);
  await page.getByRole('link', { name: 'All plans' }).click();
  await page.getByRole('heading', { name: 'Plans' }).waitFor();
  expect(requested.filter((one) => !one.startsWith('data:'))).toEqual([
    `${url}/plans`,
    `${url}/plans/previewed`,
    `${url}/plans`,
  ]);
  expect(complaints).toEqual([]);
  await page.close();
});

test('are for holders of the token only, and say so in words', async () => {
  for (const path of ['/plans', '/plans/plan-1']) {
    const answer = await ask(path, {});
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toContain('text/html');
    const text = await answer.text();
    expect(text).toContain('Sign in to see this page');
    expect(text).not.toContain('example.com');
  }
});

test('begin at the address of the reader itself', async () => {
  const answer = await fetch(url, { headers: authorization, redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/plans']);
});

test('are shown to a browser that signed in, which the JSON does not accept', async () => {
  const { page, complaints } = await watchedPage(browser);
  const signIn = async (token: string) => {
    await page.getByLabel('Reader token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await page.goto(`${url}/plans/plan-1`);
  await signIn('wrong');
  await page.getByRole('heading', { name: 'does not know this token' }).waitFor();
  expect(await page.context().cookies()).toEqual([]);
  await signIn('right');
  await page.getByRole('heading', { name: 'cloud: 3 changes' }).waitFor();
  expect(page.url()).toBe(`${url}/plans/plan-1`);
  const [cookie, ...others] = await page.context().cookies();
  expect(others).toEqual([]);
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  expect(cookie?.value).toMatch(/^[\w-]{43}$/);
  const withCookie = { cookie: `${cookie?.name}=${cookie?.value}` };
  expect((await ask('/plans', withCookie)).status).toBe(200);
  expect((await ask('/v1/plans', withCookie)).status).toBe(401);
  expect((await ask('/plans', { cookie: `${cookie?.name}=${'x'.repeat(43)}` })).status).toBe(401);
  // The browser says of each 401 that it is one; nothing else is wrong.
  expect(complaints.filter((one) => !one.includes('401'))).toEqual([]);
  await page.close();
});

test('lead whoever signs in to pages of the reader only', async () => {
  const to = async (path: string) => {
    const body = new URLSearchParams({ token: 'right', to: path });
    const answer = await fetch(`${url}/sign-in`, { method: 'POST', body, redirect: 'manual' });
    return [answer.status, answer.headers.get('location')];
  };
  for (const path of ['/plans', '/plans/plan-1', '/offboardings/00u-1']) expect(await to(path)).toEqual([303, path]);
  for (const path of ['//example.org', 'https://example.org', '/plans/../v1', '/offboardings/../v1', '/'])
    expect(await to(path), path).toEqual([303, '/plans']);
});

test('of a plan that nobody knows say what to do', async () => {
  const answer = await ask('/plans/<b>unheard-of');
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('lists those that there are')]);
});

test('are neither kept nor framed nor guessed at', async () => {
  const { headers } = await ask('/plans/plan-1');
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
});

test('log no address, since whoever reads the log may not read the plan', async () => {
  await ask('/plans/plan-1');
  expect(reader.logged.join()).not.toContain('example.com');
});
