/** Okta shows less than there is: an answer without somebody is no evidence that they left. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { latestSnapshot, oktaSide } from '../../store/snapshots.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';

const seed = { okta: { people: 60, groups: 6, seed: 41 } };
let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());

let before = 0;
beforeEach(async () => {
  Object.assign(lab.system.sandbox.okta.vendor.settings, { visibleUsers: null, visibleGroups: null });
  await lab.reset(seed);
  await lab.sync();
  expect(await lab.differences()).toEqual([]);
  before = lab.system.sandbox.cloud.requests.last;
}, 60_000);

const settings = (change: Record<string, unknown>) => Object.assign(lab.system.sandbox.okta.vendor.settings, change);
const writes = () => lab.writes(before).map(({ method, path }) => `${method} ${path}`);

/** Groups of which it is told that nobody is removed from them for now. */
const unproven = async () =>
  (await lab.findings()).filter(({ code }) => code === 'removal-unproven').map(({ group }) => group);

/** Everything is as it was, and stays so once Okta shows everything again. */
async function expectNothingTaken(): Promise<void> {
  expect(writes()).toEqual([]);
  settings({ visibleUsers: null, visibleGroups: null });
  expect(await lab.differences()).toEqual([]);
  const { problem } = await lab.sync();
  expect(problem).toBeUndefined();
  expect(writes()).toEqual([]);
}

describe('Okta, answering 200,', () => {
  it('with nobody at all: nothing is removed', async () => {
    lab.strike('okta', [{ id: 'nobody', match: { path: '/api/v1/users\\?' }, action: 'empty-list' }]);
    const { problem } = await lab.sync();
    expect(problem).toBeUndefined();
    expect(lab.endFaults()).toEqual([]);
    await expectNothingTaken();
  }, 60_000);

  it('with half of the people, the others answering 404 by id too: nothing is removed, each one is told', async () => {
    const [gone, ...rest] = lab.members();
    const hidden = rest.filter((_, index) => index % 2 === 0);
    const visible = lab
      .org()
      .users.map(({ id }) => id)
      .filter((id) => !hidden.includes(id));
    settings({ visibleUsers: visible });
    const { run, problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect(run?.plan?.attention).toBe(hidden.length);
    const missing = (await lab.findings()).filter(({ code }) => code === 'missing-at-okta').map(({ person }) => person);
    expect(missing.sort()).toEqual(hidden.sort());
    expect(missing).not.toContain(gone);
    await expectNothingTaken();
  }, 60_000);

  it("with a list without half of the people: whoever has left by Okta's own word, asked by id, is deactivated", async () => {
    const [leaver, ...others] = lab.members();
    await lab.okta.lifecycle(leaver ?? '', 'deactivate');
    lab.strike('okta', [{ id: 'nobody', match: { path: '/api/v1/users\\?' }, action: 'empty-list' }]);
    const account = lab.scimId(leaver ?? '');
    const { run } = await lab.sync();

    expect(lab.endFaults()).toEqual([]);
    expect(run?.outcomes).toMatchObject({ parked: 0, stale: 0 });
    const touched = lab.writes(before).filter(({ path }) => path.includes('/Users'));
    expect(touched.map(({ path }) => path.split('/').at(-1))).toEqual([account]);
    expect(await lab.differences()).toEqual([]);
    expect(others.length).toBeGreaterThan(20);
  }, 60_000);

  it('without the members of the scope group: nobody loses the account', async () => {
    lab.strike('okta', [
      { id: 'no members', match: { path: `/api/v1/groups/${lab.groupId(scopeGroup)}/users` }, action: 'empty-list' },
    ]);
    // An unchanged group is not even read.
    await lab.system.store.updateTable('okta_group').set({ members_as_of: null }).execute();
    const { run, problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect(lab.endFaults()).toEqual([]);
    expect(run?.plan?.changes).toBe(0);
    expect(await unproven()).toEqual([lab.groupId(scopeGroup)]);
    await expectNothingTaken();
  }, 60_000);

  it('without the members of a kept group: nobody loses the membership', async () => {
    await lab.system.store.updateTable('okta_group').set({ members_as_of: null }).execute();
    const kept = lab.org().groups.filter(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup);
    lab.strike(
      'okta',
      kept.map(({ id }) => ({ id, match: { path: `/api/v1/groups/${id}/users` }, action: 'empty-list' })),
    );
    const { run, problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect(lab.endFaults()).toEqual([]);
    expect(run?.plan?.changes).toBe(0);
    expect((await unproven()).length).toBeGreaterThan(0);
    await expectNothingTaken();
  }, 60_000);

  it('with one group of many, the scope group among those that are gone: nothing is taken, and the run goes on', async () => {
    const [visible] = lab.org().groups.filter(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup);
    settings({ visibleGroups: [visible?.id] });
    const { run, problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect(run?.plan?.changes).toBe(0);
    const snapshot = await latestSnapshot(lab.system.store, oktaSide);
    expect(snapshot?.shortfalls).toMatchObject([{ code: 'halved', list: 'groups', found: 1 }]);
    await expectNothingTaken();
  }, 60_000);

  it('with one group less: members of that group are left alone, and it is told', async () => {
    const [hidden] = lab.org().groups.filter(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup);
    const visible = lab
      .org()
      .groups.filter(({ id }) => id !== hidden?.id)
      .map(({ id }) => id);
    settings({ visibleGroups: visible });
    const { problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect(await unproven()).toEqual([hidden?.id]);
    await expectNothingTaken();
  }, 60_000);

  it('with no groups at all: nothing is removed', async () => {
    lab.strike('okta', [{ id: 'no groups', match: { path: '/api/v1/groups\\?' }, action: 'empty-list' }]);
    const { problem } = await lab.sync();
    expect(problem).toBeUndefined();
    expect(lab.endFaults()).toEqual([]);
    await expectNothingTaken();
  }, 60_000);

  it("without somebody in the scope group, by its own word when asked for that person's groups: the account is deactivated", async () => {
    const [person] = lab.members();
    await lab.okta.leave(lab.groupId(scopeGroup), person ?? '');
    const { run } = await lab.sync();
    expect(run?.outcomes).toMatchObject({ stale: 0, parked: 0 });
    expect(await lab.differences()).toEqual([]);
    expect(writes()).toContain(`PATCH /scim/directory/sandbox-directory/Users/${lab.scimId(person ?? '')}`);
  }, 60_000);
});

describe('the directory, answering 200,', () => {
  it('with no accounts and no groups: nothing is created a second time', async () => {
    lab.strike('cloud', [
      { id: 'no accounts', match: { path: '/Users\\?' }, action: 'empty-list' },
      { id: 'no groups', match: { path: '/Groups\\?' }, action: 'empty-list' },
    ]);
    await lab.sync();
    expect(lab.endFaults()).toEqual([]);
    expect(lab.createdTwice()).toEqual([]);
    await expectNothingTaken();
  }, 60_000);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});
