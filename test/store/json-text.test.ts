import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../../domain/ids.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { jsonText, storableText } from '../../store/json-text.ts';
import { allGroups, saveGroups, savePeople } from '../../store/okta-mirror.ts';
import { mirroredPeopleNamed, mirroredPerson } from '../../store/reading-people.ts';
import { saveAccounts, saveTargetGroups, targetGroups } from '../../store/target-mirror.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

/** What a vendor leaves of a title that it cuts in the middle of an emoji. */
const cut = 'Chief 🚀'.slice(0, -1);
const withNul = 'Chi\0ef';

describe('texts that PostgreSQL refuses', () => {
  let database: FreshDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await freshDatabase();
    store = connectStore({ url: database.url, poolSize: 2 });
  });
  afterAll(async () => {
    await store.destroy();
    await database.drop();
  });

  it.each([
    ['half an emoji', cut, 'Chief \ufffd'],
    ['NUL', withNul, 'Chief'],
    ['a whole emoji', 'Chief 🚀', 'Chief 🚀'],
    ['the words of an escape', String.raw`Chief \u0000 \ud83d`, String.raw`Chief \u0000 \ud83d`],
  ])('%s in a name or a title does not stop the page', async (_what, text, kept) => {
    const id = '00u00000000000000001' as OktaUserId;
    const person = {
      id,
      status: 'ACTIVE',
      isTransitioning: false,
      login: `${text}@example.com`,
      email: 'ada@example.com',
      profile: { title: text, tags: [text] },
      lastUpdated: '2026-01-01T00:00:00.000Z',
    } as const;
    await savePeople(store, '1', [person]);
    const saved = (await mirroredPerson(store, id))?.person;
    expect(saved).toMatchObject({ login: `${kept}@example.com`, profile: { title: kept, tags: [kept] } });
    expect(await mirroredPeopleNamed(store, `${text}@example.com`, 10)).toHaveLength(1);

    const group = { id: '00g00000000000000001' as OktaGroupId, type: 'OKTA_GROUP', lastMembershipUpdated: '2026' };
    await saveGroups(store, '1', [{ ...group, name: text } as Parameters<typeof saveGroups>[2][number]]);
    expect((await allGroups(store)).map(({ name }) => name)).toEqual([kept]);

    await saveAccounts(store, 'cloud', '1', [{ id: 'a1' as AccountId, isActive: true, attributes: { title: text } }]);
    await saveTargetGroups(store, 'cloud', '1', [{ id: 'g1' as TargetGroupId, name: text }]);
    expect((await targetGroups(store, 'cloud')).map(({ name }) => name)).toEqual([kept]);
  });
});

describe('JSON for a statement', () => {
  it('is what JSON.stringify makes, but for what cannot be stored, keys included', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const isStorable = !JSON.stringify(value).includes(String.raw`\u0000`);
        fc.pre(isStorable);
        expect(jsonText(value)).toBe(JSON.stringify(value));
      }),
    );
    expect(jsonText({ [withNul]: [cut, { at: new Date(0) }], n: 1, none: undefined, nil: null })).toBe(
      '{"Chief":["Chief \ufffd",{"at":"1970-01-01T00:00:00.000Z"}],"n":1,"nil":null}',
    );
  });

  it('cleans a plain text in the same way', () => {
    expect([storableText(cut), storableText(withNul), storableText('Ada')]).toEqual(['Chief \ufffd', 'Chief', 'Ada']);
  });
});
