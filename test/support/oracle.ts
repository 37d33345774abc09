/**
 * What the directory should hold, worked out from Okta alone by the written policy (entitled statuses, scope group,
 * selected groups), sharing no code with Lockstep. Differences come as sentences.
 */
import type { OktaApi, OktaGroup, OktaUser } from './okta-api.ts';
import type { ScimAccount, ScimGroup, scimApi } from './scim-api.ts';

const mayHaveAccess = ['ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT', 'RECOVERY', 'PROVISIONED'];

export interface OracleRules {
  /** Name of the Okta group whose members are in scope. */
  readonly scopeGroup: string;
  readonly isKeptGroup: (name: string) => boolean;
  /** Names that target groups keep although Okta renamed theirs. */
  readonly keptNames?: Readonly<Record<string, string>>;
  /** Accounts of nobody at Okta: they and their memberships are nobody's business. */
  readonly foreignAccounts?: ReadonlySet<string>;
  /** Names of target groups whose Okta groups were deleted: they stay as they were. */
  readonly releasedGroups?: readonly string[];
}

export async function differences(
  okta: OktaApi,
  scim: ReturnType<typeof scimApi>,
  rules: OracleRules,
): Promise<string[]> {
  const [users, groups] = [await okta.users(), await okta.groups()];
  const scope = new Set(await okta.members(groups.find(({ profile }) => profile.name === rules.scopeGroup)?.id ?? ''));
  const wanted = users.filter(({ id, status }) => scope.has(id) && mayHaveAccess.includes(status));
  const isOurs = (accountId: string): boolean => !rules.foreignAccounts?.has(accountId);
  const accounts = (await scim.accounts()).filter(({ id }) => isOurs(id));
  const scimGroups = (await scim.groups())
    .filter(({ displayName }) => !rules.releasedGroups?.includes(displayName))
    .map(({ members = [], ...group }) => ({ ...group, members: members.filter(({ value }) => isOurs(value)) }));
  return [
    ...accountDifferences(users, wanted, accounts),
    ...(await groupDifferences(okta, rules, groups, wanted, accounts, scimGroups)),
  ];
}

function accountDifferences(users: OktaUser[], wanted: OktaUser[], accounts: ScimAccount[]): string[] {
  const found: string[] = [];
  const wantedIds = new Set(wanted.map(({ id }) => id));
  for (const { id, profile, status } of wanted) {
    const own = accounts.filter(({ externalId }) => externalId === id);
    const [account] = own;
    if (!account || own.length > 1) found.push(`${id} (${status}) has ${own.length} accounts instead of one`);
    else {
      if (!account.active) found.push(`${id} (${status}) should be active`);
      const expected = {
        userName: profile['email'],
        email: profile['email'],
        displayName: profile['displayName'] ?? `${profile['firstName']} ${profile['lastName']}`,
        givenName: profile['firstName'],
        familyName: profile['lastName'],
        title: profile['title'] ?? undefined,
      };
      const actual = {
        userName: account.userName,
        email: account.emails.find(({ primary }) => primary)?.value,
        displayName: account.displayName,
        givenName: account.name?.givenName,
        familyName: account.name?.familyName,
        title: account.title,
      };
      for (const key of Object.keys(expected) as (keyof typeof expected)[])
        if (expected[key] !== actual[key]) found.push(`${id}: ${key} is ${actual[key]} instead of ${expected[key]}`);
    }
  }
  for (const account of accounts.filter(({ active }) => active))
    if (!wantedIds.has(account.externalId ?? ''))
      found.push(`account ${account.id} (${account.externalId}) should not be active`);
  for (const { id } of users)
    if (accounts.filter(({ externalId }) => externalId === id).length > 1) found.push(`${id} has two accounts`);
  return found;
}

async function groupDifferences(
  okta: OktaApi,
  rules: OracleRules,
  groups: OktaGroup[],
  wanted: OktaUser[],
  accounts: ScimAccount[],
  scimGroups: ScimGroup[],
): Promise<string[]> {
  const found: string[] = [];
  const personOf = new Map(accounts.map(({ id, externalId }) => [id, externalId ?? `unlinked ${id}`]));
  const wantedIds = new Set(wanted.map(({ id }) => id));
  for (const { id, profile } of groups.filter(({ profile: { name } }) => rules.isKeptGroup(name))) {
    const name = rules.keptNames?.[profile.name] ?? profile.name;
    const [group, ...more] = scimGroups.filter(({ displayName }) => displayName === name);
    if (!group || more.length > 0) found.push(`group ${name} exists ${more.length + (group ? 1 : 0)} times`);
    else {
      const expected = (await okta.members(id)).filter((member) => wantedIds.has(member)).sort();
      const actual = (group.members ?? []).map(({ value }) => personOf.get(value)).sort();
      if (JSON.stringify(expected) !== JSON.stringify(actual)) {
        const missing = expected.filter((one) => !actual.includes(one));
        const extra = actual.filter((one) => !expected.includes(one ?? ''));
        found.push(
          `group ${name}: missing ${missing.join(', ') || 'nobody'}, too many ${extra.join(', ') || 'nobody'}`,
        );
      }
    }
  }
  const names = groups.map(({ profile }) => profile.name);
  for (const { displayName } of scimGroups)
    if (!names.some((name) => rules.isKeptGroup(name) && (rules.keptNames?.[name] ?? name) === displayName))
      found.push(`group ${displayName} should not exist`);
  return found;
}
