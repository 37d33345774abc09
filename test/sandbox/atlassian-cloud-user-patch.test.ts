import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultSwitches } from '../../sandbox/atlassian-cloud/switches.ts';
import { enterpriseUrn, patchSchema, type Scim, scimError, startCloud, type User } from './atlassian-cloud-scim.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let scim: Scim;
beforeAll(async () => {
  cloud = await startCloud();
  scim = cloud.scim;
});
afterEach(() => cloud.turn({ ...structuredClone(defaultSwitches), siteDelayMs: 0 }));
afterAll(() => cloud.simulator.close());

let count = 0;
async function aPerson(more: Record<string, unknown> = {}): Promise<User> {
  count += 1;
  return scim.user(`patched-${count}`, more);
}

describe('patching a user', () => {
  it('answers 200 with the full user', async () => {
    const user = await aPerson({ title: 'Smith' });
    const { status, body } = await scim.patchUser(user.id, { op: 'replace', path: 'displayName', value: 'X' });
    expect(status).toBe(200);
    expect(body).toEqual({ ...user, displayName: 'X', meta: { ...user.meta, lastModified: body.meta.lastModified } });
  });

  it.each(['Operations', 'operations', 'OPERATIONS'])(
    'accepts the operations under %s, without schemas',
    async (key) => {
      const { id } = await aPerson();
      const operation = { op: 'Replace', path: 'ACTIVE', value: false };
      const { status, body } = await scim.send('PATCH', `/Users/${id}`, { [key]: [operation] });
      expect([status, body['active']]).toEqual([200, false]);
    },
  );

  it('is strict about key, schemas, op, booleans and paths where the switches say so', async () => {
    const { id } = await aPerson();
    const patch = (body: unknown) => scim.send('PATCH', `/Users/${id}`, body).then(({ status }) => status);
    const operation = { op: 'replace', path: 'active', value: true };
    cloud.turn({ patchOperationsKey: 'operations' });
    expect(await patch({ Operations: [operation] })).toBe(400);
    cloud.turn({ patchOperationsKey: 'Operations', requiresSchemas: true });
    expect(await patch({ operations: [operation] })).toBe(400);
    expect(await patch({ Operations: [operation] })).toBe(400);
    expect(await patch({ schemas: [patchSchema], Operations: [operation] })).toBe(200);
    const refused = [
      [{ patchOpCase: 'lower-case' }, { op: 'Replace', path: 'active', value: true }],
      [{ acceptsStringBooleans: false }, { op: 'replace', path: 'active', value: 'True' }],
      [{ acceptsPathlessPatch: false }, { op: 'replace', value: { active: true } }],
      [{ acceptsValueFilterPaths: false }, { op: 'replace', path: 'emails[type eq "work"].type', value: 'home' }],
      [{ acceptsUrnPaths: false }, { op: 'replace', path: `${enterpriseUrn}:department`, value: 'X' }],
    ] as const;
    for (const [change, strict] of refused) {
      cloud.turn({ ...structuredClone(defaultSwitches), siteDelayMs: 0 });
      expect((await scim.patchUser(id, strict)).status).toBe(200);
      cloud.turn(change);
      expect((await scim.patchUser(id, strict)).status).toBe(400);
    }
  });

  it('takes several attributes in one value without path, dotted, nested and with URN, and ignores a repeated id', async () => {
    const { id } = await aPerson({ name: { givenName: 'Ada', familyName: 'L' } });
    const value = {
      id: 'something-else',
      schemas: ['x'],
      displayName: 'Ada B',
      'name.familyName': 'B',
      name: { middleName: 'K' },
      [`${enterpriseUrn}:department`]: 'Engines',
      [enterpriseUrn]: { organization: 'Analytical' },
      'urn:ietf:params:scim:schemas:core:2.0:User:title': 'Countess',
    };
    const { body } = await scim.patchUser(id, { op: 'replace', value });
    expect(body).toMatchObject({
      id,
      displayName: 'Ada B',
      title: 'Countess',
      name: { givenName: 'Ada', middleName: 'K', familyName: 'B' },
      [enterpriseUrn]: { department: 'Engines', organization: 'Analytical' },
    });
  });

  it('reads the strings True and False as booleans and turns the account off and on', async () => {
    const { id, userName } = await aPerson();
    for (const [value, active] of [
      ['False', false],
      ['true', true],
      [false, false],
      [true, true],
    ] as const) {
      const { body } = await scim.patchUser(id, { op: 'Replace', path: 'active', value });
      expect(body.active).toBe(active);
      expect(scim.account(userName)?.active).toBe(active);
    }
  });

  it('changes, adds and removes list entries by value filter', async () => {
    const { id, userName } = await aPerson();
    const mobile = 'phoneNumbers[type eq "mobile"].value';
    expect((await scim.patchUser(id, { op: 'replace', path: mobile, value: '1' })).body).toEqual(
      scimError(400, 'noTarget'),
    );
    expect((await scim.patchUser(id, { op: 'Add', path: mobile, value: '1' })).body['phoneNumbers']).toEqual([
      { type: 'mobile', value: '1' },
    ]);
    expect((await scim.patchUser(id, { op: 'replace', path: mobile, value: '2' })).body['phoneNumbers']).toEqual([
      { type: 'mobile', value: '2' },
    ]);
    const gone = await scim.patchUser(id, { op: 'remove', path: 'phoneNumbers[type eq "mobile"]' });
    expect(gone.body).not.toHaveProperty('phoneNumbers');
    const second = { op: 'add', path: 'emails', value: [{ value: 'second@example.com', type: 'other' }] };
    expect((await scim.patchUser(id, second)).body.emails).toEqual([
      { value: userName, type: 'work', primary: true },
      { value: 'second@example.com', type: 'other' },
    ]);
    const primary = await scim.patchUser(id, { op: 'replace', path: 'emails[type eq "other"].primary', value: true });
    expect(primary.body.emails.map((email) => email.primary ?? false)).toEqual([false, true]);
    expect(scim.account('second@example.com')).toMatchObject({ scimUserId: id });
  });

  it('removes attributes, but not what is required', async () => {
    const { id } = await aPerson({ title: 'T', name: { givenName: 'G', familyName: 'F' } });
    const { body } = await scim.patchUser(
      id,
      { op: 'remove', path: 'title' },
      { op: 'Remove', path: 'name.givenName' },
    );
    expect(body).not.toHaveProperty('title');
    expect(body['name']).toEqual({ familyName: 'F' });
    for (const path of ['userName', 'emails', 'emails[primary eq true]']) {
      expect((await scim.patchUser(id, { op: 'remove', path })).status).toBe(400);
    }
    expect((await scim.patchUser(id, { op: 'remove' })).body).toEqual(scimError(400, 'noTarget'));
  });

  it.each([
    ['an unknown attribute', { op: 'replace', path: 'shoeSize', value: 'X' }, 'invalidPath'],
    ['a path that cannot be read', { op: 'replace', path: 'emails[type co "w"].value', value: 'X' }, 'invalidPath'],
    ['a read-only attribute', { op: 'replace', path: 'groups', value: [] }, 'mutability'],
    ['an unknown op', { op: 'move', path: 'title', value: 'X' }, 'invalidSyntax'],
    ['a missing value', { op: 'replace', path: 'title' }, 'invalidValue'],
  ])('refuses %s', async (_, operation, scimType) => {
    const { id } = await aPerson();
    const { status, body } = await scim.patchUser(id, operation);
    expect([status, body]).toEqual([400, scimError(400, scimType)]);
  });

  it('changes nothing when one of the operations fails', async () => {
    const user = await aPerson({ title: 'before' });
    const { status } = await scim.patchUser(
      user.id,
      { op: 'replace', path: 'title', value: 'after' },
      { op: 'replace', path: 'nope', value: 1 },
    );
    expect(status).toBe(400);
    expect((await scim.get(`/Users/${user.id}`)).body).toEqual(user);
  });

  it('moves the account with the e-mail, and answers 409 for one that another account has', async () => {
    const { id, userName } = await aPerson();
    const accountId = scim.account(userName)?.accountId;
    await scim.user('occupied');
    const refused = await scim.patchUser(id, {
      op: 'replace',
      path: 'emails[type eq "work"].value',
      value: 'Occupied@example.com',
    });
    expect([refused.status, refused.body]).toEqual([409, scimError(409, 'uniqueness')]);
    await scim.patchUser(id, { op: 'replace', path: 'emails[type eq "work"].value', value: 'renamed@example.com' });
    expect(scim.account('renamed@example.com')?.accountId).toBe(accountId);
    expect(scim.account(userName)).toBeUndefined();
  });

  it('makes a second account for a new e-mail where the switch says so, and moves the memberships in the sites', async () => {
    const user = await aPerson();
    await scim.group('second-account', [user]);
    cloud.turn({ emailChange: 'second-account' });
    await scim.patchUser(user.id, {
      op: 'replace',
      path: 'emails[type eq "work"].value',
      value: 'second-life@example.com',
    });
    const [old, now] = [scim.account(user.userName), scim.account('second-life@example.com')];
    expect(old).not.toHaveProperty('scimUserId');
    expect(now?.scimUserId).toBe(user.id);
    expect(scim.site().groups.find(({ name }) => name === 'second-account')?.members).toEqual([now?.accountId]);
  });

  it('changes the userName, which groups then show, or refuses to', async () => {
    const user = await aPerson();
    const { id: groupId } = await scim.group('shows-user-names', [user]);
    const rename = { op: 'replace', path: 'userName', value: `New-${user.userName}` };
    expect((await scim.patchUser(user.id, rename)).body.userName).toBe(rename.value);
    expect((await scim.get(`/Groups/${groupId}`)).body['members']).toMatchObject([{ display: rename.value }]);
    cloud.turn({ userNameChange: 'refused' });
    expect((await scim.patchUser(user.id, { ...rename, value: 'x' })).body).toEqual(scimError(400, 'mutability'));
    cloud.turn({ userNameChange: 'accepted', userNameCase: 'lower-cased' });
    expect((await scim.patchUser(user.id, { ...rename, value: 'UPPER' })).body.userName).toBe('upper');
  });

  it('deactivates a managed account only, unless the switch has it block others too', async () => {
    const { id } = await scim.user('visitor', { emails: [{ value: 'visitor@elsewhere.org', primary: true }] });
    const off = { op: 'replace', path: 'active', value: false };
    await scim.patchUser(id, off);
    expect(scim.account('visitor@elsewhere.org')?.active).toBe(true);
    expect(
      scim.site().users.find(({ accountId }) => accountId === scim.account('visitor@elsewhere.org')?.accountId)?.active,
    ).toBe(false);
    await scim.patchUser(id, { ...off, value: true });
    cloud.turn({ deactivationOfUnmanaged: 'blocked' });
    await scim.patchUser(id, off);
    expect(scim.account('visitor@elsewhere.org')?.active).toBe(false);
  });

  it('keeps name parts out of the profile unless the switch lets them in, and stores the location', async () => {
    const user = await aPerson({ displayName: 'Shown', name: { givenName: 'Hidden' } });
    expect(scim.account(user.userName)?.profile).toEqual({ displayName: 'Shown' });
    cloud.turn({ nameReachesProfile: true });
    const urn = 'urn:scim:schemas:extension:atlassian-custom:1.0:Attributes';
    const { body } = await scim.patchUser(user.id, { op: 'Add', path: `${urn}:basedIn`, value: 'Berlin' });
    expect(body[urn]).toEqual({ basedIn: 'Berlin' });
    expect(scim.account(user.userName)?.profile).toEqual({ displayName: 'Shown', name: { givenName: 'Hidden' } });
  });
});
