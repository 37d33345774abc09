/**
 * Every kind of bad answer at every kind of request. Many faults strike in one run, each at a subject of its own, and
 * the run must still end right: nobody and nothing is made twice, and nothing is left undone.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import { retryNow } from '../../store/due.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';

type Fault = Pick<FaultRule, 'action' | 'strike' | 'times'>;

/** What may become of a request before it has an effect. */
const beforeEffect: Record<string, Fault> = {
  '429 with Retry-After': { action: { status: 429, retryAfter: 1 }, times: 1 },
  '429 without': { action: { status: 429 }, times: 1 },
  '500': { action: { status: 500 }, times: 2 },
  '503': { action: { status: 503 }, times: 1 },
  reset: { action: 'reset', times: 1 },
  'HTML for JSON': { action: 'html', times: 1 },
};
/** The effect is there and its answer is lost. */
const afterEffect: Record<string, Fault> = {
  '500 after the effect': { action: { status: 500 }, strike: 'after', times: 1 },
  'reset after the effect': { action: 'reset', strike: 'after', times: 1 },
  'HTML after the effect': { action: 'html', strike: 'after', times: 1 },
  'truncated body': { action: 'truncate', strike: 'after', times: 1 },
};
const onWrites = Object.entries({ ...beforeEffect, ...afterEffect });
const onReads = Object.entries({ ...beforeEffect, 'truncated body': { action: 'truncate' as const, times: 1 } });

/** One fault of each kind, each at another of the subjects. */
const spread = (
  what: string,
  faults: readonly [string, Fault][],
  match: (index: number) => FaultRule['match'],
): FaultRule[] =>
  faults.map(([name, fault], index) => ({ id: `${what}: ${name}`, match: match(index) ?? {}, ...fault }));

/** One fault after the other at the same request. */
const inTurn = (what: string, faults: readonly [string, Fault][], match: FaultRule['match']): FaultRule[] =>
  faults.map(([name, { times: _times, ...fault }], index) => ({
    id: `${what}: ${name}`,
    match: { ...match, attempt: index + 1 },
    ...fault,
  }));

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());

const kept = (): string[] =>
  lab
    .org()
    .groups.map(({ profile }) => profile.name)
    .filter((name) => /.+-.+/.test(name) && name !== scopeGroup)
    .sort();
const targetGroup = (name: string): string =>
  lab.directory().groups.find(({ displayName }) => displayName === name)?.id ?? `no group ${name}`;

async function expectAllRight(): Promise<void> {
  expect(lab.endFaults(), 'faults that did not strike').toEqual([]);
  expect(await lab.differences()).toEqual([]);
  expect(lab.createdTwice()).toEqual([]);
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
}

describe('a first load', () => {
  it('comes through bad answers to the creation of accounts', async () => {
    await lab.reset({ okta: { people: 40, groups: 4, seed: 11 } });
    const people = lab.members();
    lab.strike(
      'cloud',
      spread('POST Users', onWrites, (index) => ({
        method: 'POST',
        path: '/Users$',
        subject: people[index] ?? 'none',
      })),
    );
    const { run, problem } = await lab.sync();
    expect(problem).toBeUndefined();
    expect(run?.outcomes).toMatchObject({ parked: 0, stale: 0, applied: run?.plan?.changes });
    await expectAllRight();
  }, 120_000);

  it('comes through bad answers to the creation of groups and to their members', async () => {
    await lab.reset({ okta: { people: 30, groups: 25, seed: 12 } });
    const groups = kept();
    const half = onWrites.length;
    lab.strike('cloud', [
      ...spread('POST Groups', onWrites, (index) => ({
        method: 'POST',
        path: '/Groups$',
        subject: `"${groups[index]}"`,
      })),
    ]);
    expect(groups.length).toBeGreaterThan(half);
    const { run, problem } = await lab.sync();
    expect(problem).toBeUndefined();
    expect(run?.outcomes).toMatchObject({ parked: 0, stale: 0, applied: run?.plan?.changes });
    await expectAllRight();
  }, 120_000);
});

