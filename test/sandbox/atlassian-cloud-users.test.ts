import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultSwitches } from '../../sandbox/atlassian-cloud/switches.ts';
import {
  aUser,
  enterpriseUrn,
  externalUrn,
  type Scim,
  scimError,
  startCloud,
  type User,
} from './atlassian-cloud-scim.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let scim: Scim;
beforeAll(async () => {
  cloud = await startCloud({}, { people: [{ email: 'known@example.com' }, { email: 'guest@elsewhere.org' }] });
  scim = cloud.scim;
});
afterEach(() => cloud.turn({ ...structuredClone(defaultSwitches), siteDelayMs: 0 }));
afterAll(() => cloud.simulator.close());

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z$/;

describe('creating a user', () => {
  it('answers 201 with the documented keys in their order, all three schemas, and nothing that is empty', async () => {
    const { status, body } = await scim.send<User>(
      'POST',
      '/Users',
      aUser('shape', {
        externalId: '00u1',
        displayName: 'Sha Pe',
        title: '',
        timezone: null,
        name: { givenName: 'Sha', familyName: 'Pe' },
      }),
    );
    expect(status).toBe(201);
    expect(Object.keys(body)).toEqual([
      'schemas',
      'userName',
      'emails',
      'externalId',
      'name',
      'displayName',
      'meta',
      'groups',
      externalUrn,
      'id',
      'active',
    ]);
    expect(body).toEqual({
      schemas: [externalUrn, 'urn:ietf:params:scim:schemas:core:2.0:User', enterpriseUrn],
      userName: 'shape@example.com',
      emails: [{ value: 'shape@example.com', type: 'work', primary: true }],
      externalId: '00u1',
      name: { givenName: 'Sha', familyName: 'Pe' },
      displayName: 'Sha Pe',
      meta: {
        resourceType: 'User',
        location: `${scim.base}/Users/${body.id}`,
        lastModified: expect.stringMatching(timestamp),
        created: expect.stringMatching(timestamp),
      },
      groups: [],
      [externalUrn]: { atlassianAccountId: expect.any(String) },
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      active: true,
    });
    expect((await scim.get(`/Users/${body.id}`)).body).toEqual(body);
  });

  it('repeats an externalId that was sent empty', async () => {
    expect((await scim.user('empty', { externalId: '' }))['externalId']).toBe('');
    await expect(scim.user('empty-too', { externalId: '' })).resolves.toBeDefined();
  });

  it('ignores id, groups and unknown attributes of the payload', async () => {
    const user = await scim.user('ignored', { id: 'mine', groups: [{ value: 'x' }], shoeSize: 43 });
    expect(user.id).not.toBe('mine');
    expect(user).not.toHaveProperty('shoeSize');
    expect(user.groups).toEqual([]);
  });

  it('links the account that has the e-mail, and makes one where there is none', async () => {
    const known = scim.account('known@example.com')!;
    const user = await scim.user('known', { userName: 'other-name' });
    expect(user[externalUrn]).toEqual({ atlassianAccountId: known.accountId });
    expect(scim.account('known@example.com')).toMatchObject({ scimUserId: user.id, managed: true, active: true });
    const fresh = await scim.user('fresh', {
      displayName: 'Fresh',
      [enterpriseUrn]: { department: 'Brewing', manager: 'x' },
    });
    expect(fresh[enterpriseUrn]).toEqual({ department: 'Brewing' });
    expect(scim.account('fresh@example.com')).toMatchObject({
      active: true,
      profile: { displayName: 'Fresh', department: 'Brewing' },
    });
  });

  it('combines given and family name where there is no display name', async () => {
    await scim.user('named', { name: { givenName: 'Na', familyName: 'Med' } });
    expect(scim.account('named@example.com')?.profile).toEqual({ displayName: 'Na Med' });
  });

  it.each([
    ['userName', aUser('x', { userName: undefined })],
    ['emails', aUser('x', { emails: [] })],
    ['a primary e-mail', aUser('x', { emails: [{ value: 'x@example.com' }] })],
    [
      'a single primary e-mail',
      aUser('x', {
        emails: [
          { value: 'x@example.com', primary: true },
          { value: 'y@example.com', primary: true },
        ],
      }),
    ],
    ['a boolean for active', aUser('x', { active: 'perhaps' })],
  ])('refuses a payload without %s', async (_, payload) => {
    const { status, body } = await scim.send('POST', '/Users', payload);
    expect(status).toBe(400);
    expect(body).toEqual(scimError(400, 'invalidValue'));
  });

  it('refuses what is not JSON', async () => {
    const { status, body } = await scim.send('POST', '/Users', '{"userName":');
    expect([status, body]).toEqual([400, scimError(400, 'invalidSyntax')]);
  });

  it('answers 409 for an e-mail, userName or externalId that another user has', async () => {
    await scim.user('taken', { externalId: '00uTaken' });
    const tries = [
      [
        aUser('a1', { emails: [{ value: 'TAKEN@example.com', primary: true }] }),
        'Resource [USER]: with email[TAKEN@example.com] already exists.',
      ],
      [
        aUser('a2', { userName: 'Taken@Example.com' }),
        'Resource [USER]: with userName[Taken@Example.com] already exists.',
      ],
      [aUser('a3', { externalId: '00uTaken' }), 'Resource [USER]: with externalId[00uTaken] already exists.'],
    ] as const;
    for (const [payload, detail] of tries) {
      const { status, body } = await scim.send('POST', '/Users', payload);
      expect([status, body]).toEqual([409, { ...scimError(409, 'uniqueness'), detail }]);
    }
    await scim.user('a4', { externalId: '00UTAKEN' });
    cloud.turn({ externalIdUniqueness: 'not-enforced' });
    await scim.user('a3', { externalId: '00uTaken' });
    expect((await scim.list('Users', { filter: 'externalId eq "00uTaken"' })).body.totalResults).toBe(2);
  });
});

