/** One group read afresh from a simulated Okta: to whom it matters, and what its absence means. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { observeGroup } from '../../activities/observe-group.ts';
import type { OktaGroupId } from '../../domain/ids.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { linkGroups } from '../../store/links.ts';
import { doubtfulGroups } from '../../store/okta-mirror.ts';
import { withSides } from '../../store/side-lock.ts';
import { oktaSide } from '../../store/snapshots.ts';
import { targetGroupId } from '../support/domain-builders.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let lab: InProcess;
let [ada, bob]: [string, string] = ['', ''];
beforeAll(async () => {
  // Selected is whatever has a hyphen in its name; the scope is the group atlassian-users.
  lab = await startInProcess({ people: 20, groups: 4, seed: 41 });
  await lab.sync();
  const { users } = lab.sandbox.okta.vendor.dump() as SavedOrg;
  [ada = '', bob = ''] = users.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);
}, 60_000);
afterAll(() => lab?.stop());
beforeEach(() => lab.deps.store.deleteFrom('changed_person').execute());

const observe = (group: string) => lab.run(() => observeGroup(lab.deps, { group }));
async function made(name: string, ...members: string[]): Promise<OktaGroupId> {
  const { id } = await lab.okta.createGroup(name);
  for (const member of members) await lab.okta.join(id, member);
  return id as OktaGroupId;
}
const mirrored = async (group: OktaGroupId): Promise<string[]> => {
  const { store } = lab.deps;
  const rows = await store.selectFrom('okta_membership').select('user_id').where('group_id', '=', group).execute();
  return rows.map(({ user_id }) => String(user_id)).sort();
};
const marked = async () => {
  const rows = await lab.deps.store.selectFrom('changed_person').select(['person_id', 'target']).execute();
  return rows.map(({ person_id, target }) => `${person_id} ${target}`).sort();
};

describe('a group matters to a target', () => {
  it('not when nothing of it names it; then its members are not even read', async () => {
    const group = await made('newcomers', ada);
    const before = lab.sandbox.okta.requests.last;
    expect(await observe(group)).toEqual({ targets: [] });
    expect(lab.sandbox.okta.requests.since(before).map(({ path }) => path)).toEqual([`/api/v1/groups/${group}`]);
    expect([await mirrored(group), await marked()]).toEqual([[], []]);
  });

  it('whose selection takes its new name: with its members, who are planned again', async () => {
    const group = await made('newcomers-2', ada);
    expect(await observe(group)).toEqual({ targets: ['cloud'] });
    expect([await mirrored(group), await marked()]).toEqual([[ada], [`${ada} cloud`]]);
    await lab.okta.leave(group, ada);
    await lab.okta.join(group, bob);
    await lab.deps.store.deleteFrom('changed_person').execute();
    await observe(group);
    expect([await mirrored(group), await marked()]).toEqual([[bob], [`${ada} cloud`, `${bob} cloud`].sort()]);
    await lab.deps.store.deleteFrom('changed_person').execute();
    expect(await observe(group)).toEqual({ targets: ['cloud'] });
    expect(await marked()).toEqual([]);
  });

  it('whose selection took its former name, the once, and not any more the next time', async () => {
    const group = await made('newcomers-3');
    await observe(group);
    await lab.okta.renameGroup(group, 'outsiders');
    expect(await observe(group)).toEqual({ targets: ['cloud'] });
    expect(await observe(group)).toEqual({ targets: [] });
  });

  it('that has a group linked to it, whatever its name', async () => {
    const group = await made('newcomers-4');
    await observe(group);
    const link = { group, targetGroup: targetGroupId('g-4'), origin: 'created' } as const;
    await linkGroups(lab.deps.store, 'cloud', [link]);
    await lab.okta.renameGroup(group, 'outsiders too');
    for (let time = 0; time < 2; time += 1) expect(await observe(group)).toEqual({ targets: ['cloud'] });
  });

  it('whose scope it is', async () => {
    const [scope] = (await lab.okta.groups()).filter(({ profile }) => profile.name === 'atlassian-users');
    expect(await observe(scope?.id ?? '')).toEqual({ targets: ['cloud'] });
  });
});

describe('while a whole reading of Okta is under way', () => {
  /** Somebody reads Okta for as long as `meanwhile` lasts. */
  const whileRead = async (meanwhile: () => Promise<void>): Promise<void> =>
    withSides(lab.deps.store, [oktaSide], 'observe', new AbortController().signal, meanwhile);

  it('a group of nobody is passed over all the same, and known by its new name', async () => {
    const group = await made('nobodys', ada);
    await observe(group);
    await lab.okta.renameGroup(group, 'nobody still');
    await whileRead(async () => expect(await observe(group)).toEqual({ targets: [] }));
    const named = lab.deps.store.selectFrom('okta_group').select('name').where('id', '=', group);
    expect(await named.executeTakeFirst()).toEqual({ name: 'nobody still' });
  });

  it('one that matters is tried again after a while, in which it holds no connection', async () => {
    const group = await made('newcomers-7', ada);
    await whileRead(async () => {
      const failure = await observe(group).catch((error: unknown) => error);
      expect(failure).toMatchObject({ kind: 'Unavailable', details: { system: 'store', retryAfterMs: 30_000 } });
    });
    expect(await observe(group)).toEqual({ targets: ['cloud'] });
  });
});

describe('a group that Okta does not show', () => {
  const hide = (groups: string[]) => Object.assign(lab.sandbox.okta.vendor.settings, { hiddenGroups: groups });

  it('is doubtful, with its members as they were, until it is shown again', async () => {
    const group = await made('newcomers-5', ada, bob);
    await observe(group);
    hide([group]);
    await lab.deps.store.deleteFrom('changed_person').execute();
    expect(await observe(group)).toEqual({ targets: ['cloud'], isMissing: true });
    expect([await mirrored(group), await marked()]).toEqual([[ada, bob].sort(), []]);
    expect(await doubtfulGroups(lab.deps.store)).toEqual([group]);
    hide([]);
    expect(await observe(group)).toEqual({ targets: ['cloud'] });
    expect(await doubtfulGroups(lab.deps.store)).toEqual([]);
  });

  it('is gone where the log says that it was deleted', async () => {
    const group = await made('newcomers-6', ada);
    await observe(group);
    await lab.okta.deleteGroup(group);
    expect(await observe(group)).toEqual({ targets: ['cloud'], isMissing: true });
    const { store } = lab.deps;
    const row = await store.selectFrom('okta_group').select('is_missing').where('id', '=', group).executeTakeFirst();
    expect([row, await mirrored(group), await doubtfulGroups(store)]).toEqual([{ is_missing: true }, [], []]);
  });

  it('and never did is no business of any target', async () => {
    expect(await observe('00g00000000nobody001')).toEqual({ targets: [], isMissing: true });
  });
});