describe('a later run', () => {
  it('comes through bad answers to updates of accounts', async () => {
    await lab.reset({ okta: { people: 40, groups: 4, seed: 13 } });
    await lab.sync();
    const people = lab.members().slice(0, onWrites.length);
    for (const [index, id] of people.entries()) await lab.okta.updateUser(id, { title: `Title ${index}` });
    lab.strike(
      'cloud',
      spread('PATCH Users', onWrites, (index) => ({
        method: 'PATCH',
        path: `/Users/${lab.scimId(people[index] ?? '')}`,
      })),
    );
    const { run, problem } = await lab.sync();
    expect(problem).toBeUndefined();
    expect(run?.outcomes).toMatchObject({ parked: 0, stale: 0, applied: people.length });
    await expectAllRight();
  }, 120_000);

  it('comes through bad answers to deactivations and the live reads before them', async () => {
    await lab.reset({ okta: { people: 40, groups: 4, seed: 14 } });
    await lab.sync();
    const leavers = lab.members().slice(0, onWrites.length);
    for (const id of leavers) await lab.okta.lifecycle(id, 'deactivate');
    lab.strike('cloud', [
      ...spread('PATCH Users', onWrites, (index) => ({
        method: 'PATCH',
        path: `/Users/${lab.scimId(leavers[index] ?? '')}`,
      })),
      ...spread('GET Users/:id', onReads, (index) => ({
        method: 'GET',
        path: `/Users/${lab.scimId(leavers[index] ?? '')}`,
      })),
    ]);
    lab.strike(
      'okta',
      spread('GET user', onReads, (index) => ({ method: 'GET', path: `/api/v1/users/${leavers[index]}$` })),
    );
    const { problem } = await lab.sync();
    expect(problem).toBeUndefined();
    await expectAllRight();
    const active = lab.directory().users.filter(({ document }) => document['active'] !== false);
    expect(active.filter(({ document }) => leavers.includes(String(document['externalId'])))).toEqual([]);
  }, 120_000);

  it('comes through bad answers to changes of members and the live reads before removals', async () => {
    await lab.reset({ okta: { people: 60, groups: 25, seed: 15 } });
    await lab.sync();
    const inScope = new Set(lab.members());
    const goers = new Map<string, string>();
    for (const name of kept()) {
      const id = lab.groupId(name);
      const members = await lab.okta.members(id);
      const goer = members.find((one) => inScope.has(one) && ![...goers.values()].includes(one));
      if (!goer) continue;
      goers.set(name, goer);
      await lab.okta.leave(id, goer);
    }
    const groups = [...goers.keys()];
    const people = [...goers.values()];
    expect(groups.length).toBeGreaterThanOrEqual(onWrites.length);
    lab.strike(
      'cloud',
      spread('PATCH Groups', onWrites, (index) => ({
        method: 'PATCH',
        path: `/Groups/${targetGroup(groups[index] ?? '')}`,
      })),
    );
    lab.strike('okta', [
      ...spread('GET user groups', onReads, (index) => ({
        method: 'GET',
        path: `/api/v1/users/${people[index]}/groups`,
      })),
      ...spread('GET group', onReads, (index) => ({
        method: 'GET',
        path: `/api/v1/groups/${lab.groupId(groups[index] ?? '')}$`,
      })),
    ]);
    const { run, problem } = await lab.sync();
    expect(problem).toBeUndefined();
    expect(run?.outcomes).toMatchObject({ parked: 0, stale: 0, applied: people.length });
    await expectAllRight();
  }, 120_000);

  it('comes through bad answers to every list that it reads', async () => {
    await lab.reset({ okta: { people: 30, groups: 12, seed: 16 } });
    await lab.sync();
    // As if it had never been read, so that every group's members are read again.
    await lab.system.store.updateTable('okta_group').set({ members_as_of: null }).execute();
    const members = kept().map((name) => lab.groupId(name));
    lab.strike('okta', [
      ...inTurn('GET users', onReads, { method: 'GET', path: '/api/v1/users\\?' }),
      ...inTurn('GET groups', onReads, { method: 'GET', path: '/api/v1/groups\\?' }),
      ...spread('GET members', onReads, (index) => ({ method: 'GET', path: `/api/v1/groups/${members[index]}/users` })),
    ]);
    lab.strike('cloud', [
      ...inTurn('GET Users', onReads, { method: 'GET', path: '/Users\\?' }),
      ...inTurn('GET Groups', onReads, { method: 'GET', path: '/Groups\\?' }),
    ]);
    const { problem } = await lab.sync();
    expect(problem).toBeUndefined();
    await expectAllRight();
  }, 180_000);

  it('parks the one change that never goes through, and leaves nobody else waiting for it', async () => {
    await lab.reset({ okta: { people: 30, groups: 4, seed: 18 } });
    await lab.sync();
    const unlucky = lab.members()[0] ?? 'nobody';
    await lab.okta.updateUser(unlucky, { title: 'Unlucky' });
    const [joined = 'none'] = kept();
    const joiner = lab.members().find((id) => !lab.org().members[lab.groupId(joined)]?.includes(id)) ?? 'nobody';
    await lab.okta.join(lab.groupId(joined), joiner);
    const path = `/Users/${lab.scimId(unlucky)}`;
    // It stands alone in its step, so that all of the step fails although the target is well.
    lab.strike('cloud', [{ id: 'never', match: { method: 'PATCH', path }, action: { status: 500 } }]);
    const { run, problem } = await lab.sync();

    expect(lab.endFaults()).toEqual([]);
    expect(problem).toBeUndefined();
    expect(run?.outcomes).toMatchObject({ parked: 1, applied: 1 });
    expect(await lab.differences([unlucky])).toEqual([]);
    expect((await lab.sync()).run?.outcomes).toMatchObject({ parked: 1, applied: 0 });
    await retryNow(lab.system.store, {});
    const next = await lab.sync();
    expect(next.run?.outcomes).toMatchObject({ parked: 0, applied: 1 });
    expect(await lab.differences()).toEqual([]);
  }, 120_000);

  it('waits out a target that hangs, and makes nobody twice', async () => {
    await lab.reset({ okta: { people: 14, groups: 2, seed: 17 } });
    const [first, second] = lab.members();
    lab.strike('cloud', [
      { id: 'hangs', match: { method: 'POST', subject: first ?? 'nobody' }, times: 1, action: 'hang' },
      {
        id: 'hangs afterwards',
        match: { method: 'POST', subject: second ?? 'nobody' },
        times: 1,
        strike: 'after',
        action: 'hang',
      },
    ]);
    const { run, problem } = await lab.sync();
    expect(problem).toBeUndefined();
    expect(run?.outcomes).toMatchObject({ parked: 0, applied: run?.plan?.changes });
    await expectAllRight();
  }, 120_000);
});
