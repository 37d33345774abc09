/** Okta behind the source port. */
import type { z } from 'zod';
import type { CallOptions, Pacer, Pages, SourceDirectory, SourceLifecycle } from '../../domain/directory.ts';
import { isFailure } from '../../domain/failure.ts';
import type { OktaAppId, OktaGroupId, OktaUserId } from '../../domain/ids.ts';
import type { EventOptions, SourceEvents } from '../../domain/okta-event.ts';
import type { Assignment, Group, Person } from '../../domain/person.ts';
import { type Asked, failed, isGone } from './answer.ts';
import { checkOkta } from './check.ts';
import { OktaClient } from './client.ts';
import type { OktaCredentials } from './credentials.ts';
import { readEvents } from './events.ts';
import { createLifecycle } from './lifecycle.ts';
import { isDeletionOf, isNamed, toAssignment, toGroup, toPerson } from './mapping.ts';
import { oktaId } from './okta-id.ts';
import { type PageRequest, pagesOf, readItem } from './pages.ts';
import {
  appUsersUrl,
  changedGroupsUrl,
  changedPeopleUrl,
  deletionUrl,
  findPeopleUrl,
  groupsUrl,
  membersUrl,
  peopleUrl,
} from './requests.ts';
import { appUserSchema, groupSchema, idSchema, logEventSchema, userSchema, type WireLogEvent } from './wire.ts';

export interface OktaSourceOptions {
  /** `https://example.okta.com`, with or without a trailing slash. */
  readonly orgUrl: string;
  readonly credentials: OktaCredentials;
  readonly pacer: Pacer;
  /** The profile attributes that are kept; all others are dropped as they are read. */
  readonly profileAttributes: readonly string[];
  /** Likewise of app assignments; all when absent. */
  readonly assignmentAttributes?: readonly string[];
  /** Default and most: 200, which Okta recommends, and 500 for assignments, whose rate limit is the tightest. */
  readonly pageSize?: number;
  /** For one request, to the end of its body. Default 30 s. */
  readonly timeoutMs?: number;
}

const pageSizes = { most: 200, appUsers: 500 };

/**
 * A list of what is gone (a group deleted since it was listed) raises `Conflict` with status 404; a single read of it
 * is undefined.
 * @throws Failure `Misconfigured`
 */
export function createOktaSource(options: OktaSourceOptions): SourceDirectory {
  return new OktaDirectory(options);
}

class OktaDirectory implements SourceDirectory {
  /** Okta spoke of "typically less than one second" ("List users", older edition); five times as much. */
  readonly lagMs = 5_000;
  readonly lifecycle: SourceLifecycle;
  readonly #client: OktaClient;
  readonly #scopes: readonly string[] | undefined;
  readonly #attributes: ReadonlySet<string>;
  readonly #isKeptOfAssignment: (attribute: string) => boolean;
  readonly #userSchema: ReturnType<typeof userSchema>;
  readonly #limit: number;
  readonly #appLimit: number;