describe('reading a user', () => {
  it('answers only the attributes that are asked for, or all but those excluded', async () => {
    const { id } = await scim.user('select', { displayName: 'Se Lect', timezone: 'Europe/Berlin' });
    const wanted = await scim.get<User>(`/Users/${id}?attributes=userName,emails.value`);
    expect(wanted.body).toEqual({
      schemas: expect.any(Array),
      userName: 'select@example.com',
      emails: [{ value: 'select@example.com' }],
      id,
    });
    const { body } = await scim.get<User>(`/Users/${id}?excludedAttributes=timezone,emails.type,department`);
    expect(body.emails).toEqual([{ value: 'select@example.com', primary: true }]);
    expect(body).not.toHaveProperty('timezone');
    expect(body['displayName']).toBe('Se Lect');
    const both = `/Users/${id}?attributes=userName&excludedAttributes=timezone`;
    expect((await scim.get(both)).status).toBe(400);
    cloud.turn({ attributesWithExcluded: 'attributes-win' });
    expect(Object.keys((await scim.get(both)).body)).toEqual(['schemas', 'userName', 'id']);
    const created = await scim.send('POST', '/Users?attributes=userName', aUser('select-too'));
    expect(Object.keys(created.body)).toEqual(['schemas', 'userName', 'id']);
  });

  it('answers 404 with a SCIM error for an unknown id', async () => {
    const { status, body } = await scim.get('/Users/5e0d9a4c-0000-4000-8000-000000000000');
    expect([status, body]).toEqual([404, scimError(404)]);
  });

  it('shows the link to the account later where linking takes time', async () => {
    cloud.turn({ linkDelayMs: 60_000 });
    const { id, ...user } = await scim.user('slow');
    expect(user).not.toHaveProperty([externalUrn]);
    cloud.turn({ externalExtensionBeforeLink: 'empty' });
    expect((await scim.get(`/Users/${id}`)).body[externalUrn]).toEqual({});
    cloud.turn({ linkDelayMs: 0 });
    expect((await scim.get(`/Users/${id}`)).body[externalUrn]).toEqual({ atlassianAccountId: expect.any(String) });
  });
});

