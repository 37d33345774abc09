/** Reads one target into the mirror: all accounts, all groups, the members of those that are or may become managed. */
import { type TargetGroup, withAttributes } from '../domain/account.ts';
import { Failure } from '../domain/failure.ts';
import { targetGroupName } from '../domain/group-selection.ts';
import type { AccountId } from '../domain/ids.ts';
import { keptAttributes } from '../domain/mapping.ts';
import { resolveTarget } from '../domain/resolve-target.ts';
import { groupLinks } from '../store/links.ts';
import { allGroups, loadPins } from '../store/okta-mirror.ts';
import { withSides } from '../store/side-lock.ts';
import { beginSnapshot, finishSnapshot } from '../store/snapshots.ts';
import {
  dropUnseenAccounts,
  dropUnseenTargetGroups,
  saveAccounts,
  saveTargetGroups,
  saveTargetMembers,
  type TargetMembers,
} from '../store/target-mirror.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';

export interface TargetObservation {
  readonly snapshot: string;
  readonly accounts: number;
  readonly groups: number;
}

/** @throws Failure `Misconfigured` when the running configuration has no such target. */
export function connectedTarget(deps: Dependencies, name: string): ConnectedTarget {
  const target = deps.targets.get(name);
  if (target) return target;
  const known = [...deps.targets.keys()].join(', ');
  throw new Failure('Misconfigured', `no target "${name}" in the configuration (there are: ${known})`, {
    system: name,
  });
}

export async function observeTarget(deps: Dependencies, name: string): Promise<TargetObservation> {
  const target = connectedTarget(deps, name);
  return whileAlive((alive) =>
    withSides(deps.store, [name], 'observe', alive.signal, (signal) =>
      readTarget(deps, name, target, { ...alive, signal }),
    ),
  );
}

async function readTarget(
  { store }: Dependencies,
  name: string,
  { directory, settings }: ConnectedTarget,
  alive: Alive,
): Promise<TargetObservation> {
  const call = { signal: alive.signal };
  const snapshot = await beginSnapshot(store, name);
  const kept = keptAttributes(settings.mapping);
  let accounts = 0;
  for await (const page of directory.accounts(call)) {
    await saveAccounts(
      store,
      name,
      snapshot,
      page.map((account) => withAttributes(account, kept)),
    );
    accounts += page.length;
    alive.progress({ accounts });
  }
  await dropUnseenAccounts(store, name, snapshot);

  const isOurs = await managedOrWanted({ store }, name, settings);
  let groups = 0;
  for await (const page of directory.groups(call)) {
    await saveTargetGroups(store, name, snapshot, page);
    const members: TargetMembers[] = [];
    for (const { id, members: listed } of page.filter(isOurs))
      members.push({ group: id, accounts: listed ?? (await allMembers(directory.members(id, call))) });
    await saveTargetMembers(store, name, members);
    groups += page.length;
    alive.progress({ accounts, groups });
  }
  await dropUnseenTargetGroups(store, name, snapshot);
  const { capabilities } = directory;
  await finishSnapshot(store, snapshot, { isComplete: true, counts: { accounts, groups }, capabilities });
  return { snapshot, accounts, groups };
}

/** Groups that are linked, and groups whose name a managed Okta group would take. The rest is not ours to know. */
async function managedOrWanted(
  { store }: Pick<Dependencies, 'store'>,
  name: string,
  settings: ConnectedTarget['settings'],
): Promise<(group: TargetGroup) => boolean> {
  const linked = new Set((await groupLinks(store, name)).values());
  const groups = await allGroups(store);
  const { managedGroups } = resolveTarget(settings, groups, await loadPins(store));
  const names = new Set(
    groups
      .filter((group) => managedGroups.has(group.id))
      .map((group) => targetGroupName(group.name, settings.groups.rename).toLowerCase()),
  );
  return (group) => linked.has(group.id) || names.has(group.name.toLowerCase());
}

async function allMembers(pages: AsyncIterable<readonly AccountId[]>): Promise<AccountId[]> {
  const members: AccountId[] = [];
  for await (const page of pages) members.push(...page);
  return members;
}
