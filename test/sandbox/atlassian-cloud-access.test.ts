import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultSwitches } from '../../sandbox/atlassian-cloud/switches.ts';
import {
  apiKey,
  aUser,
  enterpriseUrn,
  type Json,
  type List,
  type Scim,
  scimError,
  startCloud,
} from './atlassian-cloud-scim.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let scim: Scim;
beforeAll(async () => {
  cloud = await startCloud();
  scim = cloud.scim;
});
afterEach(() => cloud.turn({ ...structuredClone(defaultSwitches), siteDelayMs: 0 }));
afterAll(() => cloud.simulator.close());

const failure = { error: expect.any(String), traceId: expect.stringMatching(/^[0-9a-f]{32}$/) };
const withKey = (authorization: string) => scim.send('GET', '/ServiceProviderConfig', undefined, { authorization });

describe('access', () => {
  it.each(['', 'Bearer wrong', `Basic ${apiKey}`, apiKey])(
    'answers 401 with error and traceId for the credentials [%s]',
    async (authorization) => {
      const { status, body } = await withKey(authorization);
      expect([status, body]).toEqual([401, failure]);
    },
  );

  it('answers 401 once the key has expired, 403 for another directory’s key, and both at writes without effect', async () => {
    cloud.turn({ isApiKeyExpired: true, foreignApiKeys: ['neighbour'] });
    const expired = await scim.send('POST', '/Users', aUser('nobody'));
    expect([expired.status, expired.body]).toEqual([401, failure]);
    const foreign = await withKey('Bearer neighbour');
    expect([foreign.status, foreign.body]).toEqual([403, failure]);
    expect(scim.dump().users).toEqual([]);
  });

  it('answers 404 with a SCIM error for another directory', async () => {
    const response = await fetch(`${cloud.simulator.origin}/scim/directory/another/Users`, { headers: scim.headers });
    expect([response.status, await response.json()]).toEqual([404, scimError(404)]);
  });

  it('answers 403 or 404 without Atlassian Guard', async () => {
    cloud.turn({ hasGuardSubscription: false });
    expect((await scim.get('/Users')).body).toEqual(failure);
    cloud.turn({ withoutGuardStatus: 404 });
    expect((await scim.get('/Users')).body).toEqual(scimError(404));
  });

  it('answers 404 for paths that do not exist and 405 for methods that do not', async () => {
    for (const path of ['/Bulk', '/Me', '/', '/Users/', '/Users/a/b', '/Schemas/urn:x', '/ResourceTypes/Device']) {
      expect((await scim.get(path)).body).toEqual(scimError(404));
    }
    expect((await scim.send('DELETE', '/Users')).body).toEqual(scimError(405));
    expect((await scim.send('POST', '/Schemas', {})).body).toEqual(scimError(405));
  });

  it('answers in the media type that was asked for, or always in the same', async () => {
    const type = async (accept: string) =>
      (await scim.send('GET', '/Users', undefined, { accept })).headers.get('content-type');
    expect(await type('application/scim+json')).toBe('application/scim+json');
    expect(await type('application/json')).toBe('application/json');
    cloud.turn({ mediaType: 'application/scim+json' });
    expect(await type('application/json')).toBe('application/scim+json');
  });

  it('names the type of a resource as captured, or as the OpenAPI document says', async () => {
    const user = await scim.user('typed');
    const group = await scim.group('typed');
    const types = async () =>
      [await scim.get<Json>(`/Users/${user.id}`), await scim.get<Json>(`/Groups/${group.id}`)].map(
        ({ body }) => (body['meta'] as Json)['resourceType'],
      );
    expect(await types()).toEqual(['User', 'Group']);
    cloud.turn({ resourceType: 'as-specified' });
    expect(await types()).toEqual(['USER', 'GROUP']);
  });

  it('can hide the documented words of an error', async () => {
    await scim.user('worded');
    cloud.turn({ errorDetail: 'vague' });
    const { body } = await scim.send('POST', '/Users', aUser('worded'));
    expect(body).toEqual(scimError(409, 'uniqueness'));
    expect(body['detail']).not.toContain('worded');
  });
});

