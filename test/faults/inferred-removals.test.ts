/** What a list leaves out is no evidence, and an address that somebody else had before is none either. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approveWaiting, waitingOf } from '../support/decide.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';

const configuration = (scope: string, membershipAuthority: 'exact' | 'linked-exact') =>
  lockstepYaml({ target: { scope: { groups: [scope] }, guards: openGuards, membershipAuthority } });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ config: configuration('/atlassian-.+/', 'linked-exact') });
}, 120_000);
afterAll(() => lab?.stop());
beforeEach(() => lab.reset({ okta: { people: 30, groups: 5, seed: 51 } }));

const settings = (change: Record<string, unknown>) => Object.assign(lab.system.sandbox.okta.vendor.settings, change);

const emailOf = (person: string): string => {
  const email = lab.org().users.find(({ id }) => id === person)?.profile['email'];
  if (typeof email !== 'string') throw new Error(`${person} has no address`);
  return email;
};

/** Okta's groups that the directory gets, with those of their members who are in scope. */
const keptGroups = () => {
  const { groups, members } = lab.org();
  const inScope = new Set(lab.members());
  return groups
    .filter(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup)
    .map(({ id, profile: { name } }) => ({ id, name, people: (members[id] ?? []).filter((one) => inScope.has(one)) }));
};

const accounts = () => lab.directory().users.map(({ id, document }) => ({ id, document }));
const active = () =>
  accounts()
    .filter(({ document }) => document['active'])
    .map(({ id }) => id);
const memberships = () =>
  lab.directory().groups.flatMap(({ displayName, members }) => members.map((one) => `${one} in ${displayName}`));

/** Nothing from before is missing; what came in addition is of no interest. */
const expectKept = (before: readonly string[], now: readonly string[]): void => {
  expect(before.length).toBeGreaterThan(0);
  expect(before.filter((one) => !now.includes(one))).toEqual([]);
};

describe('a scope of groups by pattern', () => {
  it('that matches no group at all, because the list of groups is empty: nobody is deactivated', async () => {
    await lab.sync();
    const before = active();
    lab.strike('okta', [{ id: 'no groups', match: { path: '/api/v1/groups\\?' }, action: 'empty-list' }]);
    await lab.sync();

    expect(lab.endFaults()).toEqual([]);
    expectKept(before, active());
  }, 60_000);

  it('that matches one group less, because a list leaves it out: nobody is deactivated, and the group is told', async () => {
    await lab.okta.createGroup('atlassian-others');
    await lab.sync();
    const before = active();
    const others = (await lab.okta.groups()).filter(({ profile: { name } }) => name !== scopeGroup);
    lab.strike('okta', [{ id: 'less', match: { path: '/api/v1/groups\\?' }, action: { status: 200, body: others } }]);
    await lab.sync();

    expect(lab.endFaults()).toEqual([]);
    expectKept(before, active());
    expect(await lab.findings()).toContainEqual(
      expect.objectContaining({ code: 'removal-unproven', group: lab.groupId(scopeGroup) }),
    );
  }, 60_000);
});

describe('a target that is to be exact', () => {
  beforeAll(() => lab.restart({ config: configuration(scopeGroup, 'exact') }), 60_000);

  /** A directory that Lockstep has never seen, with everybody in scope and in the groups that they are in at Okta. */
  const seedEverybody = () =>
    lab.system.sandbox.cloud.seed({
      people: lab.members().map((person) => ({ email: emailOf(person), provisioned: true })),
      groups: keptGroups().map(({ name, people }) => ({ displayName: name, members: people.map(emailOf) })),
    });

  it('and whose members Okta shows only in half at the first sync: no membership is removed', async () => {
    await seedEverybody();
    const before = memberships();
    const everybody = lab.org().users.map(({ id }) => id);
    settings({ visibleUsers: everybody.filter((_, index) => index % 2 === 0) });
    const { problem } = await lab.sync();
    settings({ visibleUsers: null });

    expect(problem).toBeUndefined();
    expectKept(before, memberships());
    expect((await lab.findings()).map(({ code }) => code)).toContain('unlinked-members');
  }, 60_000);

  it("and whose member carries another Okta user's id but the address of somebody in the group: it stays a member", async () => {
    const [group] = keptGroups().filter(({ people }) => people.length > 0);
    const email = emailOf(group?.people[0] ?? '');
    await lab.system.sandbox.cloud.seed({
      people: [{ email, provisioned: true, externalId: '00u0000someoneelse000' }],
      groups: [{ displayName: group?.name, members: [email] }],
    });
    const before = memberships();
    const { run } = await lab.sync();

    expectKept(before, memberships());
    const findings = await lab.system.store
      .selectFrom('finding')
      .select('code')
      .where('plan_id', '=', run?.plan?.planId ?? '')
      .execute();
    expect(findings.map(({ code }) => code)).toContain('candidate-carries-other-id');
  }, 60_000);

  it('and whose member Okta knows and does not have in the group: it is removed once the first removals are approved', async () => {
    const [group] = keptGroups().filter(({ people }) => people.length > 0);
    const [stranger, member] = [lab.members().find((one) => !group?.people.includes(one)), group?.people[0]];
    // Out of scope, so that nobody is linked to the account.
    await lab.okta.leave(lab.groupId(scopeGroup), stranger ?? '');
    const emails = [stranger, member].map((one) => emailOf(one ?? ''));
    await lab.system.sandbox.cloud.seed({
      people: emails.map((email) => ({ email, provisioned: true })),
      groups: [{ displayName: group?.name, members: emails }],
    });
    const [gone, stays] = emails.map((email) => accounts().find(({ document }) => document['userName'] === email)?.id);
    const { run } = await lab.sync();
    expect(run?.guard?.stoppedBy).toEqual({ adoptedGroup: 1 });
    expect(memberships()).toContain(`${gone} in ${group?.name}`);
    if (run) await approveWaiting(lab.system, waitingOf(run));

    expect(memberships()).toContain(`${stays} in ${group?.name}`);
    expect(memberships()).not.toContain(`${gone} in ${group?.name}`);
  }, 60_000);
});

it("a leaver's account that was never linked does not go to the joiner who got the leaver's address", async () => {
  await lab.restart({ config: configuration(scopeGroup, 'linked-exact') });
  const [leaver = ''] = lab.members();
  const email = emailOf(leaver);
  await lab.okta.lifecycle(leaver, 'deactivate');
  const joiner = await lab.okta.createUser({
    login: 'joiner@example.com',
    email,
    firstName: 'New',
    lastName: 'Joiner',
  });
  await lab.okta.join(lab.groupId(scopeGroup), joiner.id);
  await lab.system.sandbox.cloud.seed({ people: [{ email, provisioned: true }] });
  const [account] = accounts();
  await lab.sync();

  const now = accounts().find(({ id }) => id === account?.id);
  expect(now).toEqual(account);
  expect((await lab.findings()).map(({ person }) => person)).toContain(joiner.id);
}, 60_000);
