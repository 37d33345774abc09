import type { SimRequest, SimResponse } from '../kit/vendor.ts';
import { readSelection, type Selection } from './attribute-selection.ts';
import type { Directory, GroupRecord, UserRecord } from './directory.ts';
import { createGroup, deleteGroup, type GroupInput, replaceGroup, requireGroup } from './groups.ts';
import { listAnswer, readFilter, readPage } from './list-query.ts';
import { patchGroup, readMemberIds } from './patch-group.ts';
import { readPatch } from './patch-payload.ts';
import { patchUserDocument } from './patch-user.ts';
import { renderGroup, renderGroupText, renderUser, shownCount } from './render.ts';
import { badRequest } from './scim-failure.ts';
import { isObject, readUserDocument } from './user-document.ts';
import { changeUser, createUser, deleteUser, replaceUser, requireUser } from './users.ts';

/** One call below the directory's URL; `base` is that URL. */
export interface Call {
  readonly directory: Directory;
  readonly request: SimRequest;
  readonly base: string;
}

export type Endpoint = (call: Call, id: string) => SimResponse;

const asIs: Selection = (user) => user;

function userAnswer({ directory, base }: Call, user: UserRecord, status: number, selection = asIs): SimResponse {
  return { status, body: selection(renderUser(directory, user, base)) };
}

export const userEndpoints: Readonly<Record<string, Endpoint>> = {
  'GET list'(call) {
    const { directory, request, base } = call;
    const selection = readSelection(request.query, directory.switches);
    const page = readPage(directory, request.query, directory.users, findUsers(call));
    return {
      status: 200,
      body: listAnswer(
        page,
        page.records.map((user) => selection(renderUser(directory, user, base))),
      ),
    };
  },
  'POST list'(call) {
    const { directory, request } = call;
    const selection = readSelection(request.query, directory.switches);
    const user = createUser(directory, readUserDocument(request.body, directory.switches));
    return userAnswer(call, user, 201, selection);
  },
  'GET one'(call, id) {
    const selection = readSelection(call.request.query, call.directory.switches);
    return userAnswer(call, requireUser(call.directory, id), 200, selection);
  },
  'PUT one'(call, id) {
    const { directory, request } = call;
    const user = requireUser(directory, id);
    replaceUser(directory, user, readUserDocument(request.body, directory.switches));
    return userAnswer(call, user, 200);
  },
  'PATCH one'(call, id) {
    const { directory, request } = call;
    const user = requireUser(directory, id);
    const operations = readPatch(request.body, directory.switches);
    changeUser(directory, user, patchUserDocument(user.document, operations, directory.switches));
    return userAnswer(call, user, 200);
  },
  'DELETE one'({ directory }, id) {
    deleteUser(directory, requireUser(directory, id));
    return { status: 204 };
  },
};

/** What a filter finds, by index; undefined without a filter. */
function findUsers({ directory, request }: Call): UserRecord[] | undefined {
  const filter = readFilter(request.query, ['userName', 'externalId'], directory.switches);
  if (filter === undefined) return undefined;
  const { attribute, value } = filter;
  const isUserName = attribute === 'userName';
  const ids = isUserName ? directory.userNames.get(value.toLowerCase()) : directory.externalIds.get(value);
  const found = ids.map((id) => directory.users.get(id)!);
  const isExact = isUserName && !directory.switches.isFilterCaseInsensitive;
  return isExact ? found.filter((user) => user.document['userName'] === value) : found;
}

/** A list's body is an object, unless its groups are so large that only ready-made text keeps pace. */
const textFromMembers = 5_000;

function groupAnswer({ directory, base }: Call, group: GroupRecord, status: number): SimResponse {
  return { status, body: renderGroupText(directory, group, base) };
}

export const groupEndpoints: Readonly<Record<string, Endpoint>> = {
  'GET list'(call) {
    const { directory, request, base } = call;
    const page = readPage(directory, request.query, directory.groups, findGroups(call));
    const memberCount = page.records.reduce((sum, group) => sum + shownCount(directory, group), 0);
    if (memberCount <= textFromMembers) {
      const groups = page.records.map((group) => renderGroup(directory, group, base));
      return { status: 200, body: listAnswer(page, groups) };
    }
    const texts = page.records.map((group) => renderGroupText(directory, group, base));
    const empty = JSON.stringify(listAnswer(page, []));
    return { status: 200, body: `${empty.slice(0, -2)}${texts.join(',')}]}` };
  },
  'POST list'(call) {
    const group = createGroup(call.directory, readGroup(call));
    return groupAnswer(call, group, 201);
  },
  'GET one'(call, id) {
    return groupAnswer(call, requireGroup(call.directory, id), 200);
  },
  'PUT one'(call, id) {
    const group = requireGroup(call.directory, id);
    replaceGroup(call.directory, group, readGroup(call));
    return groupAnswer(call, group, 200);
  },
  'PATCH one'(call, id) {
    const { directory, request } = call;
    const group = requireGroup(directory, id);
    patchGroup(directory, group, readPatch(request.body, directory.switches), request.fault);
    return groupAnswer(call, group, 200);
  },
  'DELETE one'({ directory }, id) {
    deleteGroup(directory, requireGroup(directory, id));
    return { status: 204 };
  },
};

function findGroups({ directory, request }: Call): GroupRecord[] | undefined {
  const filter = readFilter(request.query, ['displayName'], directory.switches);
  if (filter === undefined) return undefined;
  const found = directory.groupNames.get(filter.value.toLowerCase()).map((id) => directory.groups.get(id)!);
  if (directory.switches.isFilterCaseInsensitive) return found;
  return found.filter((group) => group.displayName === filter.value);
}

function readGroup({ directory, request: { body } }: Call): GroupInput {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'Request is unparsable, syntactically incorrect.');
  if (directory.switches.requiresSchemas && !Array.isArray(body['schemas'])) {
    throw badRequest('invalidValue', 'Attribute schemas is required.');
  }
  const attributes = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
  const displayName = attributes.get('displayname');
  if (typeof displayName !== 'string' || displayName.trim() === '') {
    throw badRequest('invalidValue', 'Attribute displayName is required.');
  }
  const externalId = attributes.get('externalid');
  return {
    displayName,
    externalId: typeof externalId === 'string' ? externalId : undefined,
    memberIds: attributes.has('members') ? readMemberIds(attributes.get('members')) : undefined,
  };
}
