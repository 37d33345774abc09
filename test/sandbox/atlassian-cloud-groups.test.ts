import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultSwitches } from '../../sandbox/atlassian-cloud/switches.ts';
import { type Group, patchSchema, type Scim, scimError, startCloud, type User } from './atlassian-cloud-scim.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let scim: Scim;
let ada: User;
let grace: User;
let alan: User;
beforeAll(async () => {
  cloud = await startCloud({}, { nativeGroups: ['Made-By-Hand', { name: 'jira-users-acme', isDefaultAccess: true }] });
  scim = cloud.scim;
  [ada, grace, alan] = [await scim.user('ada'), await scim.user('grace'), await scim.user('alan')];
});
afterEach(() => cloud.turn({ ...structuredClone(defaultSwitches), siteDelayMs: 0 }));
afterAll(() => cloud.simulator.close());

const unknownId = '5e0d9a4c-0000-4000-8000-000000000000';
const ids = (group: Group) => group.members.map(({ value }) => value);
const add = (...users: { id: string }[]) => ({
  op: 'add',
  path: 'members',
  value: users.map(({ id }) => ({ value: id })),
});
let count = 0;
function aGroup(...members: User[]): Promise<Group> {
  count += 1;
  return scim.group(`group-${count}`, members);
}

describe('creating a group', () => {
  it('answers 201 with the documented keys in their order and the members inline', async () => {
    const payload = {
      displayName: 'Shape',
      members: [{ display: 'x', value: ada.id }, { value: ada.id }],
      externalId: '00g1',
    };
    const { status, body } = await scim.send<Group>('POST', '/Groups', payload);
    expect(status).toBe(201);
    expect(Object.keys(body)).toEqual(['schemas', 'id', 'displayName', 'members', 'meta']);
    expect(body).toEqual({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      displayName: 'Shape',
      members: [{ type: 'User', value: ada.id, display: 'ada@example.com', $ref: `${scim.base}/Users/${ada.id}` }],
      meta: {
        resourceType: 'Group',
        location: `${scim.base}/Groups/${body.id}`,
        lastModified: body.meta.created,
        created: body.meta.created,
      },
    });
    expect(Object.keys(body.members[0]!)).toEqual(['type', 'value', 'display', '$ref']);
    expect((await scim.get(`/Groups/${body.id}`)).body).toEqual(body);
    expect((await scim.get<User>(`/Users/${ada.id}`)).body.groups).toEqual([
      { type: 'direct', value: body.id, display: 'Shape', $ref: `${scim.base}/Groups/${body.id}` },
    ]);
  });

  it('answers 409 for the name of another group in any case, made by SCIM or by hand', async () => {
    await scim.group('Doubled');
    for (const displayName of ['doubled', 'Doubled', 'made-by-hand']) {
      const { status, body } = await scim.send('POST', '/Groups', { displayName });
      const detail = `Resource [GROUP]: with displayName[${displayName}] already exists.`;
      expect([status, body]).toEqual([409, { ...scimError(409, 'uniqueness'), detail }]);
    }
  });

  it('accepts default and built-in names, which then never reach a site', async () => {
    const names = ['jira-users-acme', 'Site-Admins', 'ordinary'];
    for (const name of names) await scim.group(name, [ada]);
    const flags = scim.dump().groups.filter(({ displayName }) => names.includes(displayName));
    expect(flags.map(({ notPropagated }) => notPropagated)).toEqual(['reserved-name', 'reserved-name', undefined]);
    const atSite = scim.site().groups.filter(({ name, members }) => names.includes(name) && members.length > 0);
    expect(atSite.map(({ name }) => name)).toEqual(['ordinary']);
  });

  it.each([
    ['no name', {}],
    ['an empty name', { displayName: ' ' }],
    ['an unknown member', { displayName: 'x', members: [{ value: unknownId }] }],
    ['a member without id', { displayName: 'x', members: [{ display: 'ada' }] }],
  ])('answers 400 for %s', async (_, payload) => {
    const { status, body } = await scim.send('POST', '/Groups', payload);
    expect([status, body]).toEqual([400, scimError(400, 'invalidValue')]);
  });

  it('stores the externalId only where the switch says so', async () => {
    cloud.turn({ groupExternalId: 'stored' });
    const { body } = await scim.send<Group>('POST', '/Groups', { displayName: 'external', externalId: '00g' });
    expect(body['externalId']).toBe('00g');
    const patched = await scim.patchGroup(body.id, { op: 'replace', path: 'externalId', value: '00h' });
    expect(patched.body['externalId']).toBe('00h');
  });
});

