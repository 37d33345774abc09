import { generateKeyPairSync } from 'node:crypto';
import { Client, type Collection, DefaultRequestExecutor } from '@okta/okta-sdk-nodejs';
import { expect, test } from 'vitest';
import { API_TOKEN, aProfile, startOkta } from './okta-client.ts';

type SdkRequest = Parameters<DefaultRequestExecutor['fetch']>[0];
type SdkResponse = Awaited<ReturnType<DefaultRequestExecutor['fetch']>>;

/** The SDK with the platform's fetch: node-fetch 2 breaks chunked answers on some Node versions (okta-sdk-nodejs issue 499). */
class PlatformFetch extends DefaultRequestExecutor {
  override async fetch(request: SdkRequest): Promise<SdkResponse> {
    Reflect.set(request, 'startTime', Reflect.get(request, 'startTime') ?? new Date());
    const response = await fetch(request.url ?? '', {
      method: request.method ?? 'get',
      headers: request.headers as Record<string, string>,
      ...(request.body && { body: String(request.body) }),
    });
    return (await this.parseResponse(request, response as unknown as SdkResponse)) as SdkResponse;
  }
}

async function everything<T>(collection: Collection<T>): Promise<T[]> {
  const items: T[] = [];
  do {
    items.push(...((await collection.getNextPage()) as T[]));
  } while (Reflect.get(collection, 'nextUri'));
  return items;
}

test("Okta's own SDK reads, writes, waits out a 429 and reports errors", async () => {
  const okta = await startOkta({ people: 50, groups: 5 });
  const client = new Client({
    orgUrl: okta.sim.origin,
    token: API_TOKEN,
    cacheMiddleware: null,
    requestExecutor: new PlatformFetch(),
  });
  const reset = String(Math.floor(Date.now() / 1000));
  okta.sim.faults.set([
    {
      id: 'limit',
      match: { path: 'after=', attempt: 1 },
      action: { status: 429, headers: { 'x-rate-limit-reset': reset } },
    },
  ]);
  const users = await everything(await client.userApi.listUsers({ limit: 20 }));
  expect(users).toHaveLength((await okta.all('/api/v1/users')).length);
  expect(okta.sim.faults.fired('limit')).toBe(1);

  const made = await client.userApi.createUser({ body: aProfile('Sdk') as never });
  const userId = String(made.id);
  const [group] = await everything(await client.groupApi.listGroups({ q: 'atlassian-users' }));
  await client.groupApi.assignUserToGroup({ groupId: String(group?.id), userId });
  const groups = await everything(await client.userApi.listUserGroups({ userId }));
  expect(groups.map((each) => each.profile?.name)).toEqual(['Everyone', 'atlassian-users']);
  await client.userApi.deactivateUser({ userId });
  expect((await client.userApi.getUser({ userId })).status).toBe('DEPROVISIONED');
  const log = (await (await client.systemLogApi.listLogEvents({})).getNextPage()) as { eventType: string }[];
  expect(log.map((event) => event.eventType)).toContain('group.user_membership.add');
  await expect(client.userApi.getUser({ userId: 'nobody@example.com' })).rejects.toMatchObject({
    status: 404,
    errorCode: 'E0000007',
  });
  await okta.close();
});

test.each([false, true])(
  "the SDK's private key mode gets a token, proof of possession demanded: %s",
  async (dpopRequired) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const clientId = '0oaSdkClient';
    const scopes = ['okta.users.read'];
    const okta = await startOkta(
      { people: 5, groups: 2 },
      { oauth: [{ clientId, scopes, jwks: [publicKey.export({ format: 'jwk' })] }] },
    );
    okta.set({ dpopRequired });
    const client = new Client({
      orgUrl: okta.sim.origin,
      authorizationMode: 'PrivateKey',
      clientId,
      scopes,
      privateKey: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
      cacheMiddleware: null,
      requestExecutor: new PlatformFetch(),
    });
    expect((await everything(await client.userApi.listUsers())).length).toBeGreaterThan(0);
    await expect(client.groupApi.listGroups().then(everything)).rejects.toMatchObject({
      status: 403,
      errorCode: 'E0000006',
    });
    expect(okta.sim.requests.counts()['POST /oauth2/v1/token']?.total).toBe(dpopRequired ? 2 : 1);
    await okta.close();
  },
);
