/** Groups of Okta by name: the whole name, without regard to case, from the mirror. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReaderClient } from '../../reader/client.ts';
import { saveGroups } from '../../store/okta-mirror.ts';
import { newestSnapshotId, oktaSide } from '../../store/snapshots.ts';
import { aGroup, groupId } from '../support/domain-builders.ts';
import { engineers, type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

const numbered = (number: number) => groupId(`00g${String(number).padStart(17, '0')}`);
const names = [
  'Sales',
  'SALES',
  'Sales EMEA',
  'Straße',
  'ΟΔΟΣ',
  'İstanbul',
  '100%',
  'a_b',
  'axb',
  '00g00000engineers001',
];

let reader: ReaderUnderTest;
let url: string;
let client: ReaderClient;
beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  client = new ReaderClient({ url, token: 'right' });
  const { store } = reader;
  const groups = names.map((name, index) => aGroup({ id: numbered(index), name }));
  await saveGroups(store, await newestSnapshotId(store, oktaSide), groups);
});
afterAll(() => reader?.close());

const found = async (text: string) => (await client.findGroups(text)).groups;

describe('a group is found by', () => {
  test.each(['engineers', 'Engineers', 'ENGINEERS', '  engineers '])('its whole name, as in %j', async (text) => {
    expect(await found(text)).toEqual([{ id: engineers, name: 'engineers' }]);
  });

  test.each(['Straße', 'ΟΔΟΣ', 'İstanbul', '00g00000engineers001'])('the name that it has, %s', async (name) => {
    expect(await found(name)).toEqual([{ id: numbered(names.indexOf(name)), name }]);
  });

  test('a name that others have too, each with its id and its own spelling', async () => {
    expect(await found('sales')).toEqual([
      { id: numbered(0), name: 'Sales' },
      { id: numbered(1), name: 'SALES' },
    ]);
  });
});

test.each(['engineer', 'sales e%', '1%', 'nobody', '\u0000', "'; drop table okta_group; --"])(
  'nothing is found by %j',
  async (text) => {
    expect(await found(text)).toEqual([]);
  },
);

test('a sign that stands for others elsewhere stands for itself', async () => {
  expect(await found('a_b')).toEqual([{ id: numbered(7), name: 'a_b' }]);
});

describe('a body', () => {
  const post = (body: unknown, token = 'right') =>
    fetch(`${url}/v1/groups/search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test.each([
    [{}],
    [{ text: '' }],
    [{ text: '   ' }],
    [{ text: 5 }],
    [{ text: 'x'.repeat(257) }],
    [{ text: 'engineers', like: true }],
    [['engineers']],
    ['engineers'],
  ])('%j is refused, without being quoted', async (body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('bad-request');
    expect(error.message).not.toContain('engineers');
  });

  test('is read of holders of the token only', async () => {
    expect((await post({ text: 'engineers' }, 'wrong')).status).toBe(401);
  });
});
