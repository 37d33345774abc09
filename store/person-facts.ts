/** Completes a page of people from the mirror to the facts that the planner decides on. */
import { desiredOf } from '../domain/desired.ts';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { PersonFacts } from '../domain/person-facts.ts';
import type { Policy } from '../domain/policy.ts';
import type { Store } from './connect.ts';
import {
  assignmentsOfPeople,
  groupsOfPeople,
  type ManagedGroups,
  membershipsOfAccounts,
  type PersonRow,
} from './planning-reads.ts';
import { candidatesFor, rivalsFor, type WantedNames, wantersOf } from './wanted-names.ts';

const none: ReadonlySet<never> = new Set();

/** Facts without what other people and accounts have to say: enough to tell what is desired. */
export async function ownFacts(store: Store, policy: Policy, rows: readonly PersonRow[]): Promise<PersonFacts[]> {
  const ids = rows.map(({ id }) => id);
  const groups = await groupsOfPeople(store, ids, [...relevantGroups(policy)]);
  const assignments =
    policy.scope.by === 'app'
      ? await assignmentsOfPeople(store, ids, policy.scope.appId)
      : new Map<OktaUserId, never>();
  return rows.map((row) => {
    const assignment = assignments.get(row.id);
    return {
      ...row,
      standing: { groups: groups.get(row.id) ?? none, ...(assignment ? { assignment } : {}) },
      candidates: [],
      rivals: [],
      memberships: none,
    };
  });
}

/** Okta groups that being in, or not being in, means something here. */
export function relevantGroups(policy: Policy): ReadonlySet<OktaGroupId> {
  const parts = new Set([...policy.managedGroups].flatMap((group) => policy.partsOf(group)));
  return policy.scope.by === 'groups' ? parts.union(policy.scope.groups) : parts;
}

/** Adds candidates, rivals and memberships. `desired_name` must be current for the target. */
export async function wholeFacts(
  store: Store,
  policy: Policy,
  managed: ManagedGroups,
  facts: readonly PersonFacts[],
): Promise<PersonFacts[]> {
  const { name } = policy.settings;
  const wanted = facts.flatMap((one) => namesToLookFor(one, policy) ?? []);
  const candidates = await candidatesFor(store, name, wanted);
  const rivals = await rivalsFor(
    store,
    name,
    facts.flatMap((one) => desiredNames(one, policy) ?? []),
  );
  const candidateIds = [...candidates.values()].flat().map(({ account }) => account.id);
  const accounts = [...facts.flatMap(({ account }) => account?.id ?? []), ...candidateIds];
  const wanters = await wantersOf(store, name, candidateIds);
  const memberships = await membershipsOfAccounts(store, name, accounts, managed);
  return facts.map((one) => ({
    ...one,
    candidates: (candidates.get(one.id) ?? []).map((candidate) => ({
      ...candidate,
      wantedBy: [...(wanters.get(candidate.account.id) ?? none)].filter((other) => other !== one.id),
      memberships: memberships.get(candidate.account.id) ?? none,
    })),
    rivals: [...(rivals.get(one.id) ?? [])],
    memberships: (one.account && memberships.get(one.account.id)) ?? none,
  }));
}

/** The names that a person should have at the target; nothing for those who should have no account. */
export function desiredNames(facts: PersonFacts, policy: Policy): WantedNames | undefined {
  const desired = desiredOf(facts, policy);
  if (desired.state !== 'active') return undefined;
  return { person: facts.id, userName: desired.attributes.userName, email: desired.attributes.email };
}

/** Whom to look for: also the accounts of people who left without ever having been linked. */
function namesToLookFor(facts: PersonFacts, policy: Policy): WantedNames | undefined {
  const wanted = desiredNames(facts, policy);
  if (wanted || !facts.person || facts.link !== undefined) return wanted;
  return { person: facts.id, userName: facts.person.login, email: facts.person.email };
}
