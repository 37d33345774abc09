/** The two ports. Types only: connectors implement them, activities use them, nobody else sees a vendor. */
import type { Account, AccountAttribute, AccountAttributes, TargetGroup } from './account.ts';
import type { AccountId, OktaAppId, OktaGroupId, OktaUserId, TargetGroupId } from './ids.ts';
import type { EventOptions, SourceEvents } from './okta-event.ts';
import type { Assignment, Group, Person } from './person.ts';

/** Until when the right to write lasts: a claim, by the clock of whoever granted it. */
export interface Deadline {
  hasPassed(): boolean;
}

/** Whatever a port is asked ends early when the signal does; every failure is a `Failure`. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /**
   * Asked right before each request that writes, repeats included; reads pass it over. Once it has passed nothing more is
   * sent: `Unavailable` with the code `claim-expired`, and with `effectUnknown` only where an earlier request of the same
   * call was sent.
   */
  readonly sendBefore?: Deadline;
}

/** A page chain. It throws if any page fails, repeats or cannot be read; ending means that the vendor ended it. */
export type Pages<T> = AsyncIterable<readonly T[]>;

export interface CheckResult {
  /** Stable kebab-case name of what was checked: `credentials`, `scope okta.users.read`. */
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found and what to do about it; no personal data. */
  readonly message: string;
}

export interface SourceDirectory {
  /** Credentials, permissions, clock. Never throws for what it can tell as a result. */
  check(options?: CallOptions): Promise<readonly CheckResult[]>;
  /** Everybody, DEPROVISIONED included. */
  people(options?: CallOptions): Pages<Person>;
  groups(options?: CallOptions): Pages<Group>;
  /**
   * Everybody whose `lastUpdated` is at or after an instant (ISO 8601, Okta's clock), DEPROVISIONED included. Changes of
   * membership do not show here, nor do people who were deleted. Lists lag behind: begin `lagMs` earlier than where the
   * last reading began, and take no notice of who comes again.
   */
  peopleChangedSince(sinceIso: string, options?: CallOptions): Pages<Person>;
  /** Likewise groups whose attributes or members changed, with their count of members; deleted ones do not show. */
  groupsChangedSince(sinceIso: string, options?: CallOptions): Pages<Group>;
  /** How far the lists may be behind live reads, in milliseconds. */
  readonly lagMs: number;
  members(groupId: OktaGroupId, options?: CallOptions): Pages<OktaUserId>;
  assignments(appId: OktaAppId, options?: CallOptions): Pages<Assignment>;
  /** Live read by id; undefined when Okta answers 404, which by itself proves nothing (law 4). */
  person(id: OktaUserId, options?: CallOptions): Promise<Person | undefined>;
  group(id: OktaGroupId, options?: CallOptions): Promise<Group | undefined>;
  /** Live: the groups of one person, complete or a failure. */
  groupsOf(id: OktaUserId, options?: CallOptions): Promise<readonly OktaGroupId[]>;
  assignment(appId: OktaAppId, id: OktaUserId, options?: CallOptions): Promise<Assignment | undefined>;
  appExists(appId: OktaAppId, options?: CallOptions): Promise<boolean>;
  /** Whether the System Log shows that this user or group was deleted (retention: 90 days). */
  deletionLogged(id: OktaUserId | OktaGroupId, options?: CallOptions): Promise<boolean>;
  /**
   * The next page of the polled System Log.
   * @param cursor `next` of the page before; undefined begins at `since` (ISO 8601, by when Okta stored the event; at most
   * 90 days ago are kept).
   * @throws Failure `Rejected` with the code `cursor-invalid` when Okta does not take the cursor any more: what happened
   * since is then unknown.
   */
  events(cursor: string | undefined, since: string, options?: CallOptions & EventOptions): Promise<SourceEvents>;
  readonly lifecycle: SourceLifecycle;
  /** People whose login or primary e-mail is exactly `text`, without regard to case. */
  findPeople(text: string, options?: CallOptions): Promise<readonly Person[]>;
}

/**
 * What an offboarding does to a person at Okta. Each can be repeated after a lost answer: read the person first, and again
 * afterwards. Raises `Rejected` when the person's status does not allow it, and `AccessDenied` when a scope is missing.
 */
export interface SourceLifecycle {
  /** Ends all sessions of the person and revokes the OAuth tokens issued for them; one who has none is fine. */
  clearSessions(id: OktaUserId, options?: CallOptions): Promise<Written<void>>;
  /** Only somebody ACTIVE can be suspended; groups and apps stay. */
  suspend(id: OktaUserId, options?: CallOptions): Promise<Written<void>>;
  /** Takes every app; cannot be undone. */
  deactivate(id: OktaUserId, options?: CallOptions): Promise<Written<void>>;
}

