/**
 * Writes down what every call to the directory really did there, and what Okta was at each moment, from inside the
 * simulators: no answer that a fault alters, and nothing that Lockstep believes, can colour it.
 */
import type { DirectoryDump } from '../../sandbox/atlassian-cloud/state-dump.ts';
import type { Simulator } from '../../sandbox/kit/simulator.ts';
import type { SimRequest } from '../../sandbox/kit/vendor.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import type { Account, Call, DirectoryState, Effect, Moment, OktaCall, OktaPerson, TargetGroup } from './evidence.ts';

/** Marks what a human does at the target or at Okta in a script. */
export const byHand = { 'x-by': 'hand' } as const;

export type WhenCalled = (request: SimRequest, side: 'okta' | 'cloud', when: 'before' | 'after') => void;

export interface Journal {
  readonly timeline: Moment[];
  readonly calls: Call[];
  /** Of the steps of people's lives at Okta, whoever takes them. */
  readonly oktaCalls: OktaCall[];
  /** Forgets, and takes down both sides as they are now. */
  restart(): void;
  directory(): DirectoryState;
  org(): Moment;
  /** Told of each call of Lockstep that reaches a vendor, right before and right after it takes effect. */
  whenCalled: WhenCalled | undefined;
}

export function keepJournal({ okta, cloud }: { okta: Simulator; cloud: Simulator }): Journal {
  const directory = (): DirectoryState => directoryOf(cloud.vendor.dump() as DirectoryDump);
  const org = (): Moment => momentOf(okta.vendor.dump() as SavedOrg, okta.now());
  const journal: Journal = {
    timeline: [],
    calls: [],
    oktaCalls: [],
    directory,
    org,
    whenCalled: undefined,
    restart() {
      journal.calls.length = 0;
      journal.oktaCalls.length = 0;
      journal.timeline.length = 0;
      journal.timeline.push(org());
      state = directory();
    },
  };
  let state: DirectoryState = { accounts: [], groups: [] };
  let current: Pick<Call, 'by' | 'trueStatus' | 'effects' | 'sameNames'> | undefined;

  watchOkta(okta, journal);
  const serveCloud = cloud.vendor.handle.bind(cloud.vendor);
  cloud.vendor.handle = (request) => {
    const by = request.headers['x-by'] === 'hand' ? 'hand' : 'lockstep';
    if (by === 'lockstep') journal.whenCalled?.(request, 'cloud', 'before');
    const before = state;
    const response = serveCloud(request);
    if (request.method !== 'GET') state = directory();
    current = {
      by,
      trueStatus: response.status,
      effects: effectsOf(before, state),
      sameNames: request.method === 'PATCH' ? sameNames(before, request) : [],
    };
    if (by === 'lockstep') journal.whenCalled?.(request, 'cloud', 'after');
    return response;
  };
  // What the directory drops by itself, whom the request does not name, nobody has done. The log gets its entry in the same turn in which the vendor handled the call, or did not.
  const add = cloud.requests.add.bind(cloud.requests);
  cloud.requests.add = (entry) => {
    add(entry);
    const { method, path, status, at, fault, body } = entry;
    const seen = current ?? { by: 'lockstep', trueStatus: undefined, effects: [], sameNames: [] };
    current = undefined;
    const named = JSON.stringify(body ?? {});
    const effects = fault?.endsWith(':drop-members')
      ? seen.effects.filter((effect) => effect.kind !== 'leave' || named.includes(effect.account))
      : seen.effects;
    if (method !== 'GET')
      journal.calls.push({ n: cloud.requests.last, at, method, path, status, fault, ...seen, effects });
  };
  return journal;
}

/** What a path of Okta's does to one person, such as `suspend`. */
const lifeStep = /^\/api\/v1\/users\/(00u\w+)\/(?:lifecycle\/)?(\w+)$/;

function watchOkta(okta: Simulator, journal: Journal): void {
  let current: Pick<OktaCall, 'by' | 'trueStatus' | 'before' | 'after'> | undefined;
  const statusOf = (person: string | undefined): Pick<OktaCall, 'before'> => {
    const status = journal.timeline.at(-1)?.people[person ?? '']?.status;
    return status === undefined ? {} : { before: status };
  };
  const serve = okta.vendor.handle.bind(okta.vendor);
  okta.vendor.handle = (request) => {
    const by = request.headers['x-by'] === 'hand' ? 'hand' : 'lockstep';
    if (by === 'lockstep') journal.whenCalled?.(request, 'okta', 'before');
    const [, person] = lifeStep.exec(request.path) ?? [];
    const { before } = statusOf(person);
    const response = serve(request);
    if (request.method !== 'GET' && response.status < 300) journal.timeline.push(journal.org());
    const { before: after } = statusOf(person);
    current = { by, trueStatus: response.status, ...(before && { before }), ...(after && { after }) };
    if (by === 'lockstep') journal.whenCalled?.(request, 'okta', 'after');
    return response;
  };
  // Only calls of Lockstep's are kept from Okta by faults: they are ordered for those of whom nobody else takes a step then.
  const add = okta.requests.add.bind(okta.requests);
  okta.requests.add = (entry) => {
    add(entry);
    const { method, path, status, at, fault } = entry;
    const seen = current ?? { by: 'lockstep', trueStatus: undefined };
    current = undefined;
    const [, person, step] = lifeStep.exec(path) ?? [];
    if (method === 'GET' || person === undefined || step === undefined) return;
    journal.oktaCalls.push({ n: okta.requests.last, at, person, step, status, fault, ...seen });
  };
}

