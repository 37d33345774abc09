import { expect, test } from 'vitest';
import { linkedGroupsOnly } from '../../domain/changed-only.ts';
import { planGroups } from '../../domain/plan-groups.ts';
import { planPerson } from '../../domain/plan-person.ts';
import {
  aGroup,
  aPolicy,
  engineers,
  groupFacts,
  groupId,
  linkedFacts,
  staff,
  targetGroupId,
} from '../support/domain-builders.ts';

const sales = groupId('00g-sales');
const linked = groupFacts({ link: targetGroupId('t1'), targetGroup: { id: targetGroupId('t1'), name: 'Engineers' } });
const fresh = groupFacts({ id: sales, group: aGroup({ id: sales, name: 'Sales' }) });

test('a plan of those who changed puts nobody into a group that only a plan of everybody makes, and keeps the others', () => {
  const policy = aPolicy({ managedGroups: [engineers, sales] });
  const everything = planGroups([linked, fresh], policy);
  expect(everything.changes.map(({ kind }) => kind)).toEqual(['create-group']);

  const facts = linkedFacts({ standing: { groups: new Set([staff, engineers, sales]) } });
  const into = (planned: typeof everything) =>
    planPerson(facts, planned.policy).changes.flatMap((one) => (one.kind === 'add-member' ? one.group : []));
  expect(into(everything).toSorted()).toEqual([engineers, sales].toSorted());

  const restricted = linkedGroupsOnly(everything);
  expect(restricted).toMatchObject({ changes: [], findings: [] });
  expect(into(restricted)).toEqual([engineers]);
  expect([...restricted.managed]).toEqual([[targetGroupId('t1'), engineers]]);
});
