/** Page chains: complete or a failure, never a part that looks like the whole. */
import { expect, test } from 'vitest';
import { all, aSource, aUser, failureOf, nextLink, type Reply, startScripted, userId } from './okta-scripted.ts';

/** Serves these pages one after the other; a page that is no array is sent as it is, without a next link. */
const startChain = (pages: readonly (readonly unknown[] | Reply)[]) =>
  startScripted(({ url }) => {
    const index = Number(url.searchParams.get('after') ?? 0);
    const page = pages[index] ?? [];
    if (!Array.isArray(page)) return page as Reply;
    const isLast = index === pages.length - 1;
    return { body: page, ...(!isLast && { headers: nextLink(`${url.origin}/api/v1/users?after=${index + 1}`) }) };
  });

test('with one person a page everybody comes, once and in order', async () => {
  const okta = await startChain(Array.from({ length: 25 }, (_, n) => [aUser(n)]));
  const people = await all(aSource(okta, { pageSize: 1 }).people());
  expect(people.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, n) => userId(n)));
  expect(okta.seen[0]?.url.searchParams.get('limit')).toBe('1');
});

test('an empty page in between is not the end', async () => {
  const okta = await startChain([[aUser(1)], [], [], [aUser(2)]]);
  expect(await all(aSource(okta).people())).toHaveLength(2);
});

test('the next link is followed as given, be it in a header of its own or joined with others', async () => {
  const okta = await startScripted(({ url }, count) => ({
    body: [aUser(count)],
    ...(count === 1 && {
      headers: {
        link: `<${url.href}>; rel="self", <${url.origin}/api/v1/users?after=a%2Cb%3D&x=1>; title="n"; rel=next`,
      },
    }),
  }));
  expect(await all(aSource(okta).people())).toHaveLength(2);
  expect(okta.seen[1]?.url.search).toBe('?after=a%2Cb%3D&x=1');
});

test('who stands twice in one page comes once, as told last', async () => {
  const renamed = aUser(1, { profile: { login: 'later@example.com', email: 'later@example.com' } });
  const people = await all(aSource(await startChain([[aUser(1), aUser(2), renamed], [aUser(3)]])).people());
  expect(people.map(({ id }) => id)).toEqual([1, 2, 3].map(userId));
  expect(people[0]?.login).toBe('later@example.com');
});

const hostile: readonly [string, readonly (readonly unknown[] | Reply)[], RegExp, string?][] = [
  ['a page that comes twice', [[aUser(1)], [aUser(2)], [aUser(2)], [aUser(3)]], /a page came twice/, 'page-repeated'],
  ['an object instead of a list', [[aUser(1)], { body: { users: [] } }], /a page that is not a list/],
  ['null instead of a list', [{ body: null }], /a page that is not a list/],
  ['an unreadable Link header', [{ body: [], headers: { link: 'after=1' } }], /an unreadable Link header/],
  [
    'HTML',
    [[aUser(1)], { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    /200 with a body that is not JSON/,
  ],
  ['no content type', [{ headers: { 'content-type': '' }, body: '[]' }], /200 with a body that is not JSON/],
  ['broken JSON', [[aUser(1)], { body: '[{"id":"00u' }], /200 with broken JSON/],
  ['an id with NUL', [[aUser(1)], [aUser(2, { id: '00u\0' })]], /item 0 has an unreadable id/],
  ['an empty body', [{ body: '' }], /200 with broken JSON/],
  ['only empty pages', Array.from({ length: 103 }, () => []), /more than 100 empty pages/, 'page-endless'],
];

test.each(hostile)('%s fails the chain', async (_, pages, message, code = 'page-unreadable') => {
  const failure = await failureOf(all(aSource(await startChain(pages)).people()));
  expect(failure).toMatchObject({ kind: 'UnexpectedResponse', details: { code } });
  expect(failure.message).toMatch(message);
});

test('a next link that leads back fails the chain instead of going round', async () => {
  const okta = await startScripted(({ url }, count) => ({
    body: [aUser(count)],
    headers: nextLink(`${url.origin}/api/v1/users?after=${count % 3}`),
  }));
  const failure = await failureOf(all(aSource(okta).people()));
  expect(failure).toMatchObject({ kind: 'UnexpectedResponse', details: { code: 'page-loop' } });
  expect(failure.message).toMatch(/leads back/);
  expect(okta.seen.length).toBeLessThan(6);
});

test('a next link to another server is refused before the token goes there', async () => {
  const other = await startScripted(() => ({ body: [] }));
  const okta = await startScripted(() => ({ body: [aUser(1)], headers: nextLink(`${other.origin}/api/v1/users`) }));
  const failure = await failureOf(all(aSource(okta).people()));
  expect(failure).toMatchObject({ kind: 'UnexpectedResponse', details: { code: 'page-elsewhere' } });
  expect(failure.message).toMatch(/another server/);
  expect(other.seen).toHaveLength(0);
});

test('a redirect is not followed', async () => {
  const other = await startScripted(() => ({ body: [] }));
  const okta = await startScripted(() => ({ status: 302, headers: { location: `${other.origin}/api/v1/users` } }));
  expect(await failureOf(all(aSource(okta).people()))).toMatchObject({
    kind: 'UnexpectedResponse',
    details: { status: 302, code: 'page-unreadable' },
  });
  expect(other.seen).toHaveLength(0);
});

test.each([
  ['profile.login', aUser(7, { profile: { login: 4711, email: 'ann@example.com' } })],
  ['profile.firstName', aUser(7, { profile: { ...aUser(7).profile, firstName: { ann: 'ann@example.com' } } })],
  ['status', aUser(7, { status: { ann: 1 } })],
  ['lastUpdated', aUser(7, { lastUpdated: 'ann@example.com' })],
])('a person with an unreadable %s fails the page, by id and field and without values', async (field, user) => {
  const okta = await startChain([[aUser(1), user]]);
  const failure = await failureOf(all(aSource(okta).people()));
  expect(failure).toMatchObject({ kind: 'UnexpectedResponse', details: { code: 'page-unreadable' } });
  expect(failure.message).toBe(`okta: list people failed: ${userId(7)} has an unreadable ${field}`);
  expect(JSON.stringify([failure.message, failure.details, failure.stack])).not.toContain('ann');
});

test('an item without an id is told by its place', async () => {
  const okta = await startChain([[aUser(1), { name: 'ann' }]]);
  expect((await failureOf(all(aSource(okta).people()))).message).toMatch(/item 1 has an unreadable id/);
});

test('whoever stops reading stops the requests', async () => {
  const okta = await startChain(Array.from({ length: 10 }, (_, n) => [aUser(n)]));
  for await (const page of aSource(okta).people()) if (page[0]?.id === userId(2)) break;
  expect(okta.seen).toHaveLength(3);
});