describe('patching members', () => {
  it('adds some and answers the full group, once per user', async () => {
    const group = await aGroup(ada);
    const { status, body } = await scim.patchGroup(group.id, add(grace, ada, grace), add(alan));
    expect(status).toBe(200);
    expect(ids(body)).toEqual([ada.id, grace.id, alan.id]);
    expect(body.meta.lastModified > group.meta.lastModified).toBe(true);
    const again = await scim.patchGroup(group.id, add(grace));
    expect(again.body).toEqual(body);
  });

  it.each([
    ['a value filter', (user: User) => ({ op: 'remove', path: `members[value eq "${user.id}"]` })],
    ['a value list', (user: User) => ({ op: 'Remove', path: 'members', value: [{ value: user.id, display: 'x' }] })],
    ['a value without path', (user: User) => ({ op: 'add', value: { members: [{ value: user.id }] } }), [2]],
  ])('accepts %s', async (_, operation, expected = [1]) => {
    const group = await aGroup(ada, grace);
    const { status, body } = await scim.patchGroup(group.id, operation(grace));
    expect([status, body.members.length]).toEqual([200, expected[0]]);
    expect((await scim.get<User>(`/Users/${grace.id}`)).body.groups.some(({ value }) => value === group.id)).toBe(
      expected[0] === 2,
    );
  });

  it('replaces all members, or none where the switch forbids it', async () => {
    const group = await aGroup(ada, grace);
    const replace = { op: 'replace', path: 'members', value: [{ value: alan.id }, { value: grace.id }] };
    expect(ids((await scim.patchGroup(group.id, replace)).body)).toEqual([grace.id, alan.id]);
    expect((await scim.patchGroup(group.id, { op: 'remove', path: 'members' })).body.members).toEqual([]);
    cloud.turn({ acceptsMembersReplace: false });
    expect((await scim.patchGroup(group.id, replace)).status).toBe(400);
  });

  it('knows only one form of removal where the switch says so', async () => {
    const group = await aGroup(ada);
    cloud.turn({ memberRemoval: 'filter-only' });
    expect(
      (await scim.patchGroup(group.id, { op: 'remove', path: 'members', value: [{ value: ada.id }] })).status,
    ).toBe(400);
    cloud.turn({ memberRemoval: 'list-only' });
    expect((await scim.patchGroup(group.id, { op: 'remove', path: `members[value eq "${ada.id}"]` })).status).toBe(400);
  });

  it('answers 404 for an unknown member and then changes nothing', async () => {
    const group = await aGroup(ada);
    const { status, body } = await scim.patchGroup(group.id, add(grace), add({ id: unknownId }));
    expect([status, body]).toEqual([404, scimError(404)]);
    expect((await scim.get(`/Groups/${group.id}`)).body).toEqual(group);
    const removal = { op: 'remove', path: `members[value eq "${unknownId}"]` };
    expect((await scim.patchGroup(group.id, removal)).status).toBe(404);
    cloud.turn({ removalOfUnknownMember: 'ignored' });
    expect((await scim.patchGroup(group.id, removal)).status).toBe(200);
    expect((await scim.patchGroup(unknownId, add(ada))).body).toEqual(scimError(404));
  });

  it('leaves a group as it is when somebody is removed who is no member', async () => {
    const group = await aGroup(ada);
    const { status, body } = await scim.patchGroup(group.id, { op: 'remove', path: `members[value eq "${alan.id}"]` });
    expect([status, body]).toEqual([200, group]);
  });

  it.each([
    ['an unknown path', { op: 'replace', path: 'colour', value: 'x' }, 'invalidPath'],
    ['a filter on another attribute', { op: 'remove', path: 'members[display eq "x"]' }, 'invalidPath'],
    ['a member without id', { op: 'add', path: 'members', value: [{ display: 'x' }] }, 'invalidValue'],
    ['removing the name', { op: 'remove', path: 'displayName' }, 'mutability'],
  ])('refuses %s', async (_, operation, scimType) => {
    const group = await aGroup();
    const { status, body } = await scim.patchGroup(group.id, operation);
    expect([status, body]).toEqual([400, scimError(400, scimType)]);
  });
});

