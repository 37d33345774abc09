import { randomUUID } from 'node:crypto';

/** What reaches the Atlassian profile of a person (the attributes documented as "can be updated through the API"). */
export interface Profile {
  displayName?: string;
  nickName?: string;
  title?: string;
  department?: string;
  organization?: string;
  timezone?: string;
  preferredLanguage?: string;
  name?: Readonly<Record<string, string>>;
}

/** An Atlassian account: what a person logs in with. It outlives every SCIM record. */
export interface Account {
  readonly accountId: string;
  email: string;
  /** False: the person can no longer log in. */
  active: boolean;
  profile: Profile;
  /** The SCIM user that is linked to it. */
  scimUserId?: string;
}

/** The Atlassian accounts with one of the organisation's addresses, or that its directory has met. */
export class Accounts {
  readonly #byId = new Map<string, Account>();
  readonly #byEmail = new Map<string, Account>();
  readonly #claimedDomains = new Set<string>();

  /** Accounts of claimed domains are managed: only these can be deactivated by the organisation. */
  claimDomains(domains: readonly string[]): void {
    for (const domain of domains) this.#claimedDomains.add(domain.toLowerCase());
  }

  get claimedDomains(): string[] {
    return [...this.#claimedDomains];
  }

  isManaged(account: Account): boolean {
    return this.#claimedDomains.has(account.email.slice(account.email.lastIndexOf('@') + 1).toLowerCase());
  }

  get(accountId: string): Account | undefined {
    return this.#byId.get(accountId);
  }

  byEmail(email: string): Account | undefined {
    return this.#byEmail.get(email.toLowerCase());
  }

  values(): IterableIterator<Account> {
    return this.#byId.values();
  }

  /** An address belongs to one account: a second one with it takes it over. */
  add(account: Account): Account {
    this.#byId.set(account.accountId, account);
    this.#byEmail.set(account.email.toLowerCase(), account);
    return account;
  }

  create(email: string, profile: Profile): Account {
    return this.add({ accountId: `712020:${randomUUID()}`, email, active: true, profile });
  }

  changeEmail(account: Account, email: string): void {
    const old = account.email.toLowerCase();
    if (this.#byEmail.get(old) === account) this.#byEmail.delete(old);
    account.email = email;
    this.#byEmail.set(email.toLowerCase(), account);
  }
}
