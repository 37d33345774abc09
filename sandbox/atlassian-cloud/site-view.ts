/** A person as Jira or Confluence knows them. */
export interface SiteUser {
  accountId: string;
  email: string;
  displayName: string;
  active: boolean;
}

export interface SiteGroup {
  name: string;
  members: Set<string>;
}

export type SiteChange =
  | { kind: 'user'; user: SiteUser }
  | { kind: 'group'; groupId: string; name: string }
  | { kind: 'group-gone'; groupId: string }
  | { kind: 'member'; groupId: string; accountId: string; isMember: boolean };

interface Waiting {
  dueMs: number;
  change: SiteChange;
}

export interface SiteDump {
  users: SiteUser[];
  groups: { groupId: string; name: string; members: string[] }[];
  waiting: Waiting[];
}

/**
 * What the organisation's products see. The directory pushes its changes to the sites later and in their order; a client that
 * uses a person in a product right after creating them must wait (AX-282).
 */
export class SiteView {
  readonly users = new Map<string, SiteUser>();
  readonly groups = new Map<string, SiteGroup>();
  #waiting: Waiting[] = [];
  #next = 0;

  push(change: SiteChange, nowMs: number, delayMs: number): void {
    this.settle(nowMs);
    if (delayMs <= 0 && this.#next === this.#waiting.length) this.#apply(change);
    else this.#waiting.push({ dueMs: nowMs + delayMs, change });
  }

  /** Lets everything arrive that is due at this moment. */
  settle(nowMs: number): void {
    while (this.#next < this.#waiting.length && this.#waiting[this.#next]!.dueMs <= nowMs) {
      this.#apply(this.#waiting[this.#next]!.change);
      this.#next += 1;
    }
    if (this.#next > 10_000 || this.#next === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }

  #apply(change: SiteChange): void {
    if (change.kind === 'user') this.users.set(change.user.accountId, change.user);
    else if (change.kind === 'group-gone') this.groups.delete(change.groupId);
    else if (change.kind === 'group') {
      const members = this.groups.get(change.groupId)?.members ?? new Set<string>();
      this.groups.set(change.groupId, { name: change.name, members });
    } else if (change.isMember) this.groups.get(change.groupId)?.members.add(change.accountId);
    else this.groups.get(change.groupId)?.members.delete(change.accountId);
  }

  dump(): SiteDump {
    return {
      users: [...this.users.values()],
      groups: [...this.groups].map(([groupId, { name, members }]) => ({ groupId, name, members: [...members] })),
      waiting: this.#waiting.slice(this.#next),
    };
  }

  restore(dump: SiteDump): void {
    for (const user of dump.users) this.users.set(user.accountId, user);
    for (const { groupId, name, members } of dump.groups) this.groups.set(groupId, { name, members: new Set(members) });
    this.#waiting = dump.waiting;
  }
}
