/**
 * What was sent to the directory and what a plan lists, both broken down to the smallest facts, so that they can be
 * compared one by one however many of them share a request. Reads SCIM by RFC 7644 and shares nothing with a connector.
 */
import type { DirectoryDump } from '../../sandbox/atlassian-cloud/state-dump.ts';
import type { LogEntry } from '../../sandbox/kit/request-log.ts';

/** A change as `lockstep plan --output json` lists it. */
export interface ListedChange {
  readonly kind: string;
  readonly person?: { readonly id: string };
  readonly account?: { readonly id: string };
  readonly group?: { readonly id: string; readonly name?: string };
  readonly before?: Readonly<Record<string, string>>;
  readonly after?: Readonly<Record<string, string>>;
}

type Json = Readonly<Record<string, unknown>>;

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** RFC 7643, sections 4.1 and 4.3, in the words of lockstep.yaml. */
const names: Readonly<Record<string, string>> = {
  emails: 'email',
  'name.givenName': 'givenName',
  'name.familyName': 'familyName',
  nickName: 'nickname',
  [`${enterprise}:department`]: 'department',
  [`${enterprise}:organization`]: 'organization',
};
const nameOf = (path: string): string => names[path] ?? (/^emails\[/.test(path) ? 'email' : path);

/** An address stands alone, in a list, or in an object. */
const textOf = (value: unknown): string => {
  const one = Array.isArray(value) ? value[0] : value;
  return String(typeof one === 'object' && one !== null ? (one as Json)['value'] : (one ?? ''));
};

/** Accounts and groups are called by their ids; those made only now by whose they are. */
export function factsSent(requests: readonly LogEntry[], after: DirectoryDump): string[] {
  const groupName = new Map(after.groups.map(({ id, displayName }) => [id, displayName]));
  const owner = new Map(after.users.map(({ id, document }) => [id, document['externalId']]));
  const who = (account: string): string => String(owner.get(account) ?? account);
  return requests.flatMap(({ method, path, body }): string[] => {
    const [, kind, id] = /\/(Users|Groups)(?:\/([^/]+))?$/.exec(path) ?? [];
    const sent = (body ?? {}) as Json;
    if (method === 'POST' && kind === 'Users') return createdFacts(sent);
    if (method === 'POST' && kind === 'Groups')
      return [
        `create group ${sent['displayName']}`,
        ...membersIn(sent['members']).map((one) => `add ${who(one)} to ${sent['displayName']}`),
      ];
    if (method !== 'PATCH' || id === undefined) return [`${method} ${path}`];
    const operations = (sent['Operations'] ?? []) as { op: string; path?: string; value?: unknown }[];
    return operations.flatMap((operation) =>
      kind === 'Users' ? attributeFacts(who(id), operation) : memberFacts(groupName.get(id) ?? id, operation, who),
    );
  });
}

function createdFacts(sent: Json): string[] {
  const { name, emails, active: _, schemas: __, externalId, ...rest } = sent;
  const extension = (rest[enterprise] ?? {}) as Json;
  const flat: Json = {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('urn:'))),
    ...Object.fromEntries(Object.entries((name ?? {}) as Json).map(([key, value]) => [`name.${key}`, value])),
    ...extension,
    emails,
  };
  const values = Object.entries(flat).filter(([, value]) => value !== undefined && value !== '');
  return [
    `create account of ${externalId}`,
    ...values.map(([key, value]) => `${externalId}: ${nameOf(key)} = ${textOf(value)}`),
  ];
}

function attributeFacts(account: string, { path = '', value }: { path?: string; value?: unknown }): string[] {
  if (path === 'externalId') return [`link ${value}`];
  if (path === '' && typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => attributeFacts(account, { path: key, value: inner }));
  return [`${account}: ${nameOf(path)} = ${textOf(value)}`];
}

function memberFacts(
  group: string,
  { op, path = '', value }: { op: string; path?: string; value?: unknown },
  who: (account: string) => string,
): string[] {
  const inPath = /^members\[value eq "([^"]+)"\]$/.exec(path)?.[1];
  const ids = inPath ? [inPath] : membersIn(value);
  if (ids.length === 0) return [`${op} ${path} of ${group}, for everybody`];
  return ids.map((id) =>
    op === 'add' ? `add ${who(id)} to ${group}` : `${op} ${who(id)} ${op === 'remove' ? 'from' : 'in'} ${group}`,
  );
}

const membersIn = (members: unknown): string[] =>
  Array.isArray(members) ? members.map((member: { value: string }) => member.value) : [];

/** What a plan says will be sent. Whose account carries the Okta id already needs no writing to be linked. */
export function factsListed(changes: readonly ListedChange[], before: DirectoryDump): string[] {
  const carried = new Map(before.users.map(({ id, document }) => [id, document['externalId']]));
  return changes.flatMap(({ kind, person, account, group, after = {} }): string[] => {
    const who = person?.id ?? account?.id ?? '';
    const values = Object.entries(after).map(([name, value]) => `${who}: ${name} = ${value}`);
    switch (kind) {
      case 'create-account':
        return [`create account of ${who}`, ...values.filter((line) => !line.endsWith(' = '))];
      case 'update-account':
        return values;
      case 'reactivate-account':
        return [`${who}: active = true`];
      case 'deactivate-account':
        return [`${who}: active = false`];
      case 'link-account':
        return carried.get(account?.id ?? '') === who ? [] : [`link ${who}`];
      case 'create-group':
        return [`create group ${group?.name}`];
      case 'add-member':
        return [`add ${who} to ${group?.name}`];
      case 'remove-member':
        return [`remove ${who} from ${group?.name}`];
      case 'link-group':
        return [];
      default:
        return [`${kind}, which nobody expects on a first day`];
    }
  });
}
