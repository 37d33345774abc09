import { describe, expect, it } from 'vitest';
import { createAtlassianCloud } from '../../connectors/atlassian-cloud/directory.ts';
import type { Account, TargetGroup } from '../../domain/account.ts';
import type { Pacer } from '../../domain/directory.ts';
import { Failure } from '../../domain/failure.ts';
import type { AccountId, TargetGroupId } from '../../domain/ids.ts';
import type { DirectoryDump } from '../../sandbox/atlassian-cloud/state-dump.ts';
import type { Switches } from '../../sandbox/atlassian-cloud/switches.ts';
import { createAtlassianCloud as createSimulation } from '../../sandbox/atlassian-cloud/vendor.ts';
import { startSimulator } from '../../sandbox/kit/simulator.ts';
import { describeTargetContract } from './target-contract.ts';
import {
  aDraft,
  anOpenPacer,
  type ConnectOptions,
  collect,
  createAccounts,
  createGroup,
  failureOf,
  fullAttributes,
  type TargetUnderTest,
} from './target-under-test.ts';

const directoryId = '2fb21891-7bee-4c2d-a61a-ade3834c8b2b';
const apiKey = 'ATCTT3xFfGN0-the-key';

interface Cloud extends TargetUnderTest {
  /** Turns switches of the simulator. */
  turn(switches: Partial<Switches>): void;
  users(): DirectoryDump['users'];
}

const startCloud = async (): Promise<Cloud> => {
  const vendor = createSimulation({ directoryId, apiKey });
  const simulator = await startSimulator(vendor, { secret: 'sandbox' });
  const dump = () => vendor.dump() as DirectoryDump;
  return {
    simulator,
    secret: apiKey,
    turn: (switches) => void Object.assign(vendor.settings, switches),
    users: () => dump().users,
    routes: {
      'list accounts': { method: 'GET', path: '/Users\\?startIndex' },
      'list groups': { method: 'GET', path: '/Groups\\?startIndex' },
      'read account': { method: 'GET', path: '/Users/' },
      'create account': { method: 'POST', path: '/Users$' },
      'write account': { method: 'PATCH', path: '/Users/' },
      'create group': { method: 'POST', path: '/Groups$' },
      'delete group': { method: 'DELETE', path: '/Groups/' },
      'write members': { method: 'PATCH', path: '/Groups/' },
    },
    connect: ({ secret = apiKey, pacer = anOpenPacer(), ...options }: ConnectOptions = {}) =>
      createAtlassianCloud({
        name: 'cloud',
        baseUrl: `${simulator.origin}/scim/directory/${directoryId}`,
        apiKey: secret,
        pacer,
        ...options,
      }),
    accounts: () => dump().users.map(accountOf),
    groups: () => dump().groups.map(groupOf),
  };
};

/** By the vendor's documents, not by the connector's mapping. */
const accountOf = ({ id, document }: DirectoryDump['users'][number]): Account => {
  const at = (...path: string[]): unknown =>
    path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
  const emails = at('emails') as { value: string; primary?: boolean }[];
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const attributes = {
    userName: at('userName'),
    email: emails.find(({ primary }) => primary)?.value,
    displayName: at('displayName'),
    givenName: at('name', 'givenName'),
    familyName: at('name', 'familyName'),
    nickname: at('nickName'),
    title: at('title'),
    department: at(enterprise, 'department'),
    organization: at(enterprise, 'organization'),
    preferredLanguage: at('preferredLanguage'),
    timezone: at('timezone'),
    location: at('urn:scim:schemas:extension:atlassian-custom:1.0:Attributes', 'basedIn'),
  };
  return {
    id: id as AccountId,
    isActive: at('active') === true,
    externalId: at('externalId') as string,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value)) as Account['attributes'],
  };
};

const groupOf = ({ id, displayName, members }: DirectoryDump['groups'][number]): Required<TargetGroup> => ({
  id: id as TargetGroupId,
  name: displayName,
  members: members as AccountId[],
});

describeTargetContract('Atlassian Cloud', startCloud);

const withCloud = (test: (cloud: Cloud) => Promise<void>) => async () => {
  const cloud = await startCloud();
  try {
    await test(cloud);
  } finally {
    await cloud.simulator.close();
  }
};
const nobody = '00000000-0000-4000-8000-000000000000' as AccountId;

