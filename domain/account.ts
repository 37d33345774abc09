import type { AccountId, TargetGroupId } from './ids.ts';

/** What an account can carry, in the domain's own names. Each connector tells which of them its product keeps. */
export const accountAttributes = [
  'userName',
  'email',
  'displayName',
  'givenName',
  'familyName',
  'nickname',
  'title',
  'department',
  'organization',
  'preferredLanguage',
  'timezone',
  'location',
] as const;
export type AccountAttribute = (typeof accountAttributes)[number];

/** `''` and absent both mean "not set". */
export type AccountAttributes = Readonly<Partial<Record<AccountAttribute, string>>>;

/** A person's record at one target. */
export interface Account {
  readonly id: AccountId;
  /** The Okta user id that the target keeps for this account, if it keeps one. */
  readonly externalId?: string;
  readonly isActive: boolean;
  readonly attributes: AccountAttributes;
}

export interface TargetGroup {
  readonly id: TargetGroupId;
  readonly name: string;
  /** Members, where the target's list of groups already holds them. */
  readonly members?: readonly AccountId[];
}

/** Attributes whose values are the same when they differ only in case. */
export const caseless: ReadonlySet<AccountAttribute> = new Set(['userName', 'email']);

/** Usernames and e-mail addresses are the same when they differ only in case (law 6: such a change is never sent). */
export const sameValue = (attribute: AccountAttribute, a: string | undefined, b: string | undefined): boolean =>
  caseless.has(attribute) ? (a ?? '').toLowerCase() === (b ?? '').toLowerCase() : (a ?? '') === (b ?? '');

/** An account with no more attributes than those named; what nobody decides on is not kept. */
export const withAttributes = (account: Account, kept: ReadonlySet<string>): Account => ({
  ...account,
  attributes: Object.fromEntries(Object.entries(account.attributes).filter(([name]) => kept.has(name))),
});
