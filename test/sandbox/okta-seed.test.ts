import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSimulator } from '../../sandbox/kit/simulator.ts';
import { createOkta } from '../../sandbox/okta/vendor.ts';
import { startOkta } from './okta-client.ts';

const MONTHS_AGO_MS = 100 * 86_400_000;

test('the same seed gives the same population, another one another', () => {
  const populate = (seed: number) => {
    const vendor = createOkta({ apiToken: 't' });
    vendor.seed({ people: 300, groups: 30, seed }, Date.UTC(2026, 0, 1));
    return JSON.stringify(vendor.dump());
  };
  expect(populate(1)).toBe(populate(1));
  expect(populate(1)).not.toBe(populate(2));
});

test('a population has unique people at example.com, every status, times months ago and an empty log', async () => {
  const okta = await startOkta({ people: 300, groups: 30, seed: 1 });
  const users = await okta.all(`/api/v1/users?search=${encodeURIComponent('id pr')}`);
  expect(new Set(users.map((user) => String(user.profile?.login))).size).toBe(300);
  expect(new Set(users.map((user) => String(user.profile?.displayName))).size).toBe(300);
  const byStatus = Object.groupBy(users, (user) => String(user.status));
  expect(Object.keys(byStatus).sort()).toEqual(
    [
      'ACTIVE',
      'DEPROVISIONED',
      'LOCKED_OUT',
      'PASSWORD_EXPIRED',
      'PROVISIONED',
      'RECOVERY',
      'STAGED',
      'SUSPENDED',
    ].sort(),
  );
  for (const user of users) {
    expect(user.profile?.login).toMatch(/^[a-z.-]+@example\.com$/);
    expect(String(user.id)).toMatch(/^00u\w{17}$/);
    expect(Date.parse(String(user.lastUpdated))).toBeLessThan(okta.sim.now() - MONTHS_AGO_MS);
  }
  const groups = await okta.all('/api/v1/groups?expand=stats');
  expect(groups).toHaveLength(31);
  for (const group of groups) {
    expect(Date.parse(String(group.lastMembershipUpdated))).toBeLessThan(okta.sim.now() - MONTHS_AGO_MS);
  }
  const everybody = groups.find((group) => String(group.profile?.name) === 'atlassian-users');
  const share = Number(everybody?._embedded?.stats?.usersCount) / 300;
  expect(share).toBeGreaterThan(0.9);
  expect(share).toBeLessThan(0.99);
  expect((await okta.call('GET', '/api/v1/logs')).items).toEqual([]);
  await okta.close();
});

test('logins stay unique in a large population', () => {
  const vendor = createOkta({ apiToken: 't' });
  vendor.seed({ people: 30_000, groups: 2, seed: 1 }, Date.now());
  const { users } = vendor.dump() as { users: { profile: { login: string } }[] };
  expect(new Set(users.map((user) => user.profile.login)).size).toBe(30_000);
});

test.each([
  [{ people: -1 }, 'people'],
  [{ groups: 0 }, 'groups'],
  [{ persons: 3 }, 'persons'],
  [{ statuses: { GONE: 0.1 } }, 'statuses.GONE'],
  [{ statuses: { STAGED: 2 } }, 'statuses.STAGED'],
  [{ apps: [{ label: 'x', groups: ['none'] }] }, 'apps: x'],
])('a bad option %j is named', (options, where) => {
  const seed = () => createOkta({ apiToken: 't' }).seed(options, Date.now());
  expect(seed).toThrow(expect.objectContaining({ name: 'SandboxError', where }));
});

test('ids, members, apps and events outlive a restart, and new ids do not clash with old ones', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'okta-')), 'okta.json');
  const start = () => startSimulator(createOkta({ apiToken: 't' }), { secret: 's', stateFile });
  const headers = { authorization: 'SSWS t', 'content-type': 'application/json' };
  const first = await start();
  await first.seed({ people: 30, groups: 4 });
  const body = JSON.stringify({ profile: { name: 'Kept' } });
  await fetch(`${first.origin}/api/v1/groups`, { method: 'POST', headers, body });
  const before = first.vendor.dump();
  await first.close();
  const second = await start();
  expect(second.vendor.dump()).toEqual(before);
  const answer = await fetch(`${second.origin}/api/v1/groups`, {
    method: 'POST',
    headers,
    body: body.replace('Kept', 'New'),
  });
  const known = JSON.stringify(before);
  expect(known).not.toContain(((await answer.json()) as { id: string }).id);
  await second.close();
});
