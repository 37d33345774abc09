import type { Account } from './accounts.ts';
import type { Directory, NativeGroup } from './directory.ts';
import { MemberList } from './member-list.ts';
import type { SiteDump } from './site-view.ts';
import type { UserDocument } from './user-document.ts';

/** The whole state as plain JSON: for the state file, and for oracles that compare both sides. */
export interface DirectoryDump {
  claimedDomains: string[];
  /** `managed`: of a claimed domain. `active` false: the person can no longer log in. */
  accounts: (Account & { managed: boolean })[];
  users: {
    id: string;
    created: number;
    lastModified: number;
    document: UserDocument;
    accountId: string;
    isNotSynced: boolean;
  }[];
  groups: {
    id: string;
    created: number;
    lastModified: number;
    displayName: string;
    externalId?: string;
    /** SCIM user ids. */
    members: string[];
    notPropagated?: 'reserved-name' | 'over-limit';
  }[];
  nativeGroups: NativeGroup[];
  site: SiteDump;
  nowMs: number;
}

export function dumpDirectory(directory: Directory): DirectoryDump {
  const { accounts } = directory;
  return {
    claimedDomains: accounts.claimedDomains,
    accounts: Array.from(accounts.values(), (account) => ({ ...account, managed: accounts.isManaged(account) })),
    users: directory.users.values().map(({ groupIds: _, ...user }) => user),
    groups: directory.groups.values().map(({ members, externalId, notPropagated, ...group }) => ({
      ...group,
      ...(externalId === undefined ? {} : { externalId }),
      members: [...members.ids()],
      ...(notPropagated === undefined ? {} : { notPropagated }),
    })),
    nativeGroups: [...directory.nativeGroups.values()],
    site: directory.site.dump(),
    nowMs: directory.nowMs,
  };
}

/** Fills an empty directory with what `dumpDirectory` gave. */
export function restoreDirectory(directory: Directory, dump: DirectoryDump): void {
  directory.nowMs = dump.nowMs;
  directory.accounts.claimDomains(dump.claimedDomains);
  for (const { managed: _, ...account } of dump.accounts) directory.accounts.add(account);
  for (const user of dump.users) directory.insertUser({ ...user, groupIds: new Set() });
  for (const group of dump.groups) {
    const members = new MemberList();
    for (const userId of group.members) {
      members.add(userId);
      directory.users.get(userId)?.groupIds.add(group.id);
    }
    directory.membershipCount += members.size;
    directory.insertGroup({ ...group, externalId: group.externalId, notPropagated: group.notPropagated, members });
  }
  for (const group of dump.nativeGroups) directory.addNativeGroup(group);
  directory.site.restore(dump.site);
}
