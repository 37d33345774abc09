/**
 * People of every Okta status, in and out of scope: what a first load gives them, and what becomes of those who have
 * an account when they move there. The tables are written by hand from the policy.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { whereWordsAre } from '../support/kept-words.ts';
import { fullSync } from '../support/requests.ts';
import { type BothSides, scopeGroup, startBothSides } from './both-sides.ts';
import { personalWords } from './personal-words.ts';

type Standing = 'no account' | 'active' | 'inactive';
type Table = Record<string, { inScope: Standing; outOfScope: Standing }>;

const share = 0.07;
const statuses = {
  STAGED: share,
  PROVISIONED: share,
  RECOVERY: share,
  PASSWORD_EXPIRED: share,
  LOCKED_OUT: share,
  SUSPENDED: share,
  DEPROVISIONED: share,
};
const everyStatus = ['ACTIVE', ...Object.keys(statuses)];

let both: BothSides;
let scopeId: string;

beforeAll(async () => {
  both = await startBothSides({ people: 60, groups: 4, seed: 7, statuses, usersShare: 1 });
  scopeId = await both.groupId(scopeGroup);
  // Everybody is in scope; of each status the first is taken out.
  const byStatus = Map.groupBy(await both.okta.users(), ({ status }) => status);
  expect([...byStatus.keys()].sort()).toEqual([...everyStatus].sort());
  for (const [first] of byStatus.values()) await both.okta.leave(scopeId, String(first?.id));
}, 120_000);
afterAll(() => both?.system.stop());

/** What each has at the directory, by Okta id; an account that is there twice is not hidden. */
async function standings(): Promise<(person: string) => string> {
  const accounts = Map.groupBy(await both.scim.accounts(), ({ externalId }) => externalId);
  return (person) =>
    (accounts.get(person) ?? []).map(({ active }) => (active ? 'active' : 'inactive')).join(' and ') || 'no account';
}

describe('people of each Okta status, in and out of scope', () => {
  it('have an account after the first load, or none', async () => {
    const table: Table = {
      ACTIVE: { inScope: 'active', outOfScope: 'no account' },
      PASSWORD_EXPIRED: { inScope: 'active', outOfScope: 'no account' },
      LOCKED_OUT: { inScope: 'active', outOfScope: 'no account' },
      RECOVERY: { inScope: 'active', outOfScope: 'no account' },
      PROVISIONED: { inScope: 'active', outOfScope: 'no account' },
      STAGED: { inScope: 'no account', outOfScope: 'no account' },
      SUSPENDED: { inScope: 'no account', outOfScope: 'no account' },
      DEPROVISIONED: { inScope: 'no account', outOfScope: 'no account' },
    };
    await fullSync(both.system);

    const scope = new Set(await both.okta.members(scopeId));
    const standingOf = await standings();
    const seen: Record<string, Record<string, string>> = {};
    for (const { id, status } of await both.okta.users()) {
      const column = scope.has(id) ? 'inScope' : 'outOfScope';
      expect(standingOf(id), `${id}, ${status} ${column}`).toBe(table[status]?.[column]);
      seen[status] = { ...seen[status], [column]: standingOf(id) };
    }
    expect(seen).toEqual(table);
    expect(await both.compare()).toEqual([]);
  });

  it('keep or lose the account that they have when they move there', async () => {
    const table: Table = {
      ACTIVE: { inScope: 'active', outOfScope: 'inactive' },
      PASSWORD_EXPIRED: { inScope: 'active', outOfScope: 'inactive' },
      LOCKED_OUT: { inScope: 'active', outOfScope: 'inactive' },
      RECOVERY: { inScope: 'active', outOfScope: 'inactive' },
      PROVISIONED: { inScope: 'active', outOfScope: 'inactive' },
      STAGED: { inScope: 'inactive', outOfScope: 'inactive' },
      SUSPENDED: { inScope: 'inactive', outOfScope: 'inactive' },
      DEPROVISIONED: { inScope: 'inactive', outOfScope: 'inactive' },
      deleted: { inScope: 'inactive', outOfScope: 'inactive' },
    };
    const moved = await moveLinkedPeople(Object.keys(table));
    const { runs } = await fullSync(both.system);

    const standingOf = await standings();
    expect(moved.map(({ status, column, id }) => `${status} ${column}: ${standingOf(id)}`)).toEqual(
      moved.map(({ status, column }) => `${status} ${column}: ${table[status]?.[column]}`),
    );
    expect(await both.compare()).toEqual([]);
    // Nine out of scope, and four in scope who may not have access.
    expect(runs.get('cloud')).toMatchObject({ outcomes: { parked: 0, stale: 0 }, plan: { attention: 0 } });
    expect((await both.scim.accounts()).filter(({ active }) => !active)).toHaveLength(13);
  });

  it('get the same account back when they return', async () => {
    const before = new Map((await both.scim.accounts()).map(({ id, externalId }) => [externalId, id]));
    const gone = (await both.okta.users()).filter(({ id, status }) => before.has(id) && comeBack[status]);
    expect(new Set(gone.map(({ status }) => status))).toEqual(new Set(Object.keys(comeBack)));
    for (const { id, status } of gone) await both.okta.lifecycle(id, String(comeBack[status]));
    for (const id of before.keys()) if (await isAtOkta(String(id))) await both.okta.join(scopeId, String(id));
    await fullSync(both.system);

    const accounts = (await both.scim.accounts()).filter(({ externalId }) => before.has(externalId));
    expect(new Map(accounts.map(({ id, externalId }) => [externalId, id]))).toEqual(before);
    const standingOf = await standings();
    for (const id of before.keys())
      expect(standingOf(String(id)), id).toBe((await isAtOkta(String(id))) ? 'active' : 'inactive');
    expect(await both.compare()).toEqual([]);
  });

  it('are named in no workflow history and no line of the log', async () => {
    const words = personalWords((await both.okta.users()).map(({ profile }) => profile));
    expect(await whereWordsAre(both, words)).toEqual([]);
  });
});

