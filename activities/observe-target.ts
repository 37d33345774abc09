/** Reads one target into the mirror: all accounts, all groups, the members of those that are or may become managed. */
import { type TargetGroup, withAttributes } from '../domain/account.ts';
import { type Shortfall, shortfallOf } from '../domain/completeness.ts';
import { Failure } from '../domain/failure.ts';
import type { AccountId } from '../domain/ids.ts';
import { keptAttributes } from '../domain/mapping.ts';
import { createPolicy } from '../domain/policy.ts';
import { shortfallLines } from '../domain/shortfall-texts.ts';
import { groupLinks } from '../store/links.ts';
import { withSides } from '../store/side-lock.ts';
import { beginSnapshot, finishSnapshot } from '../store/snapshots.ts';
import { countAtTarget, type TargetMembers } from '../store/target-mirror.ts';
import { resolutionOf } from '../store/target-resolution.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';
import { TargetReading } from './drift.ts';
import { type Alive, whileAlive } from './heartbeats.ts';
import { readList } from './read-list.ts';

export interface TargetObservation {
  readonly snapshot: string;
  readonly accounts: number;
  readonly groups: number;
  /** Why the reading is not complete, a sentence or two for each kind of shortfall; absent when it is. */
  readonly shortfalls?: readonly string[];
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
  deps: Dependencies,
  name: string,
  target: ConnectedTarget,
  alive: Alive,
): Promise<TargetObservation> {
  const { store } = deps;
  const snapshot = await beginSnapshot(store, name);
  const mirror = await TargetReading.begin(store, snapshot, target);
  const context = { deps, name, target, alive, mirror };
  const accounts = await readAccounts(context);
  const groups = await readGroups(context);
  await mirror.end();
  const shortfalls = [...accounts.shortfalls, ...groups.shortfalls];
  const counts = { accounts: accounts.found, groups: groups.found };
  const { capabilities } = target.directory;
  await finishSnapshot(store, snapshot, { isComplete: shortfalls.length === 0, shortfalls, counts, capabilities });
  return { snapshot, ...counts, ...(shortfalls.length > 0 ? { shortfalls: shortfallLines(shortfalls) } : {}) };
}

interface Context {
  readonly deps: Dependencies;
  readonly name: string;
  readonly target: ConnectedTarget;
  readonly alive: Alive;
  readonly mirror: TargetReading;
}

interface Read {
  readonly found: number;
  readonly shortfalls: readonly Shortfall[];
}

/** What an incomplete list leaves out stays as it was: whoever is taken for gone would be made a second time. */
async function readAccounts({ deps, name, target, alive, mirror }: Context): Promise<Read> {
  const { store, log } = deps;
  const kept = keptAttributes(target.settings.mapping);
  const reading = await readList(
    log,
    { list: 'accounts', before: await countAtTarget(store, name, 'account') },
    () => target.directory.accounts({ signal: alive.signal }),
    async (page, accounts) => {
      await mirror.saveAccounts(page.map((account) => withAttributes(account, kept)));
      alive.progress({ accounts });
    },
  );
  const shortfall = shortfallOf(reading);
  if (!shortfall) await mirror.dropUnseenAccounts();
  return { found: reading.found, shortfalls: shortfall ? [shortfall] : [] };
}

async function readGroups({ deps, name, target, alive, mirror }: Context): Promise<Read> {
  const { store, log } = deps;
  const { directory } = target;
  const call = { signal: alive.signal };
  const isOurs = await managedOrWanted(deps, name, target);
  const reading = await readList(
    log,
    { list: 'target-groups', before: await countAtTarget(store, name, 'target_group') },
    () => directory.groups(call),
    async (page, groups) => {
      await mirror.saveGroups(page);
      const members: TargetMembers[] = [];
      for (const { id, members: listed } of page.filter(isOurs))
        members.push({ group: id, accounts: listed ?? (await allMembers(directory.members(id, call))) });
      await mirror.saveMembers(members);
      alive.progress({ groups });
    },
  );
  const shortfall = shortfallOf(reading);
  if (!shortfall) await mirror.dropUnseenGroups();
  return { found: reading.found, shortfalls: shortfall ? [shortfall] : [] };
}

/**
 * Groups that are linked, groups whose name a managed Okta group would take, and those whose last active member must
 * stay. The rest is not ours to know.
 */
async function managedOrWanted(
  { store }: Pick<Dependencies, 'store'>,
  name: string,
  { settings, directory }: ConnectedTarget,
): Promise<(group: TargetGroup) => boolean> {
  const linked = new Set((await groupLinks(store, name)).values());
  const { groups, scope } = await resolutionOf(store, settings);
  const policy = createPolicy(settings, directory.capabilities, scope);
  const names = new Set(
    groups.flatMap(({ id, name: nameAtOkta }) => {
      const leader = policy.leaderOf(id);
      return policy.managedGroups.has(leader) ? [policy.nameAtTarget(leader, nameAtOkta).toLowerCase()] : [];
    }),
  );
  return (group) => linked.has(group.id) || names.has(group.name.toLowerCase()) || policy.isPrivilegedGroup(group);
}

async function allMembers(pages: AsyncIterable<readonly AccountId[]>): Promise<AccountId[]> {
  const members: AccountId[] = [];
  for await (const page of pages) members.push(...page);
  return members;
}