function momentOf({ users, groups, members }: SavedOrg, at: number): Moment {
  return {
    at,
    people: Object.fromEntries(users.map(({ id, status, profile }) => [id, personOf(status, profile)])),
    groups: Object.fromEntries(
      groups.map(({ id, profile: { name } }) => [id, { name, members: [...(members[id] ?? [])] }]),
    ),
  };
}

function personOf(status: string, profile: Readonly<Record<string, unknown>>): OktaPerson {
  const text = (key: string): string | undefined => (profile[key] ? String(profile[key]) : undefined);
  return {
    status,
    login: text('login') ?? '',
    email: text('email') ?? '',
    displayName: text('displayName') ?? `${text('firstName')} ${text('lastName')}`,
    givenName: text('firstName') ?? '',
    familyName: text('lastName') ?? '',
    title: text('title'),
  };
}

function directoryOf({ users, groups }: DirectoryDump): DirectoryState {
  return {
    accounts: users.map(({ id, document }) => accountOf(id, document)),
    groups: groups.map(({ id, displayName: name, members }) => ({ id, name, members })),
  };
}

function accountOf(id: string, document: Readonly<Record<string, unknown>>): Account {
  const text = (value: unknown): string | undefined => (value ? String(value) : undefined);
  const name = (document['name'] ?? {}) as Record<string, unknown>;
  const emails = (document['emails'] ?? []) as { value: string; primary?: boolean }[];
  return {
    id,
    person: text(document['externalId']),
    isActive: document['active'] === true,
    userName: text(document['userName']) ?? '',
    email: (emails.find(({ primary }) => primary) ?? emails[0])?.value ?? '',
    displayName: text(document['displayName']),
    givenName: text(name['givenName']),
    familyName: text(name['familyName']),
    title: text(document['title']),
  };
}

const attributes = ['person', 'userName', 'email', 'displayName', 'givenName', 'familyName', 'title'] as const;

function effectsOf(before: DirectoryState, after: DirectoryState): Effect[] {
  if (before === after) return [];
  const old = new Map(before.accounts.map((account) => [account.id, account]));
  const effects = after.accounts.flatMap((account) => accountEffects(old.get(account.id), account));
  const now = new Map(after.accounts.map((account) => [account.id, account]));
  for (const { id, person } of before.accounts)
    if (!now.has(id)) effects.push({ kind: 'delete', account: id, ...(person && { person }) });
  const personOfAccount = (account: string) => {
    const person = (now.get(account) ?? old.get(account))?.person;
    return { account, ...(person && { person }) };
  };
  const oldGroups = new Map(before.groups.map((group) => [group.id, group]));
  for (const group of after.groups) {
    const known = oldGroups.get(group.id);
    const { id, name: groupName } = group;
    if (!known) effects.push({ kind: 'create-group', group: id, groupName });
    for (const member of missing(group.members, known?.members ?? []))
      effects.push({ kind: 'join', group: id, groupName, ...personOfAccount(member) });
    for (const member of missing(known?.members ?? [], group.members))
      effects.push({ kind: 'leave', group: id, groupName, ...personOfAccount(member) });
  }
  const left = new Set(after.groups.map(({ id }) => id));
  for (const { id, name } of before.groups)
    if (!left.has(id)) effects.push({ kind: 'delete-group', group: id, groupName: name });
  return effects;
}

/** Of the first those that are not among the others. */
const missing = (ids: TargetGroup['members'], others: TargetGroup['members']): string[] => {
  const known = new Set(others);
  return ids.filter((id) => !known.has(id));
};

function accountEffects(old: Account | undefined, { id: account, ...now }: Account): Effect[] {
  const about = { account, ...(now.person && { person: now.person }) };
  if (!old) return [{ kind: 'create', ...about }];
  const changed = attributes.filter((name) => old[name] !== now[name]);
  const effects: Effect[] = [];
  if (changed.length > 0)
    effects.push({ kind: 'update', ...about, attributes: changed, isLink: changed.includes('person') });
  if (old.isActive !== now.isActive) effects.push({ kind: now.isActive ? 'activate' : 'deactivate', ...about });
  return effects;
}

/** Law 6: what identifies an account is sent only to change it. */
function sameNames({ accounts }: DirectoryState, { path, body }: SimRequest): string[] {
  const account = accounts.find(({ id }) => path.endsWith(`/Users/${id}`));
  const operations = (body as { Operations?: { path?: string; value?: unknown }[] } | undefined)?.Operations ?? [];
  const isSame = (one: string | undefined, value: unknown): boolean =>
    typeof value === 'string' && one?.toLowerCase() === value.toLowerCase();
  return operations.flatMap(({ path: attribute = '', value }) => {
    if (attribute === 'userName') return isSame(account?.userName, value) ? ['userName'] : [];
    if (!attribute.startsWith('emails')) return [];
    const sent = Array.isArray(value) ? (value as { value?: unknown }[]).map((one) => one.value) : [value];
    return sent.some((one) => isSame(account?.email, one)) ? ['email'] : [];
  });
}
