/** Okta fails about one person, or refuses the credential, in the middle of removals from a group. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { retryNow } from '../../store/due.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());

/** Three people who have left one and the same group at Okta, but not yet in the directory. */
let group: { name: string; leavers: string[] };
beforeEach(async () => {
  await lab.reset({ okta: { people: 30, groups: 5, seed: 51 } });
  await lab.sync();
  const { groups, members } = lab.org();
  const inScope = new Set(lab.members());
  const found = groups
    .filter(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup)
    .map(({ id, profile: { name } }) => ({ id, name, people: (members[id] ?? []).filter((one) => inScope.has(one)) }))
    .find(({ people }) => people.length >= 3);
  if (!found) throw new Error('no group is large enough');
  group = { name: found.name, leavers: found.people.slice(0, 3) };
  for (const person of group.leavers) await lab.okta.leave(found.id, person);
}, 60_000);

const stillMembers = (): string[] => {
  const members = lab.directory().groups.find(({ displayName }) => displayName === group.name)?.members ?? [];
  return group.leavers.filter((person) => members.includes(lab.scimId(person)));
};

describe('three people left a group', () => {
  it('and Okta answers 500 about one of them for ever: the other two are removed all the same', async () => {
    const [unreadable = ''] = group.leavers;
    lab.strike('okta', [
      {
        id: '500',
        match: { path: `/api/v1/users/${unreadable}($|/)` },
        action: { status: 500, body: { errorCode: 'E0000009' } },
      },
    ]);
    const { run } = await lab.sync();

    expect(lab.endFaults()).toEqual([]);
    expect(run?.outcomes).toMatchObject({ applied: 2, parked: 1 });
    expect(stillMembers()).toEqual([unreadable]);
    await retryNow(lab.system.store, {});
    await lab.sync();
    expect(await lab.differences()).toEqual([]);
  }, 120_000);

  it('and Okta answers 401 from then on: the run ends with that, and nobody is removed', async () => {
    const action = { status: 401, body: { errorCode: 'E0000011' } };
    lab.strike('okta', [
      { id: 'person', match: { path: '/api/v1/users/00u' }, action },
      { id: 'check of the credential', match: { path: '/api/v1/users\\?.*limit=1$' }, action },
    ]);
    const { run, problem } = await lab.sync();

    expect(lab.system.sandbox.okta.faults.fired('person')).toBeGreaterThan(0);
    lab.endFaults();
    expect(problem).toMatchObject({ kind: 'AccessDenied' });
    expect(run?.outcomes ?? { applied: 0, parked: 0 }).toMatchObject({ applied: 0, parked: 0 });
    expect(stillMembers()).toEqual(group.leavers);
    await lab.sync();
    expect(await lab.differences()).toEqual([]);
  }, 120_000);
});