/** A day in the life of a directory, of which every step must end the same whatever Atlassian left open. */
const liveThroughADay = async (cloud: Cloud): Promise<void> => {
  const directory = cloud.connect({ pageSize: 2, memberBatch: 2 });
  const ids = await createAccounts(directory, ['ada', 'bob', 'cid']);
  const [ada, bob] = ids;
  expect((await directory.findAccounts({ userName: 'Ada@Example.com' })).map(({ id }) => id)).toEqual([ada]);
  expect((await failureOf(cloud, directory.createAccount(aDraft(directory, 'ada')))).kind).toBe('Conflict');
  await directory.updateAccount(ada!, { attributes: { displayName: 'Countess', title: '', nickname: 'Al' } });
  await directory.updateAccount(ada!, { attributes: { email: 'countess@example.com', familyName: 'L.' } });
  await directory.setActive(bob!, false);
  const group = await createGroup(directory, 'engineers');
  await directory.addMembers(group, [ada!, bob!]);
  await directory.addMembers(group, [ids[2]!]);
  expect((await failureOf(cloud, directory.addMembers(group, [nobody]))).kind).toBe('Conflict');
  await directory.removeMembers(group, [bob!, nobody]);
  await directory.removeMembers(group, [bob!]);

  const { title: _, ...rest } = fullAttributes(directory, 'ada');
  const changed = { displayName: 'Countess', nickname: 'Al', email: 'countess@example.com', familyName: 'L.' };
  const account = await directory.account(ada!);
  expect(account?.attributes).toEqual({ ...rest, ...changed });
  const accounts = await collect(directory.accounts());
  expect(accounts.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
    cloud.accounts().toSorted((a, b) => a.id.localeCompare(b.id)),
  );
  expect(accounts.filter(({ isActive }) => !isActive).map(({ id }) => id)).toEqual([bob]);
  const empty = await createGroup(directory, 'nobody yet');
  const groups = new Map((await collect(directory.groups())).map(({ id, members }) => [id, members]));
  expect(groups.get(group)?.toSorted()).toEqual([ada, ids[2]].toSorted());
  expect(groups.get(empty)).toEqual([]);
};

describe.concurrent('Atlassian Cloud, whatever its documents leave open', () => {
  it.each<[string, Partial<Switches>]>([
    ['nothing turned', {}],
    ['answers are application/json', { mediaType: 'application/json' }],
    ['answers are application/scim+json', { mediaType: 'application/scim+json' }],
    ['400s are Java exceptions', { badRequestShape: 'java-exception', memberRemoval: 'list-only' }],
    ['errors are vague', { errorDetail: 'vague' }],
    ['empty members are omitted', { emptyMembers: 'omitted' }],
    ['pages are cut to one', { maxCount: 1, itemsPerPage: 'requested' }],
    ['itemsPerPage tells the truth', { itemsPerPage: 'returned' }],
    ['newest come first', { listOrder: 'newest-first' }],
    ['members leave by filter only', { memberRemoval: 'filter-only' }],
    ['members leave by value list only', { memberRemoval: 'list-only' }],
    ['no value filter in paths', { acceptsValueFilterPaths: false }],
    ['unknown members may be removed', { removalOfUnknownMember: 'ignored' }],
    ['schemas are required', { requiresSchemas: true }],
    [
      'the strictest dialect',
      { patchOpCase: 'lower-case', patchOperationsKey: 'Operations', acceptsPathlessPatch: false },
    ],
    ['booleans are booleans', { acceptsStringBooleans: false }],
    ['accounts are linked later', { linkDelayMs: 60_000, externalExtensionBeforeLink: 'empty' }],
    ['filters mind the case', { isFilterCaseInsensitive: false }],
    ['no members may be replaced', { acceptsMembersReplace: false }],
    ['external ids may repeat', { externalIdUniqueness: 'not-enforced' }],
    ['rates are told', { rateLimitRequests: 10_000, rateLimitHeaders: 'x-ratelimit' }],
  ])('a day goes well: %s', (_what, switches) =>
    withCloud(async (cloud) => {
      cloud.turn(switches);
      await liveThroughADay(cloud);
    })(),
  );

  it(
    'usernames in lower case are found as they were sent',
    withCloud(async (cloud) => {
      cloud.turn({ userNameCase: 'lower-cased', isFilterCaseInsensitive: false });
      const directory = cloud.connect();
      const { attributes, externalId } = aDraft(directory, 'ada');
      const { value } = await directory.createAccount({
        externalId,
        attributes: { ...attributes, userName: 'Ada@Example.com' },
      });
      expect((await directory.findAccounts({ userName: 'Ada@Example.com' })).map(({ id }) => id)).toEqual([value.id]);
    }),
  );

  it.each([{ userNameChange: 'refused' } as const, { acceptsUrnPaths: false } as const])(
    'what it refuses is Rejected, and nothing else of the request is done: %o',
    (switches) =>
      withCloud(async (cloud) => {
        cloud.turn(switches);
        const directory = cloud.connect();
        const [id] = await createAccounts(directory, ['ada']);
        const before = cloud.accounts();
        const attributes = { displayName: 'Changed', userName: 'new@example.com', department: 'Changed' };
        const failure = await failureOf(cloud, directory.updateAccount(id!, { attributes }));
        expect({ kind: failure.kind, status: failure.details.status }).toEqual({ kind: 'Rejected', status: 400 });
        expect(cloud.accounts()).toEqual(before);
      })(),
  );

  it.each([413, 400] as const)('too many members in one request (%i) is Rejected', (tooManyMembersStatus) =>
    withCloud(async (cloud) => {
      const directory = cloud.connect();
      const ids = await createAccounts(directory, ['ada', 'bob']);
      const group = await createGroup(directory, 'engineers');
      cloud.turn({ maxMembersPerRequest: 1, tooManyMembersStatus });
      const failure = await failureOf(cloud, directory.addMembers(group, ids));
      expect({ kind: failure.kind, code: failure.details.code }).toEqual({ kind: 'Rejected', code: 'tooMany' });
    })(),
  );

  it.each(['retry-after-seconds', 'retry-after-date', 'x-ratelimit'] as const)(
    'a throttled call tells how long to wait: %s',
    (rateLimitHeaders) =>
      withCloud(async (cloud) => {
        cloud.turn({ rateLimitRequests: 1, rateLimitHeaders });
        // To the beginning of a window, so that none ends during the test.
        cloud.simulator.advanceClock(60_000 - (Date.now() % 60_000));
        const pacer = anOpenPacer();
        const directory = cloud.connect({ pacer });
        await directory.findGroup('x');
        const failure = await failureOf(cloud, directory.findGroup('x'));
        expect(pacer.learned.at(-1)?.status).toBe(429);
        const waitMs = failure.details.retryAfterMs;
        expect(waitMs).toBeGreaterThan(20_000);
        expect(waitMs).toBeLessThanOrEqual(61_000);
      })(),
  );
});

