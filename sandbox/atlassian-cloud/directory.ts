import { type Account, Accounts } from './accounts.ts';
import { Lookup } from './lookup.ts';
import type { MemberList } from './member-list.ts';
import { RecordTable } from './record-table.ts';
import { type SiteChange, SiteView } from './site-view.ts';
import type { Switches } from './switches.ts';
import type { Micros } from './timestamps.ts';
import { primaryEmailOf, textOf, type UserDocument } from './user-document.ts';

/** A SCIM user: one directory's record of a person, linked to an Atlassian account. */
export interface UserRecord {
  readonly id: string;
  readonly created: Micros;
  lastModified: Micros;
  document: UserDocument;
  accountId: string;
  /** True beyond the directory's size limit: products never see this user. */
  isNotSynced: boolean;
  readonly groupIds: Set<string>;
}

export interface GroupRecord {
  readonly id: string;
  readonly created: Micros;
  lastModified: Micros;
  displayName: string;
  externalId: string | undefined;
  readonly members: MemberList;
  /** Why products never see this group although the API accepted it. */
  notPropagated: 'reserved-name' | 'over-limit' | undefined;
}

/** A group made in Atlassian's administration, not by SCIM. */
export interface NativeGroup {
  readonly name: string;
  readonly isDefaultAccess: boolean;
  readonly accountIds: string[];
}

/** The state of one SCIM directory and its organisation, with an index for everything that is looked up. */
export class Directory {
  readonly switches: Switches;
  readonly accounts = new Accounts();
  readonly users = new RecordTable<UserRecord>();
  readonly userNames = new Lookup();
  readonly externalIds = new Lookup();
  readonly emails = new Lookup();
  readonly groups = new RecordTable<GroupRecord>();
  readonly groupNames = new Lookup();
  readonly nativeGroups = new Map<string, NativeGroup>();
  readonly site = new SiteView();
  membershipCount = 0;
  /** The clock at the latest request, epoch milliseconds. */
  nowMs = 0;

  constructor(switches: Switches) {
    this.switches = switches;
  }

  insertUser(user: UserRecord): void {
    this.users.add(user);
    this.#index(user.document, user.id, 'add');
  }

  /** Puts new attributes in place of the old ones, in the record and in the indices. */
  replaceDocument(user: UserRecord, document: UserDocument): void {
    this.#index(user.document, user.id, 'remove');
    this.#index(document, user.id, 'add');
    const isRenamed = document['userName'] !== user.document['userName'];
    user.document = document;
    if (isRenamed) for (const groupId of user.groupIds) this.groups.get(groupId)?.members.refresh(user.id);
  }

  removeUser(user: UserRecord): void {
    this.users.delete(user.id);
    this.#index(user.document, user.id, 'remove');
  }

  #index(document: UserDocument, id: string, action: 'add' | 'remove'): void {
    this.userNames[action]((textOf(document, 'userName') ?? '').toLowerCase(), id);
    this.emails[action](primaryEmailOf(document).toLowerCase(), id);
    const externalId = textOf(document, 'externalId');
    if (externalId) this.externalIds[action](externalId, id);
  }

  insertGroup(group: GroupRecord): void {
    this.groups.add(group);
    this.groupNames.add(group.displayName.toLowerCase(), group.id);
  }

  removeGroup(group: GroupRecord): void {
    this.groups.delete(group.id);
    this.groupNames.remove(group.displayName.toLowerCase(), group.id);
  }

  addNativeGroup(group: NativeGroup): void {
    this.nativeGroups.set(group.name.toLowerCase(), group);
  }

  accountOf(user: UserRecord): Account {
    return this.accounts.get(user.accountId)!;
  }

  pushToSite(change: SiteChange): void {
    this.site.push(change, this.nowMs, this.switches.siteDelayMs);
  }
}