describe('replacing a user with PUT', () => {
  it('clears what the payload leaves out and re-activates without active', async () => {
    const { id, meta } = await scim.user('put', {
      displayName: 'Pu T',
      nickName: 'P',
      active: false,
      externalId: '00uPut',
    });
    expect(scim.account('put@example.com')?.active).toBe(false);
    const { status, body } = await scim.send<User>('PUT', `/Users/${id}`, aUser('put', { displayName: 'Pu T' }));
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('nickName');
    expect(body).not.toHaveProperty('externalId');
    expect(body).toMatchObject({ id, active: true, displayName: 'Pu T', meta: { created: meta.created } });
    expect(body.meta.lastModified > meta.lastModified).toBe(true);
    expect(scim.account('put@example.com')?.active).toBe(true);
    await scim.user('put-two', { externalId: '00uPut' });
  });

  it('keeps active where the switch says so, and changes no time when nothing changes', async () => {
    const { id, meta } = await scim.user('kept', { active: false });
    cloud.turn({ putWithoutActive: 'keeps' });
    const { body } = await scim.send<User>('PUT', `/Users/${id}`, aUser('kept'));
    expect(body).toMatchObject({ active: false, meta });
  });

  it('needs the userName and the e-mail', async () => {
    const { id } = await scim.user('incomplete');
    expect((await scim.send('PUT', `/Users/${id}`, { userName: 'x' })).status).toBe(400);
    expect(
      (await scim.send('PUT', `/Users/${id}`, { emails: [{ value: 'x@example.com', primary: true }] })).status,
    ).toBe(400);
  });

  it('answers 409 for the e-mail or userName of another user, and for the e-mail of any other account', async () => {
    const { id } = await scim.user('mover');
    await scim.user('owner');
    const payloads = [
      aUser('mover', { emails: [{ value: 'owner@example.com', primary: true }] }),
      aUser('mover', { emails: [{ value: 'guest@elsewhere.org', primary: true }] }),
      aUser('mover', { userName: 'OWNER@example.com' }),
    ];
    for (const payload of payloads) {
      const { status, body } = await scim.send('PUT', `/Users/${id}`, payload);
      expect([status, body]).toEqual([409, scimError(409, 'uniqueness')]);
    }
    expect((await scim.get<User>(`/Users/${id}`)).body.userName).toBe('mover@example.com');
  });
});

describe('deleting a user', () => {
  it('removes the record, its memberships and the login of a managed account; a new POST makes a new record', async () => {
    const user = await scim.user('leaver');
    const group = await scim.group('leavers-group', [user]);
    const account = scim.account('leaver@example.com')!;
    const gone = await scim.send('DELETE', `/Users/${user.id}`);
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    for (const method of ['GET', 'DELETE']) expect((await scim.send(method, `/Users/${user.id}`)).status).toBe(404);
    expect((await scim.patchUser(user.id, { op: 'replace', path: 'active', value: true })).status).toBe(404);
    expect((await scim.list('Users', { filter: 'userName eq "leaver@example.com"' })).body.totalResults).toBe(0);
    expect((await scim.get(`/Groups/${group.id}`)).body['members']).toEqual([]);
    expect(scim.account('leaver@example.com')).toMatchObject({ accountId: account.accountId, active: false });
    expect(scim.account('leaver@example.com')).not.toHaveProperty('scimUserId');

    const again = await scim.user('leaver');
    expect(again.id).not.toBe(user.id);
    expect(again.groups).toEqual([]);
    expect(again[externalUrn]).toEqual({ atlassianAccountId: account.accountId });
    expect(scim.account('leaver@example.com')).toMatchObject({ active: true, scimUserId: again.id });
  });

  it('leaves an account outside the claimed domains alone', async () => {
    const { id } = await scim.user('guest', { emails: [{ value: 'guest@elsewhere.org', primary: true }] });
    await scim.send('DELETE', `/Users/${id}`);
    expect(scim.account('guest@elsewhere.org')).toMatchObject({ active: true, managed: false });
  });

  it('turns differently with the switches for what is not documented', async () => {
    cloud.turn({ createForInactiveAccount: 'stays-inactive', deletedUserInGroups: 'kept' });
    const user = await scim.user('turned');
    const group = await scim.group('turned-group', [user]);
    await scim.send('DELETE', `/Users/${user.id}`);
    expect((await scim.get<{ members: unknown[] }>(`/Groups/${group.id}`)).body.members).toHaveLength(1);
    const emptied = await scim.patchGroup(group.id, { op: 'remove', path: `members[value eq "${user.id}"]` });
    expect(emptied.body.members).toEqual([]);
    await scim.user('turned');
    expect(scim.account('turned@example.com')?.active).toBe(false);

    cloud.turn({ createForKnownEmail: 'new-account', deleteOfUnmanaged: 'deactivates' });
    const guest = await scim.user('guest', { emails: [{ value: 'guest@elsewhere.org', primary: true }] });
    await scim.send('DELETE', `/Users/${guest.id}`);
    expect(
      scim
        .dump()
        .accounts.filter(({ email }) => email === 'guest@elsewhere.org')
        .map(({ active }) => active),
    ).toEqual([true, false]);
  });
});