describe.concurrent('Atlassian Cloud, with a right to write that ends within one call', () => {
  it.each([0, 1, 2])('sends no further request to remove members after %i of three', (allowed) =>
    withCloud(async (cloud) => {
      // A filter in the path for both, for one, and a list of values.
      cloud.turn({ memberRemoval: 'list-only' });
      const directory = cloud.connect();
      const ids = await createAccounts(directory, ['ada', 'bob', 'cid']);
      const group = await createGroup(directory, 'engineers');
      await directory.addMembers(group, ids);
      const { last } = cloud.simulator.requests;
      const sent = () => cloud.simulator.requests.since(last).filter(({ method }) => method === 'PATCH').length;
      const sendBefore = { hasPassed: () => sent() === allowed };
      const failure = await failureOf(cloud, directory.removeMembers(group, ids.slice(0, 2), { sendBefore }));
      expect(failure.details).toMatchObject({ code: 'claim-expired', subject: group });
      expect(failure.details.effectUnknown).toBeUndefined();
      expect(sent()).toBe(allowed);
      expect(cloud.groups()[0]?.members).toEqual(ids);
    })(),
  );
});

describe.concurrent('Atlassian Cloud, losing its plan or its key', () => {
  it.each([403, 404] as const)(
    'does not take %i without Atlassian Guard for accounts that are gone',
    (withoutGuardStatus) =>
      withCloud(async (cloud) => {
        const directory = cloud.connect();
        const [id] = await createAccounts(directory, ['ada']);
        cloud.turn({ hasGuardSubscription: false, withoutGuardStatus });
        const calls = [
          () => directory.account(id!),
          () => directory.setActive(id!, false),
          () => directory.updateAccount(id!, { attributes: { email: 'x@example.com' } }),
          () => directory.group(nobody as string as TargetGroupId),
          () => directory.removeMembers(nobody as string as TargetGroupId, [id!]),
          () => directory.deleteGroup(nobody as string as TargetGroupId),
        ];
        for (const call of calls) expect((await failureOf(cloud, call())).kind).toBe('AccessDenied');
        const failed = (await directory.check()).find(({ status }) => status === 'failed');
        expect(failed?.message).toMatch(/Atlassian Guard/);
      })(),
  );

  it(
    'says that a key may have expired, with the id of the request',
    withCloud(async (cloud) => {
      cloud.turn({ isApiKeyExpired: true });
      const failure = await failureOf(cloud, cloud.connect().account(nobody));
      expect(failure.message).toMatch(/wrong, expired \(keys last a year\) or was regenerated/);
      expect(failure.details.requestId).toMatch(/^[0-9a-f]{32}$/);
    }),
  );

  it(
    'warns of a wrong clock',
    withCloud(async (cloud) => {
      cloud.simulator.advanceClock(3_600_000);
      const clock = (await cloud.connect().check()).find(({ check }) => check === 'clock');
      expect(clock).toMatchObject({ status: 'warning', message: expect.stringMatching(/3[56]\d\d s apart/) });
    }),
  );

  it.each([
    ['https://api.atlassian.com/scim/directory/abc', 'ok'],
    ['https://api.atlassian.com/scim/directory/abc/', 'ok'],
    ['https://example.com/scim/directory/abc', 'warning'],
    ['https://api.atlassian.com/admin/v1/orgs', 'failed'],
    ['http://api.atlassian.com/scim/directory/abc', 'failed'],
  ])('judges the base URL %s as %s without asking anybody', async (baseUrl, status) => {
    const offline = new Failure('Unavailable', 'offline');
    const pacer: Pacer = { acquire: () => Promise.reject(offline), learn() {} };
    const [first, second] = await createAtlassianCloud({ name: 'cloud', baseUrl, apiKey, pacer }).check();
    expect(first).toMatchObject({ check: 'base-url', status });
    expect(second).toEqual({ check: 'connection', status: 'failed', message: 'offline' });
  });

  it.each([
    { baseUrl: 'api.atlassian.com/scim/directory/abc' },
    { baseUrl: 'https://user:pass@api.atlassian.com/scim/directory/abc' },
    { baseUrl: 'https://api.atlassian.com/scim/directory/abc?key=1' },
    { apiKey: '' },
    { apiKey: 'two\nlines' },
  ])('refuses what cannot be an address or a key before it is sent: %o', (wrong) => {
    const baseUrl = 'https://api.atlassian.com/scim/directory/abc';
    const create = () => createAtlassianCloud({ name: 'cloud', baseUrl, apiKey, pacer: anOpenPacer(), ...wrong });
    expect(create).toThrow(expect.objectContaining({ kind: 'Misconfigured' }));
    expect(create).not.toThrow(/pass|lines/);
  });
});

