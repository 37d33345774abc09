/**
 * The whole pipeline on real parts: an org of 300 people and 30 groups goes over, changes of every kind follow, and
 * a run with nothing to do writes nothing. Both sides are compared by an oracle of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OktaApi, oktaApi } from '../support/okta-api.ts';
import { differences } from '../support/oracle.ts';
import { fullSync } from '../support/requests.ts';
import { scimApi } from '../support/scim-api.ts';
import { type System, startSystem, testSecrets } from '../support/system.ts';

const statuses = {
  STAGED: 0.02,
  PROVISIONED: 0.02,
  RECOVERY: 0.02,
  PASSWORD_EXPIRED: 0.02,
  LOCKED_OUT: 0.02,
  SUSPENDED: 0.02,
  DEPROVISIONED: 0.02,
};
const scopeGroup = 'atlassian-users';
const isKeptGroup = (name: string): boolean => /^.+-.+$/.test(name) && name !== scopeGroup;

let system: System;
let okta: OktaApi;
let scim: ReturnType<typeof scimApi>;
let groupIds: Map<string, string>;
const keptNames: Record<string, string> = {};
const everybodyEverSeen: { id: string; profile: Record<string, string | null | undefined> }[] = [];

const compare = () => differences(okta, scim, { scopeGroup, isKeptGroup, keptNames });
const group = (name: string): string => groupIds.get(name) ?? `no group ${name}`;
const writesSince = (n: number) => system.sandbox.cloud.requests.since(n).filter(({ method }) => method !== 'GET');
const lastRequest = (): number => system.sandbox.cloud.requests.last;

beforeAll(async () => {
  system = await startSystem({ seed: { people: 300, groups: 30, seed: 7, statuses }, reader: false });
  okta = oktaApi(system.sandbox.okta.origin, testSecrets.OKTA_API_TOKEN);
  scim = scimApi(`${system.sandbox.cloud.origin}/scim/directory/sandbox-directory`, testSecrets.ATLASSIAN_SCIM_API_KEY);
  groupIds = new Map((await okta.groups()).map(({ id, profile }) => [profile.name, id]));
  await putEveryStatusInAndOutOfScope();
}, 180_000);
afterAll(() => system?.stop());

/** Of each status the first person is put into scope and the second out of it. */
async function putEveryStatusInAndOutOfScope(): Promise<void> {
  const byStatus = Map.groupBy(await okta.users(), ({ status }) => status);
  expect([...byStatus.keys()].sort()).toEqual(['ACTIVE', ...Object.keys(statuses)].sort());
  for (const [inside, outside] of byStatus.values()) {
    if (!inside || !outside) throw new Error('the seed has too few people of some status');
    await okta.join(group(scopeGroup), inside.id);
    await okta.leave(group(scopeGroup), outside.id);
  }
}

describe('a full sync', () => {
  it('brings an empty directory in step, one create per account and full batches of members', async () => {
    const before = lastRequest();
    const { runs } = await fullSync(system);

    expect(await compare()).toEqual([]);
    const run = runs.get('cloud');
    expect(run).toMatchObject({ outcomes: { parked: 0, stale: 0, unchanged: 0 }, plan: { attention: 0 } });
    const writes = writesSince(before);
    const accounts = await scim.accounts();
    const groups = await scim.groups();
    const batches = groups.reduce((sum, { members = [] }) => sum + Math.ceil(members.length / 100), 0);
    expect(writes.filter(({ method, path }) => method === 'POST' && path.endsWith('/Users'))).toHaveLength(
      accounts.length,
    );
    expect(writes.filter(({ method, path }) => method === 'POST' && path.endsWith('/Groups'))).toHaveLength(
      groups.length,
    );
    expect(writes.filter(({ method }) => method === 'PATCH')).toHaveLength(batches);
    expect(writes).toHaveLength(accounts.length + groups.length + batches);
  });

  it('treats people of every Okta status, in and out of scope, as the policy says', async () => {
    // Written out from the policy: who has an active account after a first sync.
    const table: Record<string, { inScope: boolean; outOfScope: boolean }> = {
      ACTIVE: { inScope: true, outOfScope: false },
      PASSWORD_EXPIRED: { inScope: true, outOfScope: false },
      LOCKED_OUT: { inScope: true, outOfScope: false },
      RECOVERY: { inScope: true, outOfScope: false },
      PROVISIONED: { inScope: true, outOfScope: false },
      STAGED: { inScope: false, outOfScope: false },
      SUSPENDED: { inScope: false, outOfScope: false },
      DEPROVISIONED: { inScope: false, outOfScope: false },
    };
    const scope = new Set(await okta.members(group(scopeGroup)));
    const active = new Set((await scim.accounts()).flatMap(({ active, externalId }) => (active ? [externalId] : [])));
    const seen: Record<string, { inScope?: boolean; outOfScope?: boolean }> = {};
    for (const { id, status } of await okta.users()) {
      const column = scope.has(id) ? 'inScope' : 'outOfScope';
      seen[status] = { ...seen[status], [column]: active.has(id) };
      expect(active.has(id), `${status} ${column}`).toBe(table[status]?.[column]);
    }
    expect(seen).toEqual(table);
  });

  it('writes nothing when there is nothing to do', async () => {
    const before = lastRequest();
    const { runs } = await fullSync(system);

    expect(runs.get('cloud')).toMatchObject({ plan: { changes: 0 } });
    expect(writesSince(before)).toEqual([]);
  });

  it('carries over changes of every kind, and only those', async () => {
    everybodyEverSeen.push(...(await okta.users()));
    const touched = await changeEverything();
    const before = lastRequest();
    const { runs } = await fullSync(system);

    expect(await compare()).toEqual([]);
    expect(runs.get('cloud')).toMatchObject({ outcomes: { parked: 0, stale: 0 } });
    const accounts = new Map((await scim.accounts()).map(({ id, externalId }) => [id, externalId ?? '']));
    const written = writesSince(before).flatMap(({ path }) => /\/Users\/([^/]+)$/.exec(path)?.[1] ?? []);
    for (const account of written) expect(touched).toContain(accounts.get(account));
  });

  it('writes nothing after that', async () => {
    const before = lastRequest();
    const { runs } = await fullSync(system);

    expect(runs.get('cloud')).toMatchObject({ plan: { changes: 0 } });
    expect(writesSince(before)).toEqual([]);
  });
});

