/** News of many groups, read together from a simulated Okta: which targets are to run for everything, and at what cost. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { markNews, settleGroupNews } from '../../activities/mark-news.ts';
import { observeChanges } from '../../activities/observe-changes.ts';
import type { OktaGroupId } from '../../domain/ids.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let lab: InProcess;
beforeAll(async () => {
  // Selected is whatever has a hyphen in its name; the scope is the group atlassian-users.
  lab = await startInProcess({ people: 20, groups: 4, seed: 44 });
  await lab.sync();
}, 60_000);
afterAll(() => lab?.stop());
beforeEach(async () => {
  lab.sandbox.okta.faults.clear();
  await read();
  await lab.deps.store.deleteFrom('changed_group').execute();
});

const read = () => lab.run(() => observeChanges(lab.deps, { since: 'lastDelta' }));
const mark = (...groups: string[]) => markNews(lab.deps, { groups });
const marks = async () => {
  const rows = await lab.deps.store.selectFrom('changed_group').selectAll().orderBy('group_id').execute();
  return rows.map(({ target, group_id, matters }) => ({ target, group: String(group_id), matters }));
};
/** Known to the mirror. */
async function made(name: string): Promise<string> {
  const { id } = await lab.okta.createGroup(name);
  await read();
  await lab.deps.store.deleteFrom('changed_group').execute();
  return id;
}
/** Requests for single groups. */
async function askedById(work: () => Promise<unknown>): Promise<number> {
  const from = lab.sandbox.okta.requests.last;
  await work();
  return lab.sandbox.okta.requests.since(from).filter(({ path }) => /\/groups\/00g\w+$/.test(path)).length;
}
const cloud = { targets: ['cloud'], asOf: expect.any(String) };

describe('a group that was renamed', () => {
  it('into a selection, or out of one, has its target run for everything, told of or not', async () => {
    const group = await made('incomers');
    await lab.okta.renameGroup(group, 'in-comers');
    expect((await read()).regrouped).toEqual(cloud);
    await lab.deps.store.deleteFrom('changed_group').execute();
    await mark(group);
    await lab.okta.renameGroup(group, 'incomers');
    expect((await read()).regrouped).toEqual(cloud);
  });

  it('is told again until the target has been asked, and news since then stays', async () => {
    const group = await made('some incomers');
    await lab.okta.renameGroup(group, 'some-incomers');
    await read();
    const again = await read();
    expect(again.regrouped).toEqual(cloud);
    await mark(group);
    await settleGroupNews(lab.deps, again.regrouped?.asOf ?? '');
    expect(await marks()).toEqual([{ target: 'cloud', group, matters: true }]);
    const last = await read();
    await settleGroupNews(lab.deps, last.regrouped?.asOf ?? '');
    expect(await marks()).toEqual([]);
    expect((await read()).regrouped).toBeUndefined();
  });

  it('and is nobody’s by either name has nobody run, and none of a crowd of them is asked for by id', async () => {
    const crowd: string[] = [];
    for (let at = 0; at < 30; at += 1) crowd.push((await lab.okta.createGroup(`crowd ${at}`)).id);
    await mark(...crowd, '00g00000000nobody001');
    let regrouped: unknown;
    expect(
      await askedById(async () => {
        ({ regrouped } = await read());
      }),
    ).toBe(0);
    expect([regrouped, await marks()]).toEqual([undefined, []]);
  });
});

describe('a group that no list shows any more', () => {
  const stateOf = (group: string) =>
    lab.deps.store
      .selectFrom('okta_group')
      .select(['is_missing', 'is_doubtful'])
      .where('id', '=', group as OktaGroupId)
      .executeTakeFirst();

  it('and that was deleted, as the log says, is gone, and its target is to empty its counterpart', async () => {
    const group = await made('short-lived');
    await lab.okta.deleteGroup(group);
    await mark(group);
    expect((await read()).regrouped).toEqual(cloud);
    expect(await stateOf(group)).toEqual({ is_missing: true, is_doubtful: false });
  });

  it('and that Okta hides is in doubt', async () => {
    const group = await made('hidden-away');
    lab.sandbox.okta.vendor.settings['hiddenGroups'] = [group];
    await mark(group);
    await read();
    lab.sandbox.okta.vendor.settings['hiddenGroups'] = [];
    expect(await stateOf(group)).toEqual({ is_missing: false, is_doubtful: true });
  });

  it('and that Okta does not answer about keeps nobody else from being read, and waits', async () => {
    const [deleted, refused] = [await made('first-one'), await made('second-one')];
    for (const group of [deleted, refused]) await lab.okta.deleteGroup(group);
    const fault = { id: 'refused', match: { path: `/api/v1/groups/${refused}` }, action: { status: 403 } };
    lab.sandbox.okta.faults.set([fault]);
    await mark(deleted, refused);
    await read();
    expect([await stateOf(deleted), await stateOf(refused)]).toMatchObject([
      { is_missing: true },
      { is_missing: false },
    ]);
    expect(await marks()).toContainEqual({ target: 'cloud', group: refused, matters: false });
    lab.sandbox.okta.faults.clear();
    await read();
    expect(await stateOf(refused)).toMatchObject({ is_missing: true });
  });
});
