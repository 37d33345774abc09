/**
 * Law 3: what takes something away, gives it back, or gives power is decided on a live read of the person at Okta and of the
 * account, by the same planner as the plan itself. If the change does not follow any more, it is stale.
 */

import type { Account } from '../domain/account.ts';
import { givingKinds } from '../domain/change.ts';
import { entitlementOf } from '../domain/entitlement.ts';
import { type AccountId, isOktaUserId, type OktaGroupId, type OktaUserId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import type { PersonFacts } from '../domain/person-facts.ts';
import { planPerson } from '../domain/plan-person.ts';
import type { Standing } from '../domain/policy.ts';
import { linkedAccount, linkedPerson } from '../store/links.ts';
import { allGroups } from '../store/okta-mirror.ts';
import { relevantGroups } from '../store/person-facts.ts';
import { type PersonRow, rowsOfPeople } from '../store/planning-reads.ts';
import type { ApplyContext } from './apply-context.ts';
import { FreshReads } from './fresh-reads.ts';
import { isGroupDeleted } from './group-deletion.ts';

export interface Decidable {
  readonly kind: 'deactivate-account' | 'reactivate-account' | 'remove-member' | 'add-member';
  readonly person: OktaUserId;
  readonly account: AccountId;
  readonly group?: OktaGroupId;
}

export type Verdict = 'go' | 'stale' | 'unchanged';

/** Reads live, each person and group once for a moment. */
export class LiveReads {
  readonly #context: ApplyContext;
  readonly #people = new FreshReads((id: OktaUserId) => this.#read(id));
  /** Whether Okta still shows a group. */
  readonly #shown = new FreshReads((id: OktaGroupId) => this.#isShown(id));
  /** Whether Okta says that a group was deleted. */
  readonly #deleted = new FreshReads((id: OktaGroupId) => this.#isGroupDeleted(id));
  readonly #withoutGroups = new Set<OktaUserId>();
  #everyone: Promise<boolean> | undefined;

  constructor(context: ApplyContext) {
    this.#context = context;
  }

  async verdict(change: Decidable): Promise<Verdict> {
    const facts = await this.#people.get(change.person);
    if (facts.link !== change.account) return 'stale';
    // The target no longer has the account: nothing is left to take, and nothing to give back.
    if (!facts.account) return givingKinds.has(change.kind) ? 'stale' : 'unchanged';
    const memberships = new Set(change.kind === 'remove-member' && change.group ? [change.group] : []);
    const { changes } = planPerson({ ...facts, memberships }, this.#context.policy);
    const follows = changes.some(
      (one) => one.kind === change.kind && (!('group' in one) || one.group === change.group),
    );
    if (!follows) return isAlreadySo(change, facts) ? 'unchanged' : 'stale';
    return (await this.#isProven(change, facts)) ? 'go' : 'stale';
  }

  /**
   * Of a member to whom nobody is linked, under `exact`: it goes only when Okta shows who may own the account, and none
   * of them is in the group now. That Okta shows nobody is no evidence.
   */
  async verdictOfStranger(id: AccountId, group: OktaGroupId): Promise<Verdict> {
    const { deps, target, name, policy, call } = this.#context;
    if (policy.settings.membershipAuthority !== 'exact' || (await linkedPerson(deps.store, name, id))) return 'stale';
    const account = await target.directory.account(id, call);
    if (!account) return 'unchanged';
    if (policy.isProtectedAccount(account) || policy.isIgnoredAccount(account)) return 'stale';
    if (!(await this.#showsMembers(group))) return 'stale';
    const owners = await this.#possibleOwners(account);
    if (owners.length === 0) return 'stale';
    for (const person of owners) {
      if (entitlementOf(person) === 'unclear') return 'stale';
      if (entitlementOf(person) !== 'entitled') continue;
      const groups = await deps.source.groupsOf(person.id, call);
      if (policy.partsOf(group).some((part) => groups.includes(part))) return 'stale';
    }
    return 'go';
  }

  async #possibleOwners({ externalId, attributes }: Account): Promise<Person[]> {
    const { source } = this.#context.deps;
    const byId =
      externalId !== undefined && isOktaUserId(externalId) ? [await source.person(externalId, this.#context.call)] : [];
    const names = [...new Set([attributes.userName, attributes.email])].filter(
      (text) => text !== undefined && text !== '',
    );
    const byName = await Promise.all(names.map((text) => source.findPeople(text ?? '', this.#context.call)));
    return [...byId, ...byName.flat()].filter((person) => person !== undefined);
  }

  async #read(id: OktaUserId): Promise<PersonFacts> {
    const { deps, target, name, call } = this.#context;
    const link = await linkedAccount(deps.store, name, id);
    const account = link === undefined ? undefined : await target.directory.account(link, call);
    const [known] = await rowsOfPeople(deps.store, name, [id]);
    // Whoever is held is taken access from whatever Okta says, and also while it says nothing.
    const isHeld = known?.isHeld ?? false;
    const person = isHeld ? known?.person : await deps.source.person(id, call);
    return {
      id,
      isHeld,
      person,
      isDeleted: !person && (await this.#isKnownDeleted(id, known)),
      standing: person && !isHeld ? await this.#standingOf(person) : { groups: new Set() },
      link,
      account,
      candidates: [],
      rivals: [],
      memberships: new Set(),
    };
  }

  /** 404 says nothing, unless the person was last seen DEPROVISIONED or the System Log shows the deletion. */
  async #isKnownDeleted(id: OktaUserId, known: PersonRow | undefined): Promise<boolean> {
    if (known?.isHeld || known?.isDeleted || known?.person?.status === 'DEPROVISIONED') return true;
    const { deps, call } = this.#context;
    return deps.source.deletionLogged(id, call);
  }

  /** Somebody who is not entitled anyway needs no further questions. */
  async #standingOf(person: Person): Promise<Standing> {
    const { deps, policy, call } = this.#context;
    if (entitlementOf(person) !== 'entitled') return { groups: new Set() };
    const relevant = relevantGroups(policy);
    const groups = relevant.size === 0 ? [] : await deps.source.groupsOf(person.id, call);
    if (groups.length === 0) this.#withoutGroups.add(person.id);
    const assignment =
      policy.scope.by === 'app' ? await deps.source.assignment(policy.scope.appId, person.id, call) : undefined;
    return { groups: relevant.intersection(new Set(groups)), ...(assignment ? { assignment } : {}) };
  }

  /**
   * Law 4: not being in a group, or not assigned to an app, counts only while that group or app still answers by id;
   * a group that this credential can no longer see says nothing about its members.
   */
  async #isProven(change: Decidable, facts: PersonFacts): Promise<boolean> {
    if (givingKinds.has(change.kind)) return true;
    // By HR's order, which takes memberships whatever Okta says of the groups.
    if (facts.isHeld && this.#context.policy.settings.leaver.removeMemberships) return true;
    if (change.group !== undefined && this.#context.policy.emptiedGroups.has(change.group))
      return this.#isDeleted(change.group);
    if (facts.isHeld || !facts.person || entitlementOf(facts.person) !== 'entitled') return true;
    if (this.#withoutGroups.has(facts.id) && (await this.#seesEveryone())) return false;
    const { deps, policy, call } = this.#context;
    const isInScope = policy.isInScope(facts.person, facts.standing);
    if (isInScope) return change.group === undefined || this.#showsMembers(change.group);
    switch (policy.scope.by) {
      case 'groups':
        return (await Promise.all([...policy.scope.groups].map((group) => this.#shown.get(group)))).every(Boolean);
      case 'app':
        return deps.source.appExists(policy.scope.appId, call);
      case 'expression':
        return true;
      default:
        return policy.scope satisfies never;
    }
  }

  /** Whoever may see Okta's built-in group finds it in everybody's list, so a list without any group is no answer. */
  async #seesEveryone(): Promise<boolean> {
    this.#everyone ??= allGroups(this.#context.deps.store).then((groups) =>
      groups.some(({ type }) => type === 'BUILT_IN'),
    );
    return this.#everyone;
  }

  /** Of a union, whoever is in no part of it is no member only while Okta shows all of them. */
  async #showsMembers(group: OktaGroupId): Promise<boolean> {
    const { policy } = this.#context;
    return (await Promise.all(policy.partsOf(group).map((part) => this.#shown.get(part)))).every(Boolean);
  }

  /** Every part of it, by Okta's own word. */
  async #isDeleted(group: OktaGroupId): Promise<boolean> {
    const { policy } = this.#context;
    return (await Promise.all(policy.partsOf(group).map((part) => this.#deleted.get(part)))).every(Boolean);
  }

  #isGroupDeleted(id: OktaGroupId): Promise<boolean> {
    const { deps, call } = this.#context;
    return isGroupDeleted(deps.source, id, call);
  }

  async #isShown(id: OktaGroupId): Promise<boolean> {
    const { deps, call } = this.#context;
    return (await deps.source.group(id, call)) !== undefined;
  }
}

const isAlreadySo = ({ kind }: Decidable, { account }: PersonFacts): boolean =>
  (kind === 'deactivate-account' && account?.isActive === false) ||
  (kind === 'reactivate-account' && account?.isActive === true);
