/** Atlassian Cloud as a target: one SCIM directory of an organisation with Atlassian Guard. */
import { accountAttributes } from '../../domain/account.ts';
import type { CallOptions, Capabilities, Pacer, TargetDirectory, Written } from '../../domain/directory.ts';
import { Failure } from '../../domain/failure.ts';
import type { AccountId } from '../../domain/ids.ts';
import { type Answer, isNotFound } from '../http-client.ts';
import { checkDirectory } from './check.ts';
import { createScimClient } from './client.ts';
import { gone } from './gone.ts';
import { clearsRequired, type PatchOperation, toAccount, toNewUser, toOperations, toTargetGroup } from './mapping.ts';
import { createMemberWrites } from './members.ts';
import type { ScimUser } from './wire.ts';

export interface AtlassianCloudOptions {
  /** The target's name: used in messages and as the pacer's bucket. */
  readonly name: string;
  /** "Directory base URL" of Atlassian Administration: `https://api.atlassian.com/scim/directory/<id>`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly pacer: Pacer;
  /** Accounts or groups asked for at a time; Atlassian answers at most 100. */
  readonly pageSize?: number;
  /** Members per request; Atlassian publishes no limit. */
  readonly memberBatch?: number;
  readonly timeoutMs?: number;
}

/** @throws Failure `Misconfigured` when the base URL or the key cannot be one. */
export const createAtlassianCloud = (options: AtlassianCloudOptions): TargetDirectory => {
  const { name, pacer, pageSize = 100, memberBatch = 100, timeoutMs = 30_000 } = options;
  const baseUrl = readBaseUrl(name, options.baseUrl);
  const client = createScimClient({
    name,
    baseUrl,
    apiKey: readApiKey(name, options.apiKey),
    pacer,
    pageSize,
    timeoutMs,
  });
  const members = createMemberWrites(client, name, memberBatch);

  const requireUser = async (id: AccountId, signal: AbortSignal | undefined): Promise<ScimUser> => {
    const user = await client.user(id, signal);
    if (!user) throw gone(name, 'account', id);
    return user;
  };

  /** A missing account is never taken for a deactivated one: its record may be gone while its owner still signs in. */
  const patch = async (
    id: AccountId,
    operation: string,
    operations: readonly PatchOperation[],
    options: CallOptions,
  ) => {
    try {
      return mapped(await client.patchUser(id, operation, operations, options), toAccount);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await client.requireDirectory(options.signal);
      throw gone(name, 'account', id);
    }
  };

  return {
    capabilities: capabilities(memberBatch),
    requestTimeoutMs: timeoutMs,
    check: ({ signal } = {}) => checkDirectory(client, baseUrl, signal),
    async *accounts({ signal } = {}) {
      for await (const page of client.users(signal)) yield page.map(toAccount);
    },
    async *groups({ signal } = {}) {
      for await (const page of client.groups(signal)) yield page.map(toTargetGroup);
    },
    async *members(id, { signal } = {}) {
      const group = await client.group(id, signal);
      if (!group) throw gone(name, 'group', id);
      yield toTargetGroup(group).members ?? [];
    },
    async account(id, { signal } = {}) {
      const user = await client.user(id, signal);
      return user && toAccount(user);
    },
    async group(id, { signal } = {}) {
      const group = await client.group(id, signal);
      return group && toTargetGroup(group);
    },
    async findAccounts({ externalId, userName }, { signal } = {}) {
      const found = await Promise.all([
        externalId ? client.findUsers('externalId', externalId, signal) : [],
        userName ? caselessly(userName, (text) => client.findUsers('userName', text, signal)) : [],
      ]);
      // A server that passes over the filter would have everybody match.
      const matching = found
        .flat()
        .filter((user) => (externalId && user.externalId === externalId) || isSame(user.userName, userName));
      return [...new Map(matching.map((user) => [user.id, toAccount(user)])).values()];
    },
    async findGroup(displayName, { signal } = {}) {
      const found = await caselessly(displayName, (text) => client.findGroups(text, signal));
      const group = found.find((candidate) => isSame(candidate.displayName, displayName));
      return group && toTargetGroup(group);
    },
    async createAccount(draft, options = {}) {
      return mapped(await client.createUser(toNewUser(draft), options), toAccount);
    },
    async updateAccount(id, change, options = {}) {
      const { signal } = options;
      if (clearsRequired(change)) {
        throw new Failure('Rejected', `${name}: userName and email cannot be cleared`, { system: name, subject: id });
      }
      const changesEmail = change.attributes.email !== undefined;
      const operations = toOperations(change, changesEmail ? ((await requireUser(id, signal)).emails ?? []) : []);
      if (operations.length === 0) return { value: toAccount(await requireUser(id, signal)) };
      return patch(id, 'update account', operations, options);
    },
    setActive: (id, isActive, options = {}) =>
      patch(
        id,
        isActive ? 'activate account' : 'deactivate account',
        [{ op: 'replace', path: 'active', value: isActive }],
        options,
      ),
    async createGroup(displayName, options = {}) {
      return mapped(await client.createGroup(displayName, options), toTargetGroup);
    },
    /** A synced group's name is immutable (Atlassian: create another one, move its members, delete the old one). */
    async renameGroup(id) {
      throw new Failure('Rejected', `${name}: group ${id} cannot be renamed`, { system: name, subject: id });
    },
    async deleteGroup(id, options = {}) {
      try {
        return mapped(await client.deleteGroup(id, options), () => undefined);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        await client.requireDirectory(options.signal);
        return { value: undefined };
      }
    },
    addMembers: (id, accounts, options = {}) => members.add(id, accounts, options),
    removeMembers: (id, accounts, options = {}) => members.remove(id, accounts, options),
  };
};

const capabilities = (memberBatch: number): Capabilities => ({
  createAccounts: true,
  attributes: accountAttributes,
  readsEmail: true,
  keepsExternalId: true,
  renameAccounts: true,
  deactivate: true,
  // DELETE unlinks an account from its directory for good and deletes nothing.
  deleteAccounts: false,
  createGroups: true,
  renameGroups: false,
  deleteGroups: true,
  memberBatch,
  countsSeats: false,
});

const readBaseUrl = (name: string, text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new Failure('Misconfigured', `${name}: the base URL is not an http(s) address without query`, {
      system: name,
    });
  }
  return url.href.replace(/\/+$/, '');
};

/** Anything else could not be sent, and the error would quote it. */
const readApiKey = (name: string, apiKey: string): string => {
  if (/^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  throw new Failure('Misconfigured', `${name}: the API key is empty or holds characters that no key has`, {
    system: name,
  });
};

const mapped = <S, T>({ value, requestId }: Answer<S>, map: (value: S) => T): Written<T> => ({
  value: map(value),
  ...(requestId && { requestId }),
});

const isSame = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();

/** The schema calls userName and displayName caseless; whether filters are, and whether it stores lower case, is open. */
const caselessly = async <T>(text: string, find: (text: string) => Promise<readonly T[]>): Promise<readonly T[]> => {
  const found = await find(text);
  return found.length > 0 || text === text.toLowerCase() ? found : find(text.toLowerCase());
};