describe('throttling', () => {
  const flood = async (calls: number) => {
    const answers = [];
    for (let call = 0; call < calls; call += 1) answers.push(await scim.get('/Users?count=0'));
    return answers;
  };
  /** Starts at the beginning of a window, so that none ends while the test runs. */
  function limitTo(rateLimitRequests: number, change: Json = {}): void {
    const rateLimitWindowMs = 3_600_000;
    cloud.simulator.advanceClock(rateLimitWindowMs - (cloud.simulator.now() % rateLimitWindowMs));
    cloud.turn({ rateLimitRequests, rateLimitWindowMs, ...change });
  }

  it('answers so many requests per window, then 429, then again', async () => {
    limitTo(3);
    const answers = await flood(5);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    expect(answers[3]?.body).toEqual(failure);
    expect([...answers[3]!.headers.keys()].filter((name) => /retry|ratelimit/.test(name))).toEqual([]);
    cloud.simulator.advanceClock(3_600_000);
    expect((await flood(1))[0]?.status).toBe(200);
  });

  it('says when to come back in seconds, as a date, or in X-RateLimit headers', async () => {
    limitTo(1, { rateLimitHeaders: 'retry-after-seconds', rateLimitBody: 'scim-error' });
    const [, seconds] = await flood(2);
    expect(seconds?.body).toEqual(scimError(429));
    expect(Number(seconds?.headers.get('retry-after'))).toBeGreaterThan(3_500);
    cloud.turn({ rateLimitHeaders: 'retry-after-date', rateLimitBody: 'empty' });
    const [date] = await flood(1);
    expect(date?.body).toBeUndefined();
    const inMs = Date.parse(date!.headers.get('retry-after')!) - cloud.simulator.now();
    expect(inMs).toBeGreaterThan(3_500_000);
    limitTo(2, { rateLimitHeaders: 'x-ratelimit' });
    const answers = await flood(3);
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['1', '0', '0']);
    expect(answers[2]?.headers.get('x-ratelimit-limit')).toBe('2');
    expect(answers[2]?.headers.get('x-ratelimit-reset')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00Z$/);
  });
});

describe('faults that are injected', () => {
  it('speak Atlassian: gateway bodies for 401, 403 and 429, SCIM errors for the others', async () => {
    for (const [status, body] of [
      [401, failure],
      [429, failure],
      [500, scimError(500)],
      [503, scimError(503)],
    ] as const) {
      cloud.simulator.faults.set([{ id: 'once', times: 1, action: { status } }]);
      const answer = await scim.get('/Users');
      expect([answer.status, answer.body]).toEqual([status, body]);
    }
  });

  it('can empty a list of groups as well as one of users', async () => {
    await scim.group('to-be-hidden', [await scim.user('hidden')]);
    cloud.simulator.faults.set([{ id: 'empty', action: 'empty-list' }]);
    expect((await scim.list('Groups')).body.Resources).toEqual([]);
    expect((await scim.list('Users')).body.Resources).toEqual([]);
    cloud.simulator.faults.clear();
  });
});

describe('discovery', () => {
  it('describes the service as captured', async () => {
    const { status, body } = await scim.get('/ServiceProviderConfig');
    const location = `${scim.base}/ServiceProviderConfig`;
    const day = '2018-05-03T19:31:29.723Z';
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual([
      'schemas',
      'patch',
      'bulk',
      'filter',
      'changePassword',
      'sort',
      'etag',
      'authenticationSchemes',
      'meta',
    ]);
    expect(body).toMatchObject({
      patch: { supported: true },
      bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
      filter: { maxResults: 10000, supported: true },
      meta: { location, resourceType: 'ServiceProviderConfig', lastModified: day, created: day },
    });
  });

  it('lists three schemas, ten to a page, and answers each bare', async () => {
    const { body } = await scim.get<List<Json>>('/Schemas');
    expect([body.totalResults, body.itemsPerPage, body.startIndex]).toEqual([3, 10, 1]);
    const urns = [
      'urn:ietf:params:scim:schemas:core:2.0:User',
      enterpriseUrn,
      'urn:ietf:params:scim:schemas:core:2.0:Group',
    ];
    expect(body.Resources.map(({ id }) => id)).toEqual(urns);
    for (const [index, urn] of urns.entries()) {
      const one = await scim.get(`/Schemas/${urn}`);
      expect(one.body).toEqual(body.Resources[index]);
      expect(Object.keys(one.body)).toEqual(['id', 'name', 'description', 'attributes', 'meta']);
    }
    const attribute = (index: number, name: string) =>
      (body.Resources[index]!['attributes'] as Json[]).find((one) => one['name'] === name);
    expect(attribute(0, 'userName')).toMatchObject({
      required: true,
      caseExact: false,
      mutability: 'readWrite',
      uniqueness: 'server',
    });
    expect(attribute(0, 'emails')).toMatchObject({ type: 'complex', multiValued: true, required: true });
    expect((body.Resources[1]!['attributes'] as Json[]).map(({ name }) => name)).toEqual([
      'organization',
      'department',
    ]);
    expect(attribute(2, 'displayName')).toMatchObject({ required: true, mutability: 'immutable' });
  });

  it('names the two types of resource', async () => {
    const { body } = await scim.get<List<Json>>('/ResourceTypes');
    expect(body.Resources.map(({ id, endpoint }) => [id, endpoint])).toEqual([
      ['User', '/Users'],
      ['Group', '/Groups'],
    ]);
    expect(body.Resources[0]).toMatchObject({ schemaExtensions: [{ schema: enterpriseUrn, required: false }] });
    expect((await scim.get('/ResourceTypes/Group')).body).toEqual(body.Resources[1]);
  });
});
