/** Whether the accounts that are kept for emergencies would work in one. */
import type { Account } from './account.ts';
import { createAccountFilter } from './filters.ts';
import type { AccountId, OktaUserId } from './ids.ts';
import type { PeopleFilter } from './settings.ts';

/** One line of the configuration: an Okta id or a pattern. */
export interface EmergencyEntry {
  /** Beginning at 1, ids first; told instead of the entry, which may be somebody's address. */
  readonly position: number;
  readonly matched: number;
  readonly inactive: readonly AccountId[];
  readonly active: readonly AccountId[];
}

/** Counts up, account by account, which entries find what. */
export class EmergencyAccounts {
  readonly #entries: readonly { filter: (account: Account) => boolean; id?: OktaUserId; found: Account[] }[];

  constructor({ oktaIds, patterns }: PeopleFilter) {
    this.#entries = [
      ...oktaIds.map((id) => ({ id, filter: createAccountFilter({ oktaIds: [id], patterns: [] }), found: [] })),
      ...patterns.map((one) => ({ filter: createAccountFilter({ oktaIds: [], patterns: [one] }), found: [] })),
    ];
  }

  /** @param linkedTo the person whom the account is linked to; it need not carry their id */
  look(account: Account, linkedTo: OktaUserId | undefined): void {
    for (const { filter, id, found } of this.#entries)
      if (filter(account) || (id !== undefined && id === linkedTo)) found.push(account);
  }

  entries(): EmergencyEntry[] {
    return this.#entries.map(({ found }, index) => ({
      position: index + 1,
      matched: found.length,
      inactive: found.filter(({ isActive }) => !isActive).map(({ id }) => id),
      active: found.filter(({ isActive }) => isActive).map(({ id }) => id),
    }));
  }
}

/**
 * What to worry about, without personal data.
 * @param administrators the active members of privileged groups; undefined when none are configured
 */
export function emergencyProblems(
  entries: readonly EmergencyEntry[],
  administrators: ReadonlySet<AccountId> | undefined,
): string[] {
  const problems = entries.flatMap(({ position, matched, inactive, active }) => [
    ...(matched === 0 ? [`entry ${position} matches no account here`] : []),
    ...inactive.map((id) => `account ${id} is deactivated`),
    ...active.flatMap((id) => (administrators && !administrators.has(id) ? [`account ${id} is no administrator`] : [])),
  ]);
  return [...new Set(problems)];
}
