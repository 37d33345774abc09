import type { AccountId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import { planPerson } from '../domain/plan-person.ts';
import type { MemberRepair } from '../store/member-repairs.ts';
import { ownFacts } from '../store/person-facts.ts';
import { rowsOfPeople } from '../store/planning-reads.ts';
import type { StepContext } from './apply-context.ts';

const peopleAtATime = 1_000;

/** Of these people, linked to these accounts, those who belong into the group by the mirror, as the planner itself says. */
export async function wantedMembers(
  { deps: { store }, name, policy, groups }: StepContext,
  group: TargetGroupId,
  members: ReadonlyMap<AccountId, OktaUserId>,
): Promise<MemberRepair[]> {
  const people = [...members.values()];
  const wanted: MemberRepair[] = [];
  for (let from = 0; from < people.length; from += peopleAtATime) {
    const rows = await rowsOfPeople(store, name, people.slice(from, from + peopleAtATime));
    for (const facts of await ownFacts(store, policy, rows)) {
      if (facts.link === undefined || members.get(facts.link) !== facts.id) continue;
      for (const change of planPerson({ ...facts, memberships: new Set() }, policy).changes)
        if (change.kind === 'add-member' && groups.get(change.group) === group)
          wanted.push({ kind: change.kind, person: facts.id, group: change.group, account: facts.link });
    }
  }
  return wanted;
}
