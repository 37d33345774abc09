/** Which groups give power: those that are linked to one, and before a plan is carried out those that it makes one. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectStore, type Store } from '../../store/connect.ts';
import { privilegedGroups } from '../../store/privileged-groups.ts';
import { groupId, noGroup, someSettings, targetGroupId } from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';
import { storePlan } from '../support/stored-plan.ts';

const target = 'cloud';
const ids = [targetGroupId('t-by-id')];
const settings = someSettings({ privilegedGroups: { ids, patterns: ['admins.*'] } });
const [byName, byId, ordinary] = [groupId('00g1'), groupId('00g2'), groupId('00g3')];
const [created, adopted, renamed, other] = [groupId('00g4'), groupId('00g5'), groupId('00g6'), groupId('00g7')];

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 2 });
  const linked = [
    { group_id: byName, id: targetGroupId('t-by-name'), name: 'Admins' },
    { group_id: byId, id: targetGroupId('t-by-id'), name: 'Whatever' },
    { group_id: ordinary, id: targetGroupId('t-ordinary'), name: 'Staff' },
  ];
  const links = linked.map(({ group_id, id }) => ({ group_id, target_group_id: id }));
  await store
    .insertInto('target_group')
    .values(linked.map(({ id, name }) => ({ target, id, name, snapshot: '1' })))
    .execute();
  await store
    .insertInto('group_link')
    .values(links.map((link) => ({ ...link, target, origin: 'created' as const })))
    .execute();
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});

it('are told by the id or the name of the group at the target, and with a plan by what it makes of groups', async () => {
  const planId = await storePlan(store, [
    { kind: 'create-group', group_id: created, after: { name: 'Admins of Jira' } },
    { kind: 'link-group', group_id: adopted, target_group_id: targetGroupId('t-by-id'), after: { name: 'Other' } },
    { kind: 'rename-group', group_id: renamed, target_group_id: targetGroupId('t-7'), after: { name: 'admins-2' } },
    { kind: 'create-group', group_id: other, after: { name: 'Staff 2' } },
  ]);
  expect(await privilegedGroups(store, settings)).toEqual([byName, byId]);
  expect(await privilegedGroups(store, settings, planId)).toEqual([byName, byId, created, adopted, renamed]);
  expect(await privilegedGroups(store, someSettings({ privilegedGroups: noGroup }), planId)).toEqual([]);
});