describe('the name of a group', () => {
  it('cannot be changed: 400 mutability, or silence where the switch is lenient', async () => {
    const group = await aGroup(ada);
    const other = `not-${group.displayName}`;
    const renames = [
      () => scim.patchGroup(group.id, { op: 'replace', path: 'displayName', value: other }),
      () => scim.patchGroup(group.id, { op: 'replace', value: { id: group.id, displayName: other } }),
      () => scim.send<Group>('PUT', `/Groups/${group.id}`, { displayName: other, members: [{ value: ada.id }] }),
    ];
    for (const rename of renames) expect((await rename()).body).toEqual(scimError(400, 'mutability'));
    cloud.turn({ groupRename: 'ignored' });
    for (const rename of renames) expect((await rename()).body).toEqual(group);
  });

  it('may be repeated', async () => {
    const group = await aGroup();
    const value = { id: group.id, displayName: group.displayName.toUpperCase() };
    expect((await scim.patchGroup(group.id, { op: 'replace', value })).body).toEqual(group);
  });
});

describe('replacing a group with PUT', () => {
  it('sets the members, and empties the group without a list unless the switch keeps them', async () => {
    const group = await aGroup(ada, grace);
    const put = (members?: { value: string }[]) =>
      scim.send<Group>('PUT', `/Groups/${group.id}`, {
        displayName: group.displayName,
        ...(members ? { members } : {}),
      });
    expect(ids((await put([{ value: alan.id }, { value: ada.id }])).body)).toEqual([ada.id, alan.id]);
    cloud.turn({ putWithoutMembers: 'keeps' });
    expect(ids((await put()).body)).toEqual([ada.id, alan.id]);
    cloud.turn({ putWithoutMembers: 'empties', emptyMembers: 'omitted' });
    expect((await put()).body).not.toHaveProperty('members');
  });

  it('answers 400 for an unknown member, in either of the two shapes', async () => {
    const group = await aGroup();
    const payload = { displayName: group.displayName, members: [{ value: unknownId }] };
    expect((await scim.send('PUT', `/Groups/${group.id}`, payload)).body).toEqual(scimError(400, 'invalidValue'));
    cloud.turn({ badRequestShape: 'java-exception' });
    const { status, body } = await scim.send('PUT', `/Groups/${group.id}`, payload);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      responseStatus: 'BAD_REQUEST',
      scimErrorType: 'invalidValue',
      message: expect.any(String),
    });
  });
});

describe('deleting a group', () => {
  it('answers 204, then 404, and frees the name and its members', async () => {
    const group = await aGroup(ada);
    const gone = await scim.send('DELETE', `/Groups/${group.id}`);
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    const again = await scim.send('DELETE', `/Groups/${group.id}`);
    expect([again.status, again.body]).toEqual([404, scimError(404)]);
    expect((await scim.get<User>(`/Users/${ada.id}`)).body.groups.map(({ value }) => value)).not.toContain(group.id);
    expect(scim.site().groups.map(({ name }) => name)).not.toContain(group.displayName);
    expect((await scim.group(group.displayName)).members).toEqual([]);
  });
});

describe('a request that names too many members', () => {
  it('answers 413 or 400 where a maximum is set', async () => {
    const group = await aGroup();
    cloud.turn({ maxMembersPerRequest: 2 });
    expect((await scim.patchGroup(group.id, add(ada, grace))).status).toBe(200);
    const operations = [add(ada, grace), { op: 'remove', path: `members[value eq "${ada.id}"]` }];
    expect((await scim.patchGroup(group.id, ...operations)).body).toEqual(scimError(413, 'tooMany'));
    cloud.turn({ tooManyMembersStatus: 400 });
    const answer = await scim.send('PATCH', `/Groups/${group.id}`, { schemas: [patchSchema], Operations: operations });
    expect([answer.status, answer.body]).toEqual([400, scimError(400, 'tooMany')]);
    const members = [ada, grace, alan].map(({ id }) => ({ value: id }));
    expect((await scim.send('POST', '/Groups', { displayName: 'too-many', members })).status).toBe(400);
  });

  it('can have its answer cut short', async () => {
    const group = await aGroup(ada, grace, alan);
    cloud.turn({ maxMembersReturned: 2 });
    expect((await scim.get<Group>(`/Groups/${group.id}`)).body.members).toHaveLength(2);
    const list = await scim.list<Group>('Groups', { filter: `displayName eq "${group.displayName}"` });
    expect(list.body.Resources[0]?.members).toHaveLength(2);
  });
});
