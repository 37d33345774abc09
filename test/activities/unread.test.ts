/** News that came while Okta could not be read, over a simulated Okta: it stays until each was read by id, however long. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { markNews } from '../../activities/mark-news.ts';
import { observeChanges } from '../../activities/observe-changes.ts';
import { observePerson } from '../../activities/observe-person.ts';
import { observeSource } from '../../activities/observe-source.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { clearMarksBefore } from '../../store/changed-people.ts';
import { testSecrets } from '../support/system.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let lab: InProcess;
let active: string[] = [];
beforeAll(async () => {
  const apps = [{ label: 'Another app', groups: [] }];
  lab = await startInProcess({ people: 20, groups: 4, seed: 43, apps }, { app: '{app}' });
  await lab.sync();
  active = users().flatMap(({ id, status }) => (status === 'ACTIVE' ? [id] : []));
}, 60_000);
afterAll(() => lab?.stop());
beforeEach(async () => {
  await lab.deps.store.deleteFrom('changed_person').execute();
  lab.sandbox.okta.faults.clear();
});

const users = () => (lab.sandbox.okta.vendor.dump() as SavedOrg).users;
const somebody = (): string => active.pop() ?? '';
const readChanges = () => lab.run(() => observeChanges(lab.deps, { since: 'lastReading', targets: ['cloud'] }));
const mark = (...people: string[]) => markNews(lab.deps, { people, isUnread: true });
const marks = async () => {
  const rows = await lab.deps.store.selectFrom('changed_person').selectAll().orderBy('person_id').execute();
  return rows.map(({ person_id, unread_since }) => ({ person: String(person_id), isUnread: unread_since !== null }));
};
const mirrored = async (person: string) =>
  lab.deps.store
    .selectFrom('okta_user')
    .select(['status', 'is_missing', 'is_deleted'])
    .where('id', '=', person as OktaUserId)
    .executeTakeFirst();
/** A plan of everybody that begins now and is made. */
async function planEverybody(): Promise<void> {
  const { store } = lab.deps;
  const planId = randomUUID();
  await sql`
    insert into plan (id, target, run_id, configuration, source_snapshot, target_snapshot, counts)
    select ${planId}, target, run_id, configuration, source_snapshot, target_snapshot, counts from plan limit 1`.execute(
    store,
  );
  await clearMarksBefore(store, planId);
}

describe('whoever could not be read when there was news of them', () => {
  it('and was deleted at Okta meanwhile, which no list tells, is known to be gone by the next reading of changes', async () => {
    const ada = somebody();
    await lab.okta.lifecycle(ada, 'deactivate');
    await lab.okta.deleteUser(ada);
    await readChanges();
    expect(await mirrored(ada)).toMatchObject({ status: 'ACTIVE', is_deleted: false });
    await mark(ada);
    expect(await readChanges()).toMatchObject({ changed: 1, marked: { cloud: 1 } });
    expect(await mirrored(ada)).toMatchObject({ is_missing: true, is_deleted: true });
    expect(await marks()).toEqual([{ person: ada, isUnread: false }]);
  });

  it('and whose assignment to the app ended has none any more, were there ever so many marked', async () => {
    const ada = somebody();
    const [app = ''] = (lab.sandbox.okta.vendor.dump() as SavedOrg).apps.map(({ app: { id } }) => id);
    const assigned = () =>
      lab.deps.store
        .selectFrom('okta_assignment')
        .select('user_id')
        .where('user_id', '=', ada as OktaUserId)
        .execute();
    expect(await assigned()).toHaveLength(1);
    const url = `${lab.sandbox.okta.origin}/api/v1/apps/${app}/users`;
    const headers = { authorization: `SSWS ${testSecrets.OKTA_API_TOKEN}`, 'content-type': 'application/json' };
    // What a group gave cannot be taken from one person alone.
    await fetch(url, { method: 'POST', headers, body: JSON.stringify({ id: ada, scope: 'USER' }) });
    expect((await fetch(`${url}/${ada}`, { method: 'DELETE', headers })).status).toBe(204);
    await markNews(lab.deps, { people: Array.from({ length: 250 }, (_, at) => `00u000000000crowd${100 + at}`) });
    await mark(ada);
    await readChanges();
    expect(await assigned()).toEqual([]);
  });

  it('stays marked through plans that are made without having read them, and through other news', async () => {
    const ada = somebody();
    await mark(ada);
    await markNews(lab.deps, { people: [ada] });
    await planEverybody();
    expect(await marks()).toEqual([{ person: ada, isUnread: true }]);
    await readChanges();
    await planEverybody();
    expect(await marks()).toEqual([]);
  });

  it.each([
    ['by an event of their own', (person: string) => lab.run(() => observePerson(lab.deps, { person }))],
    ['with everybody', () => lab.run(() => observeSource(lab.deps))],
  ])('is marked like others once they were read %s', async (_, read) => {
    const ada = somebody();
    await mark(ada);
    await sql`update changed_person set unread_since = unread_since - interval '1 hour'`.execute(lab.deps.store);
    await read(ada);
    expect(await marks()).toEqual([{ person: ada, isUnread: false }]);
  });

  it('and are very many are read two hundred at a time, and others each time', async () => {
    await mark(...Array.from({ length: 250 }, (_, at) => `00u000000000crowd${100 + at}`));
    const unread = async () => (await marks()).filter(({ isUnread }) => isUnread).length;
    await readChanges();
    expect(await unread()).toBe(50);
    await readChanges();
    expect(await unread()).toBe(0);
  });

  it('and cannot be read now either waits for the next reading, and keeps nobody from theirs', async () => {
    const [ada, bob] = [somebody(), somebody()].sort() as [string, string];
    await mark(ada, bob);
    const refused = { id: 'refused', match: { path: `/api/v1/users/${ada}` }, action: { status: 403 } };
    lab.sandbox.okta.faults.set([refused]);
    await readChanges();
    expect(await marks()).toEqual([
      { person: ada, isUnread: true },
      { person: bob, isUnread: false },
    ]);
  });
});
