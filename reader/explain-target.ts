/** One person at one target: desired, actual, link, and what the planner would do, all from the mirror. */
import type { TargetConfig } from '../config/config.ts';
import { type AccountAttributes, accountAttributes, sameValue } from '../domain/account.ts';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { PersonFacts } from '../domain/person-facts.ts';
import { type PersonPlan, planPerson } from '../domain/plan-person.ts';
import { ownFacts, wholeFacts } from '../store/person-facts.ts';
import { rowsOfPeople } from '../store/planning-reads.ts';
import { changeToRow } from '../store/plans.ts';
import { lastChangesOf, linkOf, type MirroredPerson, namesOf } from '../store/reading-people.ts';
import type { AttributeComparison, GroupComparison, TargetExplanation } from './api.ts';
import { desiredView, groupRefs, scopeView } from './decision-views.ts';
import type { ReaderDependencies } from './dependencies.ts';
import { type TargetPolicy, targetPolicy } from './target-policy.ts';
import { changeView, findingView, idsOfChanges, idsOfFindings, plannedChange } from './views.ts';

export interface Explained {
  readonly id: OktaUserId;
  readonly mirrored: MirroredPerson | undefined;
  readonly live: Person | undefined;
  /** Then nothing may be claimed about the next sync. */
  readonly hasChangedSince: boolean;
}

const lastChangesShown = 10;

export async function explainTarget(
  { store }: Pick<ReaderDependencies, 'store'>,
  target: TargetConfig,
  who: Explained,
): Promise<TargetExplanation> {
  const { name } = target.settings;
  const nothing = { target: name, attributes: [], groups: [], lastChanges: [] };
  const ready = await targetPolicy(store, target);
  if ('problem' in ready) return { ...nothing, problem: ready.problem };
  if (!ready.readAt)
    return { ...nothing, problem: 'not read yet: `lockstep plan` reads both sides without changing anything' };
  const facts = await factsOf({ store }, ready, who);
  if (!facts) return { ...nothing, readAt: ready.readAt.toISOString(), problem: whyUnknown(who) };
  const plan = planPerson(facts, ready.policy);
  const link = await linkOf(store, name, who.id);
  return {
    target: name,
    readAt: ready.readAt.toISOString(),
    ...(facts.person ? { scope: scopeView(ready.whole, facts.person, facts.standing, ready.groupNames) } : {}),
    desired: desiredView(plan.desired),
    ...(link ? { link: { account: link.account_id, origin: link.origin, since: link.created_at.toISOString() } } : {}),
    ...(facts.account ? { account: accountView(facts.account) } : {}),
    attributes: compareAttributes(plan, facts),
    groups: compareGroups(plan, facts, ready),
    ...(who.hasChangedSince ? {} : await plannedViews({ store }, name, plan)),
    lastChanges: await lastChanges({ store }, name, who.id),
  };
}

const whyUnknown = ({ mirrored, live }: Explained): string => {
  if (mirrored) return 'Okta no longer shows this person, and no account is linked here';
  return live ? 'new at Okta since it was last read: the next sync plans them' : 'nothing is known of this person here';
};

async function factsOf(
  { store }: Pick<ReaderDependencies, 'store'>,
  { policy, managed }: TargetPolicy,
  { id }: Explained,
): Promise<PersonFacts | undefined> {
  const rows = await rowsOfPeople(store, policy.settings.name, [id]);
  const [facts] = await wholeFacts(store, policy, managed, await ownFacts(store, policy, rows));
  return facts;
}

const accountView = ({ id, isActive, externalId }: NonNullable<PersonFacts['account']>) => ({
  id,
  isActive,
  ...(externalId === undefined ? {} : { externalId }),
});

function compareAttributes({ desired }: PersonPlan, { account }: PersonFacts): AttributeComparison[] {
  const wanted: AccountAttributes = desired.state === 'active' ? desired.attributes : {};
  const actual: AccountAttributes = account?.attributes ?? {};
  return accountAttributes
    .filter((attribute) => wanted[attribute] || actual[attribute])
    .map((attribute) => {
      const wish = wanted[attribute];
      return {
        attribute,
        actual: actual[attribute] ?? '',
        ...(wish === undefined ? {} : { desired: wish }),
        isSame: wish === undefined || sameValue(attribute, wish, actual[attribute]),
      };
    });
}

function compareGroups({ desired }: PersonPlan, facts: PersonFacts, { groupNames }: TargetPolicy): GroupComparison[] {
  const wanted: ReadonlySet<OktaGroupId> = desired.state === 'active' ? desired.groups : new Set();
  return groupRefs(wanted.union(facts.memberships), groupNames).map((group) => ({
    group,
    isDesired: wanted.has(group.id as OktaGroupId),
    isMember: facts.memberships.has(group.id as OktaGroupId),
  }));
}

async function plannedViews({ store }: Pick<ReaderDependencies, 'store'>, target: string, plan: PersonPlan) {
  const changes = plan.changes.map((change, seq) => changeToRow(change, seq));
  const findings = plan.findings.map(({ code, person, group, subjects = [] }) => ({
    code,
    person_id: person ?? null,
    group_id: group ?? null,
    subjects,
  }));
  const [ofChanges, ofFindings] = [idsOfChanges(changes), idsOfFindings(findings)];
  const names = await namesOf(store, target, {
    people: [...ofChanges.people, ...ofFindings.people],
    groups: [...ofChanges.groups, ...ofFindings.groups],
    targetGroups: [...ofChanges.targetGroups, ...ofFindings.targetGroups],
    accounts: [...ofChanges.accounts, ...ofFindings.accounts],
  });
  return {
    changes: changes.map((change) => changeView(change, names)),
    findings: findings.map((finding) => findingView(finding, names)),
  };
}

async function lastChanges({ store }: Pick<ReaderDependencies, 'store'>, target: string, id: OktaUserId) {
  const rows = await lastChangesOf(store, target, id, lastChangesShown);
  const names = await namesOf(store, target, idsOfChanges(rows));
  return rows.map((row) => ({ planId: row.plan_id, ...plannedChange(row, names) }));
}
