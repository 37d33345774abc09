/**
 * A target that carries out a plan in a small world. It knows nothing of the planner and is strict: it refuses what a
 * real product would refuse, and also whatever an auditor would ask about, such as writing what is so already.
 */
import type { Account, AccountAttributes } from '../../domain/account.ts';
import type { Change } from '../../domain/change.ts';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../../domain/ids.ts';
import { accountId, targetGroupId } from './domain-builders.ts';
import { same, type TargetGroupState, type World } from './domain-world.ts';

class Refused extends Error {}

const insist = (holds: boolean, change: Change, why: string): void => {
  if (!holds) throw new Refused(`${why}: ${JSON.stringify(change)}`);
};

/** The world after a plan was carried out. @throws when a change is refused, pointless or about somebody else's. */
export function applyPlan(world: World, changes: readonly Change[]): World {
  const state = {
    accounts: new Map(world.accounts),
    targetGroups: new Map(world.targetGroups),
    links: new Map(world.links),
    groupLinks: new Map(world.groupLinks),
  };
  for (const change of changes) applyChange(state, change);
  return { ...world, ...state };
}

interface TargetState {
  readonly accounts: Map<AccountId, Account>;
  readonly targetGroups: Map<TargetGroupId, TargetGroupState>;
  readonly links: Map<OktaUserId, AccountId>;
  readonly groupLinks: Map<OktaGroupId, TargetGroupId>;
}

function applyChange(state: TargetState, change: Change): void {
  switch (change.kind) {
    case 'link-account': {
      insist(state.accounts.has(change.account), change, 'no such account');
      insist(!state.links.has(change.person), change, 'linked already');
      insist(![...state.links.values()].includes(change.account), change, 'linked to somebody else');
      state.links.set(change.person, change.account);
      return;
    }
    case 'create-account': {
      insist(!state.links.has(change.person), change, 'has an account already');
      insist(isFree(state, change.after.userName), change, 'user name taken');
      const id = accountId(`made-for-${change.person}`);
      insist(!state.accounts.has(id), change, 'made twice');
      state.accounts.set(id, { id, externalId: change.person, isActive: true, attributes: change.after });
      state.links.set(change.person, id);
      return;
    }
    case 'update-account':
      updateAccount(state, change);
      return;
    case 'deactivate-account':
    case 'reactivate-account': {
      const account = ownAccount(state, change);
      const isActive = change.kind === 'reactivate-account';
      insist(account.isActive !== isActive, change, 'is so already');
      state.accounts.set(account.id, { ...account, isActive });
      return;
    }
    case 'add-member':
    case 'remove-member':
      changeMember(state, change);
      return;
    case 'link-group':
    case 'create-group':
    case 'rename-group':
    case 'delete-group':
      changeGroup(state, change);
      return;
    default:
      change satisfies never;
  }
}

type Of<K extends Change['kind']> = Extract<Change, { kind: K }>;

const isFree = (state: TargetState, userName: string | undefined, except?: AccountId): boolean =>
  !!userName &&
  [...state.accounts.values()].every((one) => one.id === except || !same(one.attributes.userName, userName));

function ownAccount(state: TargetState, change: Of<'update-account' | 'deactivate-account' | 'reactivate-account'>) {
  const account = state.accounts.get(change.account);
  insist(state.links.get(change.person) === change.account, change, 'not their account');
  if (!account) throw new Refused(`no such account: ${change.account}`);
  return account;
}

function updateAccount(state: TargetState, change: Of<'update-account'>): void {
  const account = ownAccount(state, change);
  const written = Object.entries(change.after) as [keyof AccountAttributes, string][];
  insist(written.length > 0, change, 'nothing to write');
  for (const [name, value] of written) {
    insist((account.attributes[name] ?? '') === change.before[name], change, `${name} was not so before`);
    insist((account.attributes[name] ?? '') !== value, change, `${name} is so already`);
  }
  if (change.after.userName !== undefined)
    insist(isFree(state, change.after.userName, account.id), change, 'user name taken');
  state.accounts.set(account.id, { ...account, attributes: { ...account.attributes, ...change.after } });
}

function changeMember(state: TargetState, change: Of<'add-member' | 'remove-member'>): void {
  const account = change.kind === 'add-member' ? state.links.get(change.person) : change.account;
  const group = state.targetGroups.get(state.groupLinks.get(change.group) ?? targetGroupId('none'));
  if (!account || !state.accounts.has(account)) throw new Refused(`no such account: ${JSON.stringify(change)}`);
  if (!group) throw new Refused(`no such group: ${JSON.stringify(change)}`);
  if (change.person) insist(state.links.get(change.person) === account, change, 'not their account');
  else insist(![...state.links.values()].includes(account), change, 'an account of somebody');
  const isAdded = change.kind === 'add-member';
  insist(group.members.has(account) !== isAdded, change, 'is so already');
  const members = new Set(group.members);
  if (isAdded) members.add(account);
  else members.delete(account);
  state.targetGroups.set(group.id, { ...group, members });
}

function changeGroup(
  state: TargetState,
  change: Of<'link-group' | 'create-group' | 'rename-group' | 'delete-group'>,
): void {
  const isNameFree = (name: string): boolean => ![...state.targetGroups.values()].some((one) => same(one.name, name));
  switch (change.kind) {
    case 'link-group':
      insist(state.targetGroups.has(change.targetGroup), change, 'no such group');
      insist(!state.groupLinks.has(change.group), change, 'linked already');
      insist(![...state.groupLinks.values()].includes(change.targetGroup), change, 'linked to another group');
      state.groupLinks.set(change.group, change.targetGroup);
      return;
    case 'create-group': {
      insist(!state.groupLinks.has(change.group), change, 'linked already');
      insist(isNameFree(change.name), change, 'name taken');
      const id = targetGroupId(`made-for-${change.group}`);
      state.targetGroups.set(id, { id, name: change.name, members: new Set() });
      state.groupLinks.set(change.group, id);
      return;
    }
    case 'rename-group': {
      const group = state.targetGroups.get(change.targetGroup);
      if (!group) throw new Refused(`no such group: ${change.targetGroup}`);
      insist(state.groupLinks.get(change.group) === group.id, change, 'not linked');
      insist(group.name === change.before && isNameFree(change.after), change, 'cannot be renamed');
      state.targetGroups.set(group.id, { ...group, name: change.after });
      return;
    }
    case 'delete-group':
      insist(state.groupLinks.get(change.group) === change.targetGroup, change, 'not linked');
      insist(state.targetGroups.get(change.targetGroup)?.members.size === 0, change, 'somebody is in it');
      insist(state.targetGroups.delete(change.targetGroup), change, 'no such group');
      state.groupLinks.delete(change.group);
      return;
    default:
      change satisfies never;
  }
}
