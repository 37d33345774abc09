/** People who change while a run is under way are found by a delta of Okta and planned again, and nobody else is. */
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observeChanges } from '../../activities/observe-changes.ts';
import { clearMarksBefore, markedPeople, markStale } from '../../store/changed-people.ts';
import { pageOfPeople } from '../../store/planning-reads.ts';
import { type InProcess, startInProcess } from '../activities/in-process.ts';
import type { TargetInFile } from '../support/lockstep-yaml.ts';

let lab: InProcess;
let run: { planId: string; runId: string };
afterEach(() => lab?.stop());

async function start(scope?: TargetInFile['scope']): Promise<void> {
  lab = await startInProcess({ people: 40, groups: 5, seed: 95 }, scope);
  run = await lab.sync();
}

const observe = (since = 'lastReading') => lab.run(() => observeChanges(lab.deps, { since, targets: ['cloud'] }));
const marked = (): Promise<string[]> => markedPeople(lab.deps.store, ['cloud'], 1_000);
const asked = (from: number) => lab.sandbox.okta.requests.since(from).map(({ method, route }) => `${method} ${route}`);
const statusOf = async (id: string) =>
  (
    await lab.deps.store
      .selectFrom('okta_user')
      .select('status')
      .where('id', '=', id as never)
      .executeTakeFirst()
  )?.status;

const linkedPeople = async (): Promise<string[]> => {
  const rows = await lab.deps.store.selectFrom('person_link').select('person_id').orderBy('person_id').execute();
  return rows.map(({ person_id }) => person_id);
};

/** Somebody with an account, and a kept group that they are in. */
async function someMember(): Promise<{ person: string; group: string }> {
  const kept = (await lab.okta.groups()).filter(
    ({ profile: { name } }) => /.+-.+/.test(name) && name !== 'atlassian-users',
  );
  const ours = new Set(await linkedPeople());
  for (const { id } of kept) {
    const person = (await lab.okta.members(id)).find((member) => ours.has(member));
    if (person !== undefined) return { person, group: id };
  }
  throw new Error('nobody is in a kept group');
}