/** The step that ends a status in which nobody may have access. */
const comeBack: Record<string, string> = { STAGED: 'activate', SUSPENDED: 'unsuspend', DEPROVISIONED: 'activate' };

const isAtOkta = async (id: string): Promise<boolean> => (await both.okta.users()).some((user) => user.id === id);

/** Two people who have an account for each status: one stays in scope, one leaves it. */
async function moveLinkedPeople(to: readonly string[]) {
  const standingOf = await standings();
  const linked = (await both.okta.users()).filter(
    ({ id, status }) => status === 'ACTIVE' && standingOf(id) === 'active',
  );
  const moves = to.flatMap((status) => (['inScope', 'outOfScope'] as const).map((column) => ({ status, column })));
  expect(linked.length).toBeGreaterThanOrEqual(moves.length);
  const moved = moves.map((move, at) => ({ ...move, id: String(linked[at]?.id) }));
  for (const { id, status, column } of moved) {
    if (column === 'outOfScope') await both.okta.leave(scopeId, id);
    await bring(id, status);
  }
  return moved;
}

async function bring(id: string, status: string): Promise<void> {
  const { okta, system } = both;
  switch (status) {
    case 'ACTIVE':
      return;
    case 'SUSPENDED':
      await okta.lifecycle(id, 'suspend');
      return;
    case 'DEPROVISIONED':
      await okta.lifecycle(id, 'deactivate');
      return;
    case 'deleted':
      await okta.lifecycle(id, 'deactivate');
      await okta.deleteUser(id);
      return;
    case 'PROVISIONED':
      await setStatus(id, 'RECOVERY');
      await okta.lifecycle(id, 'reactivate');
      return;
    case 'STAGED': {
      // No call of Okta's API leads back here, so the simulator's state is changed.
      const org = structuredClone(system.sandbox.okta.vendor.dump()) as SavedOrg;
      const users = org.users.map((user) =>
        user.id === id ? { ...user, status, lastUpdated: new Date().toISOString() } : user,
      );
      system.sandbox.okta.vendor.restore({ ...org, users });
      return;
    }
    default:
      await setStatus(id, status);
  }
}

/** What a person or a policy brings about, and no call of Okta's API. */
async function setStatus(id: string, status: string): Promise<void> {
  const url = `${both.system.sandbox.control.origin}/okta/users/${id}/status`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ status }) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
}
