/** The directory's log of writes in words, so that a test can list by hand what a run has to send, and nothing else. */
import type { LogEntry } from '../../sandbox/kit/request-log.ts';
import type { ScimAccount, ScimGroup } from '../support/scim-api.ts';

export interface Names {
  readonly accounts: readonly ScimAccount[];
  readonly groups: readonly ScimGroup[];
  /** What a test calls people and accounts, by Okta id or account id; others are told by their Okta id. */
  readonly labels: ReadonlyMap<string, string>;
}

interface Operation {
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}

interface Body {
  readonly externalId?: string;
  readonly displayName?: string;
  readonly members?: readonly unknown[];
  readonly Operations?: readonly Operation[];
}

/** One sentence per request, in alphabetical order, since the order of a run's requests is another test's subject. */
export const written = (requests: readonly LogEntry[], names: Names): string[] =>
  requests.map((request) => sentenceOf(request, names)).sort();

function sentenceOf({ method, path, body, status }: LogEntry, { accounts, groups, labels }: Names): string {
  const { externalId, displayName, members, Operations = [] } = (body ?? {}) as Body;
  const accountLabel = (id: string): string => {
    const person = accounts.find((account) => account.id === id)?.externalId ?? id;
    return labels.get(id) ?? labels.get(person) ?? person;
  };
  const [, kind, id] = /\/(Users|Groups)(?:\/([^/]+))?$/.exec(path) ?? [];
  const told = (text: string): string => (status < 300 ? text : `${text} (answered ${status})`);
  if (method === 'POST' && kind === 'Users' && !id)
    return told(`create account of ${labels.get(externalId ?? '') ?? externalId}`);
  if (method === 'POST' && kind === 'Groups' && !id && !members?.length) return told(`create group ${displayName}`);
  if (method === 'PATCH' && kind === 'Users' && id)
    return told(`set of ${accountLabel(id)}: ${Operations.map(attributeOf).sort().join(', ')}`);
  if (method === 'PATCH' && kind === 'Groups' && id)
    return told(`${membersOf(Operations, accountLabel)} (${groups.find((group) => group.id === id)?.displayName})`);
  return told(`${method} ${path}`);
}

/** The e-mail address is a list in SCIM; whom it belongs to says enough. */
const attributeOf = ({ op, path, value }: Operation): string =>
  typeof value === 'object'
    ? `${path}`
    : `${op === 'remove' ? 'no ' : ''}${path}${value === undefined ? '' : `=${value}`}`;

/** A removal names its member in the path (RFC 7644, section 3.5.2.2) or in a list, as an addition does. */
function membersOf(operations: readonly Operation[], label: (id: string) => string): string {
  const who = new Map<string, string[]>();
  for (const { op, path, value } of operations) {
    const inPath = /^members\[value eq "([^"]+)"\]$/.exec(path ?? '')?.[1];
    const listed =
      path === 'members' && Array.isArray(value) ? value.map((member: { value: string }) => member.value) : [];
    const ids = inPath ? [inPath] : listed;
    if (ids.length === 0) return `${op} ${path} for everybody`;
    who.set(op, [...(who.get(op) ?? []), ...ids.map(label)]);
  }
  return [...who].map(([op, labels]) => `${op} ${labels.sort().join(', ')}`).join(' and ');
}