  constructor(options: OktaSourceOptions) {
    const { orgUrl, credentials, pacer, timeoutMs = 30_000 } = options;
    this.#client = new OktaClient({ orgUrl, credentials, pacer, timeoutMs });
    this.lifecycle = createLifecycle(this.#client);
    this.#scopes = 'apiToken' in credentials ? undefined : credentials.scopes;
    this.#attributes = new Set(options.profileAttributes);
    const ofAssignment = options.assignmentAttributes && new Set(options.assignmentAttributes);
    this.#isKeptOfAssignment = (attribute) => ofAssignment?.has(attribute) ?? true;
    this.#userSchema = userSchema(options.profileAttributes);
    this.#limit = Math.min(options.pageSize ?? pageSizes.most, pageSizes.most);
    this.#appLimit = Math.min(options.pageSize ?? pageSizes.appUsers, pageSizes.appUsers);
  }

  check(options?: CallOptions) {
    return checkOkta(this.#client, this.#scopes, options);
  }

  people(options?: CallOptions): Pages<Person> {
    return this.#people({ operation: 'list people' }, peopleUrl(this.#limit), options);
  }

  groups(options?: CallOptions): Pages<Group> {
    return this.#groups({ operation: 'list groups' }, groupsUrl(this.#limit), options);
  }

  async *peopleChangedSince(sinceIso: string, options?: CallOptions): Pages<Person> {
    const asked = { operation: 'list changed people' };
    yield* this.#people(asked, changedPeopleUrl(instantOf(asked, sinceIso), this.#limit), options);
  }

  async *groupsChangedSince(sinceIso: string, options?: CallOptions): Pages<Group> {
    const asked = { operation: 'list changed groups' };
    yield* this.#groups(asked, changedGroupsUrl(instantOf(asked, sinceIso), this.#limit), options);
  }

  async *members(groupId: OktaGroupId, options?: CallOptions): Pages<OktaUserId> {
    const asked = { operation: 'list members of group', subject: oktaId('00g', groupId) };
    const url = membersUrl(groupId, this.#limit);
    yield* this.#pages({ ...asked, url, schema: idSchema, keyOf: idOf }, ({ id }) => id as OktaUserId, options);
  }

  async *assignments(appId: OktaAppId, options?: CallOptions): Pages<Assignment> {
    const asked = { operation: 'list assignments of app', subject: oktaId('0oa', appId) };
    const request = { ...asked, url: appUsersUrl(appId, this.#appLimit), schema: appUserSchema, keyOf: idOf };
    for await (const page of pagesOf(this.#client, request, options)) {
      yield page
        .map((user) => toAssignment(appId, user, this.#isKeptOfAssignment))
        .filter((assignment) => assignment !== undefined);
    }
  }

  async person(id: OktaUserId, options?: CallOptions): Promise<Person | undefined> {
    // Okta takes a login or a short name here as well, and would answer with whoever has it.
    const asked = { operation: 'read person', subject: oktaId('00u', id) };
    const user = await this.#one({ ...asked, schema: this.#userSchema }, `/api/v1/users/${id}`, options);
    return user && toPerson(user, this.#attributes);
  }

  async group(id: OktaGroupId, options?: CallOptions): Promise<Group | undefined> {
    const asked = { operation: 'read group', subject: oktaId('00g', id) };
    const group = await this.#one({ ...asked, schema: groupSchema }, `/api/v1/groups/${id}`, options);
    return group && toGroup(group);
  }

  async groupsOf(id: OktaUserId, options?: CallOptions): Promise<readonly OktaGroupId[]> {
    const asked = { operation: 'list groups of person', subject: oktaId('00u', id) };
    const request = { ...asked, url: `/api/v1/users/${id}/groups`, schema: idSchema, keyOf: idOf };
    const pages = await Array.fromAsync(this.#pages(request, (group) => group.id as OktaGroupId, options));
    return pages.flat();
  }

  async assignment(appId: OktaAppId, id: OktaUserId, options?: CallOptions): Promise<Assignment | undefined> {
    const asked = { operation: `read assignment to app ${oktaId('0oa', appId)} of person`, subject: oktaId('00u', id) };
    const user = await this.#one({ ...asked, schema: appUserSchema }, `/api/v1/apps/${appId}/users/${id}`, options);
    return user && toAssignment(appId, user, this.#isKeptOfAssignment);
  }

  async appExists(appId: OktaAppId, options?: CallOptions): Promise<boolean> {
    const asked = { operation: 'read app', subject: oktaId('0oa', appId) };
    return (await this.#one({ ...asked, schema: idSchema }, `/api/v1/apps/${appId}`, options)) !== undefined;
  }

  async deletionLogged(id: OktaUserId | OktaGroupId, options?: CallOptions): Promise<boolean> {
    const [prefix, kind] = id.startsWith('00g') ? (['00g', 'group'] as const) : (['00u', 'person'] as const);
    const asked = { operation: `search the System Log for the deletion of ${kind}`, subject: oktaId(prefix, id) };
    const url = deletionUrl(id, Date.now());
    const request = { ...asked, url, schema: logEventSchema, keyOf: (event: WireLogEvent) => event.uuid };
    for await (const page of pagesOf(this.#client, request, options)) {
      if (page.some((event) => isDeletionOf(event, id))) return true;
    }
    return false;
  }

  async events(
    cursor: string | undefined,
    since: string,
    options: CallOptions & EventOptions = {},
  ): Promise<SourceEvents> {
    const asked = { operation: 'poll the System Log' };
    for (const app of options.apps ?? []) oktaId('0oa', app);
    const position = cursor === undefined ? { since: instantOf(asked, since).toISOString() } : { after: cursor };
    return readEvents(this.#client, asked, position, options);
  }

  async findPeople(text: string, options?: CallOptions): Promise<readonly Person[]> {
    if (text.trim() === '' || !text.isWellFormed()) return [];
    const url = findPeopleUrl(text, this.#limit);
    const pages = await Array.fromAsync(this.#people({ operation: 'find people' }, url, options));
    return pages.flat().filter((person) => isNamed(person, text));
  }

  #people(asked: Asked, url: string, options: CallOptions | undefined): Pages<Person> {
    const request = { ...asked, url, schema: this.#userSchema, keyOf: idOf };
    return this.#pages(request, (user) => toPerson(user, this.#attributes), options);
  }

  #groups(asked: Asked, url: string, options: CallOptions | undefined): Pages<Group> {
    return this.#pages({ ...asked, url, schema: groupSchema, keyOf: idOf }, toGroup, options);
  }

  async *#pages<W, T>(request: PageRequest<W>, map: (item: W) => T, options: CallOptions | undefined): Pages<T> {
    for await (const page of pagesOf(this.#client, request, options)) yield page.map(map);
  }

  /** One item by the id that the URL ends in; undefined when Okta says that there is none. */
  async #one<S extends z.ZodType<{ id: string }>>(
    asked: Asked & { readonly schema: S },
    url: string,
    options: CallOptions | undefined,
  ): Promise<z.infer<S> | undefined> {
    try {
      const { body } = await this.#client.get(asked, url, options);
      const item = readItem(asked, body);
      if (item.id !== url.split('/').at(-1)) throw failed('UnexpectedResponse', asked, 'an answer about another id');
      return item;
    } catch (error) {
      if (isFailure(error) && isGone(error)) return undefined;
      throw error;
    }
  }
}

const idOf = ({ id }: { id: string }): string => id;

/** @throws Failure `Rejected`, also for a time without zone, which would be taken for this machine's. */
const instantOf = (asked: Asked, iso: string): Date => {
  const instant = new Date(iso);
  if (!Number.isNaN(instant.getTime()) && /T.*(?:Z|[+-]\d\d:\d\d)$/.test(iso)) return instant;
  throw failed('Rejected', asked, 'not an instant in ISO 8601');
};
