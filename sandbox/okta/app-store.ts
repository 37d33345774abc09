import type { AppGroupRecord, AppRecord, AppUserRecord } from './records.ts';
import { SortedIds } from './sorted-ids.ts';

export interface SavedApp {
  app: AppRecord;
  users: AppUserRecord[];
  groups: AppGroupRecord[];
}

/** One app with those who are assigned to it. */
export class AppEntry {
  app: AppRecord;
  readonly groups = new Map<string, AppGroupRecord>();
  readonly #users = new Map<string, AppUserRecord>();
  readonly userIds = new SortedIds();

  constructor(app: AppRecord) {
    this.app = app;
  }

  user(id: string): AppUserRecord | undefined {
    return this.#users.get(id);
  }

  setUser(user: AppUserRecord): void {
    this.#users.set(user.id, user);
    this.userIds.add(user.id);
  }

  removeUser(id: string): void {
    this.#users.delete(id);
    this.userIds.delete(id);
  }

  dump(): SavedApp {
    return { app: this.app, users: [...this.#users.values()], groups: [...this.groups.values()] };
  }
}

export class AppStore {
  readonly #entries = new Map<string, AppEntry>();

  add(app: AppRecord): AppEntry {
    const entry = new AppEntry(app);
    this.#entries.set(app.id, entry);
    return entry;
  }

  get(id: string): AppEntry | undefined {
    return this.#entries.get(id);
  }

  /** In the order of creation, which is the order of ids. */
  all(): AppEntry[] {
    return [...this.#entries.values()];
  }

  dump(): SavedApp[] {
    return this.all().map((entry) => entry.dump());
  }

  restore(saved: SavedApp[]): void {
    this.#entries.clear();
    for (const { app, users, groups } of saved) {
      const entry = this.add(app);
      for (const user of users) entry.setUser(user);
      for (const group of groups) entry.groups.set(group.id, group);
    }
  }
}