describe.concurrent('Atlassian Cloud, what goes over the wire', () => {
  it(
    'is never a PUT, no DELETE of an account, and a PATCH names only what changes',
    withCloud(async (cloud) => {
      const directory = cloud.connect();
      const [id] = await createAccounts(directory, ['ada']);
      await directory.updateAccount(id!, { attributes: { title: 'CTO', department: '', location: 'York' } });
      await directory.updateAccount(id!, { attributes: {} });
      await directory.setActive(id!, false);
      const requests = cloud.simulator.requests.since();
      expect(requests.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'GET', 'PATCH']);
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
      const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
      const custom = 'urn:scim:schemas:extension:atlassian-custom:1.0:Attributes';
      expect(requests[1]?.body).toEqual({
        schemas,
        Operations: [
          { op: 'replace', path: 'title', value: 'CTO' },
          { op: 'remove', path: `${enterprise}:department` },
          { op: 'remove', path: 'department' },
          { op: 'replace', path: `${custom}:basedIn`, value: 'York' },
        ],
      });
      expect(requests[3]?.body).toEqual({ schemas, Operations: [{ op: 'replace', path: 'active', value: false }] });
    }),
  );

  it(
    'a new e-mail address takes the place of the primary one; the others stay',
    withCloud(async (cloud) => {
      const directory = cloud.connect();
      const [id] = await createAccounts(directory, ['ada']);
      const user = cloud.users()[0]!;
      const others = [
        { value: 'ada@home.example.org', type: 'home', primary: false },
        { value: 'old@example.com', type: 'other', primary: false },
      ];
      cloud.simulator.vendor.restore({
        ...(cloud.simulator.vendor.dump() as object),
        users: [
          { ...user, document: { ...user.document, emails: [...(user.document['emails'] as object[]), ...others] } },
        ],
      });
      await directory.updateAccount(id!, { attributes: { email: 'OLD@example.com' } });
      expect(cloud.users()[0]?.document['emails']).toMatchObject([
        { value: 'OLD@example.com', type: 'work', primary: true },
        { value: 'ada@home.example.org', type: 'home' },
      ]);
    }),
  );

  it.each(['userName', 'email'] as const)('%s is never cleared', (attribute) =>
    withCloud(async (cloud) => {
      const directory = cloud.connect();
      const failure = await failureOf(cloud, directory.updateAccount(nobody, { attributes: { [attribute]: '' } }));
      expect(failure.kind).toBe('Rejected');
      expect(cloud.simulator.requests.last).toBe(0);
    })(),
  );

  it.each([1, 2, 3])('a list read %i at a time survives people who come and go meanwhile', (pageSize) =>
    withCloud(async (cloud) => {
      cloud.turn({ listOrder: 'newest-first' });
      const directory = cloud.connect({ pageSize });
      const ids = await createAccounts(directory, ['a', 'b', 'c', 'd', 'e', 'f']);
      const seen: string[] = [];
      let page = 0;
      for await (const accounts of directory.accounts()) {
        seen.push(...accounts.map(({ id }) => id));
        page += 1;
        if (page === 1) ids.push(...(await createAccounts(directory, ['new'])));
      }
      expect(seen.toSorted()).toEqual(ids.toSorted());
    })(),
  );
});