describe('a delta of Okta', () => {
  beforeEach(() => start());

  it('costs two requests when nothing changed, and marks nobody', async () => {
    const from = lab.sandbox.okta.requests.last;
    expect(await observe()).toEqual({ people: 0, groups: 0, groupsRead: 0, changed: 0, marked: {} });
    expect(asked(from)).toHaveLength(2);
  });

  it('finds who changed, at Okta and in the groups that matter, and no one else', async () => {
    const { person: leaver, group } = await someMember();
    const suspended = (await linkedPeople()).find((id) => id !== leaver) ?? '';
    await lab.okta.lifecycle(suspended, 'suspend');
    await lab.okta.leave(group, leaver);
    const made = await lab.okta.createUser(
      { login: 'new.joiner@example.com', email: 'new.joiner@example.com', firstName: 'New', lastName: 'Joiner' },
      { password: 'Correct-horse-1', groupIds: [group] },
    );

    const changes = await observe();
    expect(changes).toMatchObject({ groupsRead: 1, changed: 3, marked: { cloud: 3 } });
    expect(await marked()).toEqual([leaver, suspended, made.id].toSorted());
    const rows = await pageOfPeople(lab.deps.store, 'cloud', undefined, 100, 'changed');
    expect(rows.map(({ id }) => id)).toEqual([leaver, suspended, made.id].toSorted());
  });

  it('marks nobody again who is listed again only because deltas overlap', async () => {
    const { person, group } = await someMember();
    await lab.okta.lifecycle(person, 'suspend');
    await lab.okta.leave(group, person);
    await observe();
    await lab.deps.store.deleteFrom('changed_person').execute();
    expect(await observe()).toMatchObject({ people: 1, groupsRead: 1, changed: 0, marked: {} });
  });

  it('takes nobody for gone whom it does not list', async () => {
    const { person } = await someMember();
    await lab.okta.lifecycle(person, 'deactivate');
    await lab.okta.deleteUser(person);
    await observe();
    const missing = await lab.deps.store.selectFrom('okta_user').select('id').where('is_missing', '=', true).execute();
    expect(missing).toEqual([]);
  });

  it('takes nobody out of a group whose members do not add up', async () => {
    const { person, group } = await someMember();
    const before = await lab.okta.members(group);
    await lab.okta.leave(group, person);
    lab.sandbox.okta.faults.set([
      { id: 'half', match: { path: `/api/v1/groups/${group}/users` }, action: 'empty-list' },
    ]);
    expect(await observe()).toMatchObject({ changed: 0 });
    expect(lab.sandbox.okta.faults.fired('half')).toBeGreaterThan(0);
    const mirrored = await lab.deps.store
      .selectFrom('okta_membership')
      .select('user_id')
      .where('group_id', '=', group as never)
      .execute();
    expect(mirrored.map(({ user_id }) => user_id).toSorted()).toEqual(before.toSorted());
  });

  it('that died before the mirror took it over tells the same again', async () => {
    const { person } = await someMember();
    await lab.okta.lifecycle(person, 'suspend');
    const { store } = lab.deps;
    // The mirror takes nothing over, as when the process ends just before.
    await sql`alter table okta_user add constraint frozen check (status <> 'SUSPENDED') not valid`.execute(store);
    await expect(observe()).rejects.toThrow(/frozen/);
    await sql`alter table okta_user drop constraint frozen`.execute(store);
    await store.deleteFrom('changed_person').execute();
    expect(await observe()).toMatchObject({ marked: { cloud: 1 } });
    expect(await statusOf(person)).toBe('SUSPENDED');
  });

  it('makes stale what was planned of those who changed', async () => {
    const { person } = await someMember();
    await lab.okta.lifecycle(person, 'suspend');
    await observe();
    const versions = await lab.deps.store.selectFrom('subject').select(['person_id', 'version']).execute();
    expect(versions).toEqual([{ person_id: person, version: '1' }]);
  });
});

describe('marks', () => {
  beforeEach(() => start());

  it('from before a plan are cleared once it is made, those from after it stay', async () => {
    const { person } = await someMember();
    await lab.okta.lifecycle(person, 'suspend');
    await observe();
    const next = await lab.sync();
    const other = (await lab.okta.users()).map(({ id }) => id).find((id) => id !== person) ?? '';
    await lab.deps.store
      .insertInto('changed_person')
      .values({ target: 'cloud', person_id: other as never, why: 'person-changed' })
      .execute();
    await clearMarksBefore(lab.deps.store, next.planId);
    expect(await marked()).toEqual([other]);
  });

  it('are put on those of whom a change was stale', async () => {
    const { person } = await someMember();
    await lab.deps.store
      .updateTable('change')
      .set({ outcome: 'stale' })
      .where('plan_id', '=', run.planId)
      .where('person_id', '=', person as never)
      .execute();
    expect(await markStale(lab.deps.store, run.planId)).toBe(1);
    expect(await marked()).toEqual([person]);
  });
});

describe('where an app decides the scope', () => {
  it('assignments of those who changed are read again, and one that is gone is dropped', async () => {
    await start({ app: '{app}' });
    const [assigned] = await lab.deps.store.selectFrom('okta_assignment').selectAll().execute();
    expect(assigned).toBeDefined();
    await lab.okta.updateUser(assigned?.user_id ?? '', { title: 'Somebody else' });
    await lab.okta.leave((await scopeGroupId()) ?? '', assigned?.user_id ?? '');
    expect(await observe()).toMatchObject({ changed: 1 });
    const left = await lab.deps.store
      .selectFrom('okta_assignment')
      .select('user_id')
      .where('user_id', '=', assigned?.user_id as never)
      .execute();
    expect(left).toEqual([]);
  });
});

const scopeGroupId = async () =>
  (await lab.okta.groups()).find(({ profile }) => profile.name === 'atlassian-users')?.id;
