import type { DirectoryDump } from '../../sandbox/atlassian-cloud/state-dump.ts';
import { createAtlassianCloud } from '../../sandbox/atlassian-cloud/vendor.ts';
import { type Simulator, startSimulator } from '../../sandbox/kit/simulator.ts';

// A client of the simulated directory that knows nothing but HTTP and the documents.

export type Json = Record<string, unknown>;

export interface Answer<T = Json> {
  status: number;
  headers: Headers;
  body: T;
}

export interface User extends Json {
  id: string;
  userName: string;
  active: boolean;
  emails: { value: string; type?: string; primary?: boolean }[];
  groups: Json[];
  meta: { created: string; lastModified: string; location: string };
}

export interface Group extends Json {
  id: string;
  displayName: string;
  members: { type: string; value: string; display: string; $ref: string }[];
  meta: { created: string; lastModified: string; location: string };
}

export interface List<T> {
  schemas: string[];
  totalResults: number;
  startIndex: number;
  itemsPerPage: number;
  Resources: T[];
}

export const directoryId = '2fb21891-7bee-4c2d-a61a-ade3834c8b2b';
export const apiKey = 'the-directory-key';
export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const externalUrn = 'urn:scim:schemas:extension:atlassian-external:1.0';
export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export async function startCloud(settings: Json = {}, seed: Json = {}, stateFile?: string) {
  const vendor = createAtlassianCloud({ directoryId, apiKey });
  Object.assign(vendor.settings, { siteDelayMs: 0, ...settings });
  const options = { secret: 'sandbox', ...(stateFile === undefined ? {} : { stateFile }) };
  const simulator = await startSimulator(vendor, options);
  if (!simulator.restored) await simulator.seed(seed);
  return {
    simulator,
    vendor,
    scim: new Scim(simulator),
    turn: (change: Partial<typeof vendor.settings>) => Object.assign(vendor.settings, change),
  };
}

export class Scim {
  readonly base: string;
  readonly #simulator: Simulator;
  headers: Record<string, string> = { authorization: `Bearer ${apiKey}` };

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.base = `${simulator.origin}/scim/directory/${directoryId}`;
  }

  async send<T = Json>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        ...this.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json; charset=utf-8' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as T,
    };
  }

  get<T = Json>(path: string): Promise<Answer<T>> {
    return this.send<T>('GET', path);
  }

  /** Creates a user from a name; more attributes as given. */
  async user(name: string, more: Json = {}): Promise<User> {
    const answer = await this.send<User>('POST', '/Users', aUser(name, more));
    if (answer.status !== 201) throw new Error(`user ${name}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async group(displayName: string, members: readonly { id: string }[] = []): Promise<Group> {
    const body = { displayName, members: members.map(({ id }) => ({ value: id })) };
    const answer = await this.send<Group>('POST', '/Groups', body);
    if (answer.status !== 201) throw new Error(`group ${displayName}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  patchUser(id: string, ...operations: Json[]): Promise<Answer<User>> {
    return this.send<User>('PATCH', `/Users/${id}`, { schemas: [patchSchema], Operations: operations });
  }

  patchGroup(id: string, ...operations: Json[]): Promise<Answer<Group>> {
    return this.send<Group>('PATCH', `/Groups/${id}`, { schemas: [patchSchema], Operations: operations });
  }

  list<T = User>(resource: 'Users' | 'Groups', query: Record<string, string | number> = {}): Promise<Answer<List<T>>> {
    const parameters = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    return this.get<List<T>>(`/${resource}?${parameters.join('&')}`);
  }

  /** An operation of the sandbox's control server, without that server. */
  control<T = Json>(method: string, path: string, body?: unknown, query = ''): T {
    const answer = this.#simulator.vendor.control?.({
      method,
      path,
      query: new URLSearchParams(query),
      headers: {},
      body,
      rawBody: '',
      origin: this.#simulator.origin,
      now: this.#simulator.now(),
      inFlight: 1,
    });
    return answer?.body as T;
  }

  account(email: string) {
    return this.dump().accounts.find((account) => account.email === email);
  }

  site() {
    return this.control<{
      users: { accountId: string; active: boolean; displayName: string }[];
      groups: { name: string; members: string[] }[];
    }>('GET', '/site');
  }

  dump(): DirectoryDump {
    return this.#simulator.vendor.dump() as DirectoryDump;
  }
}

export function aUser(name: string, more: Json = {}): Json {
  const email = `${name}@example.com`;
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: email,
    emails: [{ value: email, type: 'work', primary: true }],
    ...more,
  };
}

export function scimError(status: number, scimType?: string) {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: expectString(),
  };
}

function expectString(): string {
  // Any text: the words of an error are not documented.
  return { asymmetricMatch: (value: unknown) => typeof value === 'string' && value !== '' } as unknown as string;
}