/** What a product can do. The planner plans only what is possible and says what is not. */
export interface Capabilities {
  readonly createAccounts: boolean;
  /** Attributes that can be read and written. */
  readonly attributes: readonly AccountAttribute[];
  readonly readsEmail: boolean;
  readonly keepsExternalId: boolean;
  readonly renameAccounts: boolean;
  readonly deactivate: boolean;
  readonly deleteAccounts: boolean;
  readonly createGroups: boolean;
  readonly renameGroups: boolean;
  readonly deleteGroups: boolean;
  /** Most members that one request may add or remove. */
  readonly memberBatch: number;
  readonly countsSeats: boolean;
}

/** What a write left behind at the target. */
export interface Written<T> {
  readonly value: T;
  /** The vendor's id of the request, for evidence. */
  readonly requestId?: string;
}

export interface AccountDraft {
  readonly externalId: OktaUserId;
  readonly attributes: AccountAttributes;
}

export interface AccountPatch {
  readonly externalId?: OktaUserId;
  /** Only what changes; `''` clears. */
  readonly attributes: AccountAttributes;
}

export interface AccountKeys {
  readonly externalId?: string;
  readonly userName?: string;
  readonly email?: string;
}

/**
 * One configured Atlassian directory. Every write can be repeated after a lost answer: activating, deactivating,
 * adding a member who is one and removing one who is not succeed; `createAccount` and `createGroup` raise `Conflict`
 * when there is one already, and a `Failure` with `effectUnknown` when nobody can tell.
 */
export interface TargetDirectory {
  readonly capabilities: Capabilities;
  /** The longest that one request takes, from sending to the end of its answer; what allows it must last longer. */
  readonly requestTimeoutMs: number;
  check(options?: CallOptions): Promise<readonly CheckResult[]>;
  accounts(options?: CallOptions): Pages<Account>;
  /** With `members` where the product lists them along; else read them by `members`. */
  groups(options?: CallOptions): Pages<TargetGroup>;
  members(groupId: TargetGroupId, options?: CallOptions): Pages<AccountId>;
  account(id: AccountId, options?: CallOptions): Promise<Account | undefined>;
  group(id: TargetGroupId, options?: CallOptions): Promise<TargetGroup | undefined>;
  /** Live look-up by each key that the product can search by, without duplicates. */
  findAccounts(keys: AccountKeys, options?: CallOptions): Promise<readonly Account[]>;
  findGroup(name: string, options?: CallOptions): Promise<TargetGroup | undefined>;
  createAccount(draft: AccountDraft, options?: CallOptions): Promise<Written<Account>>;
  updateAccount(id: AccountId, patch: AccountPatch, options?: CallOptions): Promise<Written<Account>>;
  setActive(id: AccountId, isActive: boolean, options?: CallOptions): Promise<Written<Account>>;
  createGroup(name: string, options?: CallOptions): Promise<Written<TargetGroup>>;
  renameGroup(id: TargetGroupId, name: string, options?: CallOptions): Promise<Written<TargetGroup>>;
  /** Members keep their accounts. One that is not there (any more) is deleted already. */
  deleteGroup(id: TargetGroupId, options?: CallOptions): Promise<Written<void>>;
  /** At most `capabilities.memberBatch` at a time. An unknown account fails the whole request with `Conflict`. */
  addMembers(id: TargetGroupId, accounts: readonly AccountId[], options?: CallOptions): Promise<Written<void>>;
  removeMembers(id: TargetGroupId, accounts: readonly AccountId[], options?: CallOptions): Promise<Written<void>>;
}

/** Told of every vendor request before and after it; the store's budgets implement it. */
export interface Pacer {
  /** Resolves when one request to this bucket may go; raises `RateLimited` when that is more than seconds away. */
  acquire(bucket: string, options?: CallOptions): Promise<void>;
  /** What the answer's headers said of the bucket. */
  learn(bucket: string, answer: RateAnswer): void;
}

export interface RateAnswer {
  readonly status: number;
  /** Requests allowed in a window, and left in it. */
  readonly limit?: number;
  readonly remaining?: number;
  /** Epoch milliseconds of the window's end. */
  readonly resetAt?: number;
  /** From `Retry-After`. */
  readonly retryAfterMs?: number;
}