describe('what is kept of it', () => {
  it('no workflow history holds an e-mail address, name or login', async () => {
    everybodyEverSeen.push(...(await okta.users()));
    const words = new Set(
      everybodyEverSeen.flatMap(({ profile }) => [
        profile['email'],
        profile['login'],
        profile['displayName'],
        profile['lastName'],
      ]),
    );
    // A name as short as "Li" is part of other words; whoever bears it is found by the other marks.
    for (const word of words) if (!word || word.length < 4) words.delete(word);
    let histories = 0;
    for await (const { workflowId, runId } of system.client.workflow.list()) {
      const history = await system.client.workflow.getHandle(workflowId, runId).fetchHistory();
      const text = textOf(history);
      for (const word of words) expect(text.includes(String(word)), `${workflowId} holds "${word}"`).toBe(false);
      histories += 1;
    }
    expect(histories).toBeGreaterThanOrEqual(8);
    // The check can fail: a history that does hold one of the words is noticed.
    expect(textOf({ events: [{ details: Buffer.from(`x ${[...words][0]} y`) }] })).toContain([...words][0]);
  });

  it('the worker logs none of them either', () => {
    const log = system.worker.log();
    for (const { profile } of everybodyEverSeen) expect(log).not.toContain(profile['email']);
  });

  it('every change has one audit row', async () => {
    const { rows } = await counts();
    expect(rows.changes).toBe(rows.audited);
    expect(Number(rows.changes)).toBeGreaterThan(300);
  });
});

/** Readable text of everything in a history, payload bytes decoded. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, part) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString('utf8');
    if (part?.type === 'Buffer' && Array.isArray(part.data)) return Buffer.from(part.data).toString('utf8');
    return typeof part === 'bigint' ? String(part) : part;
  });

async function counts() {
  const changes = await system.store
    .selectFrom('change')
    .select(({ fn }) => fn.countAll<string>().as('n'))
    .where('outcome', 'is not', null)
    .executeTakeFirstOrThrow();
  const audited = await system.store
    .selectFrom('audit')
    .select(({ fn }) => fn.countAll<string>().as('n'))
    .executeTakeFirstOrThrow();
  return { rows: { changes: changes.n, audited: audited.n } };
}

/** One of each kind of change that Okta can bring; returns the people concerned. */
async function changeEverything(): Promise<string[]> {
  const scope = new Set(await okta.members(group(scopeGroup)));
  const active = (await okta.users()).filter(({ id, status }) => status === 'ACTIVE' && scope.has(id));
  const [renamed, moved, retitled, leaver, paused, unscoped, joiner, goer, deleted] = active.map(({ id }) => id);
  const kept = [...groupIds].filter(([name]) => isKeptGroup(name));
  const [joined, left, renamedGroup] = kept.map(([, id]) => id);
  if (!renamed || !moved || !retitled || !leaver || !paused || !unscoped || !joiner || !goer || !deleted)
    throw new Error('too few people');
  if (!joined || !left || !renamedGroup) throw new Error('too few groups');

  await okta.updateUser(renamed, { lastName: 'Newname', displayName: 'Somebody Newname' });
  await okta.updateUser(moved, { email: 'brand.new@example.com', login: 'brand.new@example.com' });
  await okta.updateUser(retitled, { title: 'Chief of Staff' });
  await okta.lifecycle(leaver, 'deactivate');
  await okta.lifecycle(paused, 'suspend');
  await okta.leave(group(scopeGroup), unscoped);
  await okta.join(joined, joiner);
  await okta.join(left, goer);
  const [member] = (await okta.members(left)).filter((id) => id !== goer && scope.has(id));
  if (!member) throw new Error('nobody to take out of a group');
  await okta.leave(left, member);
  await okta.lifecycle(deleted, 'deactivate');
  await okta.deleteUser(deleted);

  const fresh = await okta.createUser({
    login: 'joined.today@example.com',
    email: 'joined.today@example.com',
    firstName: 'Joined',
    lastName: 'Today',
  });
  await okta.join(group(scopeGroup), fresh.id);
  await okta.join(joined, fresh.id);
  const [suspended] = (await okta.users()).filter(
    ({ id, status }) => status === 'SUSPENDED' && scope.has(id) && id !== paused,
  );
  if (!suspended) throw new Error('nobody to unsuspend');
  await okta.lifecycle(suspended.id, 'unsuspend');
  const created = await okta.createGroup('night-shift');
  await okta.join(created.id, renamed);
  const [oldName] = kept.find(([, id]) => id === renamedGroup) ?? [];
  await okta.renameGroup(renamedGroup, 'renamed-team');
  keptNames['renamed-team'] = String(oldName);
  return [renamed, moved, retitled, leaver, paused, unscoped, deleted, fresh.id, suspended.id];
}
