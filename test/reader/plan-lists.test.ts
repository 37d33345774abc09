/** Which plans are listed, and how one gets to the older ones. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReaderClient } from '../../reader/client.ts';
import { startRun } from '../../store/runs.ts';
import { runCommand } from '../client/fake-lockstep.ts';
import { addPlan, tripped } from './guarded-plans.ts';
import { type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let url: string;
let client: ReaderClient;
const authorization = { authorization: 'Bearer right' };
const page = async (path: string) => (await fetch(`${url}${path}`, { headers: authorization })).text();
const idsOf = (text: string) => [...text.matchAll(/<a href="\/plans\/([^"]+)">/g)].map(([, id]) => id);
const linkOf = (text: string, words: string) => {
  const [, href = ''] = new RegExp(`<a href="([^"]+)">${words}</a>`).exec(text) ?? [];
  return href.replaceAll('&amp;', '&');
};
const listed = async (...args: string[]) => {
  const env = { LOCKSTEP_READER_URL: url, LOCKSTEP_READER_TOKEN: 'right' };
  const { json } = await runCommand(['plans', ...args, '--output', 'json'], { env });
  return (json() as { id: string }[]).map(({ id }) => id);
};

beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  client = new ReaderClient({ url, token: 'right' });
  const { store } = reader;
  await addPlan(store, { id: 'waits', kind: 'preview', verdict: [tripped], stoppedBy: ['deactivations', null] });
  for (const [kind, id] of [
    ['person', 'news'],
    ['offboarding', 'order'],
    ['target-sync', 'everybody'],
  ] as const) {
    await startRun(store, { id, kind, workflowId: `w/${id}`, workflowRunId: id, covers: [] });
    for (const changes of ['changes', 'nothing'])
      await addPlan(store, { id: `${id}-${changes}`, kind: 'run', runId: id });
  }
  // What a plan holds are its changes.
  await store.deleteFrom('change').where('plan_id', 'like', '%-nothing').execute();
});
afterAll(() => reader.close());

const usual = ['everybody-nothing', 'everybody-changes', 'order-changes', 'news-changes', 'waits', 'plan-1'];

describe('a list of plans', () => {
  test('leaves out those for a single person that changed nothing, unless all are asked for', async () => {
    expect(await listed()).toEqual(usual);
    expect(idsOf(await page('/plans'))).toEqual(usual);
    const all = (await client.plans({ all: true })).items.map(({ id }) => id);
    expect(all.filter((id) => !usual.includes(id))).toEqual(['order-nothing', 'news-nothing']);
    expect(await listed('--all')).toEqual(all);
  });

  test('is filled up to its limit with those that it shows', async () => {
    expect(await listed('--limit', '4')).toEqual(usual.slice(0, 4));
  });

  test('leads to older ones, page by page without gap or repetition, by the same filter', async () => {
    const first = await page('/plans?limit=4&target=cloud');
    const second = await page(linkOf(first, 'Older plans'));
    expect([...idsOf(first), ...idsOf(second)]).toEqual(usual);
    expect(linkOf(first, 'Older plans')).toMatch(/target=cloud/);
    expect(linkOf(second, 'Older plans')).toBe('');
    expect(idsOf(await page(linkOf(second, 'Newest plans')))).toEqual(usual.slice(0, 4));
  });

  test('has all of them one link away, and back', async () => {
    const all = await page(linkOf(await page('/plans'), 'Show those too'));
    expect(idsOf(all)).toHaveLength(8);
    expect(idsOf(await page(linkOf(all, 'Leave them out')))).toEqual(usual);
  });

  test('keeps plans apart that were made in the same instant', async () => {
    await reader.store.updateTable('plan').set({ created_at: '2026-11-05T08:00:00.000Z' }).execute();
    const seen: string[] = [];
    let before: string | undefined;
    for (;;) {
      const { items } = await client.plans({ all: true, limit: 3, ...(before ? { before } : {}) });
      seen.push(...items.map(({ id }) => id));
      before = items.at(-1)?.id;
      if (items.length < 3) break;
    }
    expect(seen).toHaveLength(8);
    expect(new Set(seen).size).toBe(8);
  });
});
