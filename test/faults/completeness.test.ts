/**
 * Readings that are not the whole, however well they answer. Each time somebody has left by Okta's own word, somebody
 * has really left a group, and somebody is new: only what was not proven has to wait for the next whole reading.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Shortfall } from '../../domain/completeness.ts';
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import type { LogEntry } from '../../sandbox/kit/request-log.ts';
import { latestSnapshot, oktaSide } from '../../store/snapshots.ts';
import { type Lab, type Side, scopeGroup, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';
import { testSecrets } from '../support/system.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.reset({ okta: { people: 450, groups: 4, seed: 71 } });
  await lab.sync();
  expect(await lab.differences()).toEqual([]);
}, 120_000);
afterAll(() => lab?.stop());

const settings = (change: Record<string, unknown>) => Object.assign(lab.system.sandbox.okta.vendor.settings, change);
const keptGroups = () =>
  lab
    .org()
    .groups.filter(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup)
    .map(({ id }) => id);

interface Cast {
  /** DEPROVISIONED at Okta. */
  readonly leaver: string;
  readonly leaversAccount: string;
  /** No longer in `group`, by the admin console. */
  readonly mover: string;
  readonly group: string;
  readonly joiner: string;
}

/** Whatever a test before has left behind. */
beforeEach(async () => {
  lab.endFaults();
  settings({ visibleUsers: null, hiddenGroups: [] });
  await lab.sync();
  expect(await shortfallsOf(oktaSide)).toEqual([]);
}, 120_000);

let joiners = 0;
async function changeTheWorld(): Promise<Cast> {
  const { members } = lab.org();
  const inScope = new Set(lab.members());
  const [group = ''] = keptGroups().filter((id) => (members[id] ?? []).filter((one) => inScope.has(one)).length > 2);
  const [mover = ''] = (members[group] ?? []).filter((one) => inScope.has(one));
  const leaver = lab.members().findLast((id) => id !== mover) ?? '';
  const leaversAccount = lab.scimId(leaver);
  await lab.okta.lifecycle(leaver, 'deactivate');
  await lab.okta.leave(group, mover);
  joiners += 1;
  const login = `joiner-${joiners}@example.com`;
  const { id: joiner } = await lab.okta.createUser(
    { login, email: login, firstName: 'Joan', lastName: `Joiner${joiners}` },
    { password: 'Not-a-secret-1', groupIds: [lab.groupId(scopeGroup)] },
  );
  return { leaver, leaversAccount, mover, group, joiner };
}

