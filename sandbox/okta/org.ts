import { AppStore, type SavedApp } from './app-store.ts';
import type { EventHookRecord } from './event-hook.ts';
import { IdSource } from './ids.ts';
import { LaggingStore } from './lagging-store.ts';
import { type GroupRecord, isoTime, type UserRecord } from './records.ts';
import { SortedIds } from './sorted-ids.ts';
import { type SavedLog, SystemLog } from './system-log.ts';

export interface SavedOrg {
  ids: { next: number; seed: string };
  userTypeId: string;
  tokenId: string;
  owner: UserRecord;
  users: UserRecord[];
  groups: GroupRecord[];
  /** Members by group, without Everyone's. */
  members: Record<string, string[]>;
  apps: SavedApp[];
  /** A state file may be older than this. */
  eventHooks?: EventHookRecord[];
  log: SavedLog;
}

/** All that the simulated org holds. Rules about it live in the modules beside. */
export class Org {
  readonly ids: IdSource;
  readonly users = new LaggingStore<UserRecord>();
  readonly groups = new LaggingStore<GroupRecord>();
  readonly apps = new AppStore();
  readonly eventHooks = new Map<string, EventHookRecord>();
  readonly log = new SystemLog();
  readonly #members = new Map<string, SortedIds>();
  readonly #groupsByUser = new Map<string, Set<string>>();
  readonly #idByLogin = new Map<string, string>();
  #everyoneId: string | undefined;
  userTypeId: string;
  tokenId: string;
  /** Admin who created the API token: found by id and `me`, but in no list, so that a seeded population has its exact size. */
  owner: UserRecord;

  constructor(seed: string, now: number) {
    this.ids = new IdSource(seed);
    this.userTypeId = this.ids.create('oty');
    this.tokenId = this.ids.create('00T');
    this.owner = createOwner(this.ids.create('00u'), now);
  }

  setUser(user: UserRecord, now: number): void {
    const old = this.users.get(user.id);
    if (old && old.profile.login !== user.profile.login) this.#idByLogin.delete(old.profile.login.toLowerCase());
    this.users.set(user, now);
    this.#idByLogin.set(user.profile.login.toLowerCase(), user.id);
  }

  removeUser(user: UserRecord, now: number): void {
    for (const groupId of [...(this.#groupsByUser.get(user.id) ?? [])]) this.setMembership(groupId, user.id, false);
    this.#groupsByUser.delete(user.id);
    this.#idByLogin.delete(user.profile.login.toLowerCase());
    this.users.delete(user.id, now);
  }

  /** By id, by login without regard to case, or by the part of the login before the `@` where that is unique. */
  findUser(key: string): UserRecord | undefined {
    if (key === this.owner.id) return this.owner;
    const byId = this.users.get(key) ?? this.users.get(this.#idByLogin.get(key.toLowerCase()) ?? '');
    if (byId || key.includes('@') || /^00u\w{17}$/.test(key)) return byId;
    const prefix = `${key.toLowerCase()}@`;
    const found = [...this.#idByLogin.keys()].filter((login) => login.startsWith(prefix));
    return found.length === 1 ? this.users.get(this.#idByLogin.get(found[0] as string) as string) : undefined;
  }

  isLoginTaken(login: string, exceptId?: string): boolean {
    const id = this.#idByLogin.get(login.toLowerCase());
    return id !== undefined && id !== exceptId;
  }

  /** Everyone (BUILT_IN) has all users without listing them. */
  membersOf(group: GroupRecord): SortedIds {
    if (group.type === 'BUILT_IN') return this.users.ids;
    return this.#members.get(group.id) ?? new SortedIds();
  }

  groupsOf(userId: string): GroupRecord[] {
    const explicit = this.#groupsByUser.get(userId) ?? new Set<string>();
    const ids = [...this.#findEveryone(), ...explicit].sort();
    return ids.flatMap((id) => this.groups.get(id) ?? []);
  }

  /** @returns whether anything changed */
  setMembership(groupId: string, userId: string, isMember: boolean): boolean {
    const members = this.#members.get(groupId) ?? new SortedIds();
    this.#members.set(groupId, members);
    const groups = this.#groupsByUser.get(userId) ?? new Set();
    this.#groupsByUser.set(userId, groups);
    if (isMember) groups.add(groupId);
    else groups.delete(groupId);
    return isMember ? members.add(userId) : members.delete(userId);
  }

  removeGroup(group: GroupRecord, now: number): void {
    for (const userId of [...this.membersOf(group).all]) this.setMembership(group.id, userId, false);
    this.#members.delete(group.id);
    this.groups.delete(group.id, now);
  }

  /** Found once: the group can be neither deleted nor made a second time. */
  #findEveryone(): string[] {
    this.#everyoneId ??= this.groups.values().find((group) => group.type === 'BUILT_IN')?.id;
    return this.#everyoneId ? [this.#everyoneId] : [];
  }

  dump(): SavedOrg {
    return {
      ids: this.ids.dump(),
      userTypeId: this.userTypeId,
      tokenId: this.tokenId,
      owner: this.owner,
      users: this.users.dump(),
      groups: this.groups.dump(),
      members: Object.fromEntries([...this.#members].map(([id, members]) => [id, [...members.all]])),
      apps: this.apps.dump(),
      eventHooks: [...this.eventHooks.values()],
      log: this.log.dump(),
    };
  }

  static restore(saved: SavedOrg): Org {
    const org = new Org(saved.ids.seed, 0);
    org.ids.restore(saved.ids);
    org.userTypeId = saved.userTypeId;
    org.tokenId = saved.tokenId;
    org.owner = saved.owner;
    org.users.restore(saved.users);
    org.groups.restore(saved.groups);
    for (const user of saved.users) org.#idByLogin.set(user.profile.login.toLowerCase(), user.id);
    for (const [groupId, members] of Object.entries(saved.members)) {
      for (const userId of members) org.setMembership(groupId, userId, true);
    }
    org.apps.restore(saved.apps);
    for (const hook of saved.eventHooks ?? []) org.eventHooks.set(hook.id, hook);
    org.log.restore(saved.log);
    return org;
  }
}

function createOwner(id: string, now: number): UserRecord {
  const time = isoTime(now - 400 * 24 * 3_600_000);
  return {
    id,
    status: 'ACTIVE',
    created: time,
    activated: time,
    statusChanged: time,
    lastLogin: null,
    lastUpdated: time,
    passwordChanged: time,
    hasPassword: true,
    profile: {
      login: 'sandbox-admin@example.com',
      email: 'sandbox-admin@example.com',
      firstName: 'Sandbox',
      lastName: 'Admin',
    },
  };
}