/** What was taken, by the request log: accounts that were deactivated, and members that were removed. */
function taken(entries: readonly LogEntry[]): string[] {
  return entries.flatMap(({ path, body }) => {
    const operations = (body as { Operations?: { op: string; path?: string; value?: unknown }[] }).Operations ?? [];
    const id = path.split('/').at(-1) ?? '';
    return operations.flatMap(({ op, value }) => {
      if (/\/Groups\//.test(path) && op.toLowerCase() !== 'add') return [`a member of ${id}`];
      const isActive = typeof value === 'object' && value !== null && 'active' in value ? value.active : value;
      return isActive === false ? [id] : [];
    });
  });
}

const hasAccount = (person: string) =>
  lab.directory().users.some(({ document }) => document['externalId'] === person && document['active'] === true);

interface Lie {
  readonly side?: Side;
  /** Rules of faults; the settings of Okta's simulator otherwise. */
  readonly rules?: (cast: Cast) => Pick<FaultRule, 'match' | 'action'>[];
  readonly settings?: (cast: Cast) => Record<string, unknown>;
  readonly shortfalls: (cast: Cast) => Partial<Shortfall>[];
  /** Whether other groups are proven all the same, so that the mover is removed from theirs at once. */
  readonly provesMover?: boolean;
  /** Whether Okta shows that there is somebody new. */
  readonly showsJoiner: boolean;
}

/** The one that is asked for everybody. */
const wholeList = '/api/v1/users\\?.*1970-01-01';

const lies: Record<string, Lie> = {
  'an empty list of people': {
    rules: () => [{ match: { path: wholeList }, action: 'empty-list' }],
    shortfalls: () => [{ code: 'empty', list: 'people', found: 0 }],
    showsJoiner: true,
  },
  'a list of half the people': {
    rules: () => [{ match: { path: wholeList }, action: 'half-list' }],
    shortfalls: () => [{ code: 'canary-missing', list: 'people' }],
    showsJoiner: true,
  },
  'a token that sees a third of the people, also by id': {
    settings: ({ leaver, joiner }) => ({
      visibleUsers: lab
        .org()
        .users.map(({ id }) => id)
        .filter((id, index) => index % 3 === 0 || id === leaver || id === joiner),
    }),
    shortfalls: () => [{ code: 'halved', list: 'people' }],
    showsJoiner: true,
  },
  'a page of people twice': {
    rules: () => [{ match: { path: `${wholeList}.*after=` }, action: 'repeat-page' }],
    shortfalls: () => [{ code: 'broken-chain', list: 'people' }],
    showsJoiner: true,
  },
  'no groups': {
    rules: () => [{ match: { path: '/api/v1/groups\\?' }, action: 'empty-list' }],
    shortfalls: () => [{ code: 'empty', list: 'groups', found: 0 }],
    showsJoiner: true,
  },
  'a kept group without members': {
    rules: ({ group }) => [{ match: { path: `/api/v1/groups/${group}/users` }, action: 'empty-list' }],
    shortfalls: ({ group }) => [{ code: 'count-mismatch', list: 'members', subject: group, found: 0 }],
    showsJoiner: true,
  },
  'the scope group with a page of members twice': {
    rules: () => [
      { match: { path: `/api/v1/groups/${lab.groupId(scopeGroup)}/users\\?.*after=` }, action: 'repeat-page' },
    ],
    shortfalls: () => [{ code: 'broken-chain', list: 'members', subject: lab.groupId(scopeGroup) }],
    provesMover: true,
    showsJoiner: false,
  },
  'a token that does not see a kept group': {
    settings: ({ group }) => ({ hiddenGroups: [group] }),
    shortfalls: ({ group }) => [{ code: 'sees-less', list: 'groups', missing: [group] }],
    showsJoiner: true,
  },
  'a token that does not see the scope group': {
    settings: () => ({ hiddenGroups: [scopeGroup] }),
    shortfalls: () => [{ code: 'sees-less', list: 'groups', missing: [lab.groupId(scopeGroup)] }],
    showsJoiner: false,
  },
};

const shortfallsOf = async (side: string): Promise<readonly Shortfall[]> =>
  (await latestSnapshot(lab.system.store, side))?.shortfalls ?? [];

describe.each(Object.entries(lies))('Okta, answering 200 with %s:', (name, lie) => {
  it('takes what Okta says of people by id, adds who is new, and removes the rest once it reads the whole', async () => {
    const cast = await changeTheWorld();
    const before = lab.system.sandbox.cloud.requests.last;
    if (lie.rules)
      lab.strike(
        'okta',
        lie.rules(cast).map((rule, index) => ({ id: `${name} ${index}`, ...rule })),
      );
    if (lie.settings) settings(lie.settings(cast));
    const { problem } = await lab.sync();

    expect(lab.endFaults()).toEqual([]);
    settings({ visibleUsers: null, hiddenGroups: [] });
    expect(problem).toBeUndefined();
    expect(taken(lab.writes(before))).toEqual([
      cast.leaversAccount,
      ...(lie.provesMover ? [expect.stringMatching(/^a member of/)] : []),
    ]);
    expect(hasAccount(cast.joiner)).toBe(lie.showsJoiner);
    expect(await shortfallsOf(oktaSide)).toEqual(
      expect.arrayContaining(lie.shortfalls(cast).map((one) => expect.objectContaining(one))),
    );

    const { problem: then } = await lab.sync();
    expect(then).toBeUndefined();
    expect(await shortfallsOf(oktaSide)).toEqual([]);
    expect(taken(lab.writes(before))).toHaveLength(2);
    expect(await lab.differences()).toEqual([]);
  }, 120_000);
});

it('nobody is put back into a group that could not be read as a whole, unless Okta says of them that they are in it', async () => {
  const { members } = lab.org();
  const inScope = new Set(lab.members());
  const [group = ''] = keptGroups().filter((id) => (members[id] ?? []).filter((one) => inScope.has(one)).length > 3);
  const [gone = '', still = ''] = (members[group] ?? []).filter((one) => inScope.has(one));
  const name = lab.org().groups.find(({ id }) => id === group)?.profile.name;
  const atTarget = () => lab.directory().groups.find(({ displayName }) => displayName === name);
  await lab.okta.leave(group, gone);
  for (const person of [gone, still]) await takeOutByHand(atTarget()?.id ?? '', lab.scimId(person));
  lab.strike('okta', [{ id: 'emptied', match: { path: `/api/v1/groups/${group}/users` }, action: 'empty-list' }]);
  await lab.sync();
  const isIn = (person: string) => atTarget()?.members.includes(lab.scimId(person));
  expect([isIn(gone), isIn(still)]).toEqual([false, true]);
});

/** As an administrator of the directory would. */
async function takeOutByHand(group: string, member: string): Promise<void> {
  const url = `${lab.system.sandbox.cloud.origin}/scim/directory/sandbox-directory/Groups/${group}`;
  const path = `members[value eq "${member}"]`;
  const answer = await fetch(url, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${testSecrets.ATLASSIAN_SCIM_API_KEY}`,
      'content-type': 'application/scim+json',
    },
    body: JSON.stringify({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'remove', path }],
    }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

it('a kept group that was deleted, by the log, leaves the reading whole', async () => {
  const [group = ''] = keptGroups().slice(-1);
  await lab.okta.deleteGroup(group);
  await lab.sync();
  expect(await shortfallsOf(oktaSide)).toEqual([]);
  expect(await lab.findings()).toContainEqual(expect.objectContaining({ group }));
}, 120_000);

const targetLies: Record<string, { path: string; action: FaultRule['action']; shortfall: Partial<Shortfall> }> = {
  'no accounts': { path: '/Users\\?', action: 'empty-list', shortfall: { code: 'empty', list: 'accounts' } },
  'no groups': { path: '/Groups\\?', action: 'empty-list', shortfall: { code: 'empty', list: 'target-groups' } },
  'half of the accounts': {
    path: '/Users\\?',
    action: 'half-list',
    shortfall: { code: 'broken-chain', list: 'accounts' },
  },
  'a page of accounts twice': {
    path: '/Users\\?.*startIndex=101',
    action: 'repeat-page',
    shortfall: { code: 'broken-chain', list: 'accounts' },
  },
};

describe.each(Object.entries(targetLies))(
  'the directory, answering 200 with %s:',
  (name, { path, action, shortfall }) => {
    it('loses no link and makes nobody twice', async () => {
      const before = lab.system.sandbox.cloud.requests.last;
      const links = async () => lab.system.store.selectFrom('person_link').selectAll().orderBy('person_id').execute();
      const linked = await links();
      lab.strike('cloud', [{ id: name, match: { path }, action }]);
      const { run, problem } = await lab.sync();

      expect(lab.endFaults()).toEqual([]);
      expect(problem).toBeUndefined();
      expect(run?.plan?.changes).toBe(0);
      expect(await shortfallsOf('cloud')).toEqual([expect.objectContaining(shortfall)]);
      expect(await links()).toEqual(linked);
      expect(lab.writes(before)).toEqual([]);

      await lab.sync();
      expect(await shortfallsOf('cloud')).toEqual([]);
      expect(lab.writes(before)).toEqual([]);
    }, 120_000);
  },
);

describe('a canary of the configuration', () => {
  const configuration = (canary: string) =>
    lockstepYaml({ okta: { canaries: [canary] }, target: { guards: openGuards } });

  it('whom Okta neither shows nor calls gone makes each reading incomplete', async () => {
    const canary = '00u0000000000nobody1';
    await lab.restart({ config: configuration(canary) });
    await lab.sync();
    expect(await shortfallsOf(oktaSide)).toMatchObject([{ code: 'canary-missing', missing: [canary] }]);

    await lab.restart({ config: configuration(lab.members()[0] ?? '') });
    await lab.sync();
    expect(await shortfallsOf(oktaSide)).toEqual([]);
  }, 120_000);

  it('is confirmed gone once it is DEPROVISIONED, and once the log has its deletion', async () => {
    const canary = lab.members().at(-1) ?? '';
    await lab.restart({ config: configuration(canary) });
    await lab.okta.lifecycle(canary, 'deactivate');
    await lab.sync();
    expect(await shortfallsOf(oktaSide)).toEqual([]);
    await lab.okta.deleteUser(canary);
    await lab.sync();
    expect(await shortfallsOf(oktaSide)).toEqual([]);
  }, 120_000);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});
