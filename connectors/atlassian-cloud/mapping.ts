/** Between the domain's accounts and groups and SCIM's resources. Pure. */
import {
  type Account,
  type AccountAttribute,
  type AccountAttributes,
  accountAttributes,
  type TargetGroup,
} from '../../domain/account.ts';
import type { AccountDraft, AccountPatch } from '../../domain/directory.ts';
import type { AccountId, TargetGroupId } from '../../domain/ids.ts';
import { customUrn, enterpriseUrn, type ScimEmail, type ScimGroup, type ScimUser, userUrn } from './wire.ts';

export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** Where each attribute stands; e-mail is one entry of a list and treated apart. */
const paths: Readonly<Record<Exclude<AccountAttribute, 'email'>, string>> = {
  userName: 'userName',
  displayName: 'displayName',
  givenName: 'name.givenName',
  familyName: 'name.familyName',
  nickname: 'nickName',
  title: 'title',
  department: `${enterpriseUrn}:department`,
  organization: `${enterpriseUrn}:organization`,
  preferredLanguage: 'preferredLanguage',
  timezone: 'timezone',
  location: `${customUrn}:basedIn`,
};

export const toAccount = (user: ScimUser): Account => {
  const enterprise = user[enterpriseUrn];
  const attributes: Record<AccountAttribute, string | null | undefined> = {
    userName: user.userName,
    email: primaryEmail(user)?.value,
    displayName: user.displayName,
    givenName: user.name?.givenName,
    familyName: user.name?.familyName,
    nickname: user.nickName,
    title: user.title,
    // The API's document has both as core attributes too; identity providers write the enterprise extension.
    department: enterprise?.department || user.department,
    organization: enterprise?.organization || user.organization,
    preferredLanguage: user.preferredLanguage,
    timezone: user.timezone,
    location: user[customUrn]?.basedIn,
  };
  return {
    id: user.id as AccountId,
    ...(user.externalId && { externalId: user.externalId }),
    // Atlassian: "defaults to true if not provided".
    isActive: user.active ?? true,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value)) as AccountAttributes,
  };
};

export const toTargetGroup = (group: ScimGroup): TargetGroup => ({
  id: group.id as TargetGroupId,
  name: group.displayName,
  members: (group.members ?? []).map(({ value }) => value as AccountId),
});

export const toNewUser = ({ externalId, attributes }: AccountDraft): Record<string, unknown> => {
  const { userName, email, displayName, givenName, familyName, nickname, title } = attributes;
  const { department, organization, preferredLanguage, timezone, location } = attributes;
  const name = filled({ givenName, familyName });
  const enterprise = filled({ department, organization });
  const custom = filled({ basedIn: location });
  return {
    schemas: [userUrn, ...(enterprise ? [enterpriseUrn] : []), ...(custom ? [customUrn] : [])],
    externalId,
    active: true,
    ...filled({ userName, displayName, nickName: nickname, title, preferredLanguage, timezone }),
    ...(email && { emails: [{ value: email, type: 'work', primary: true }] }),
    ...(name && { name }),
    ...(enterprise && { [enterpriseUrn]: enterprise }),
    ...(custom && { [customUrn]: custom }),
  };
};

/**
 * The operations for what changes, nothing else. PUT is out of the question: it clears whatever it does not name, and
 * without `active` it may bring a deactivated account back.
 *
 * @param emails what the account has now; needed only when the patch changes the e-mail address.
 */
export const toOperations = (patch: AccountPatch, emails: readonly ScimEmail[]): readonly PatchOperation[] => {
  const operations: PatchOperation[] = [];
  if (patch.externalId !== undefined) operations.push({ op: 'replace', path: 'externalId', value: patch.externalId });
  for (const attribute of accountAttributes) {
    const value = patch.attributes[attribute];
    if (value === undefined) continue;
    if (attribute === 'email') {
      operations.push({ op: 'replace', path: 'emails', value: withPrimaryEmail(emails, value) });
    } else if (value !== '') {
      operations.push({ op: 'replace', path: paths[attribute], value });
    } else {
      operations.push({ op: 'remove', path: paths[attribute] });
      // Written there by another provisioner, it would shine through again.
      if (attribute === 'department' || attribute === 'organization')
        operations.push({ op: 'remove', path: attribute });
    }
  }
  return operations;
};

/** SCIM requires both of every user. */
export const clearsRequired = ({ attributes }: AccountPatch): boolean =>
  attributes.userName === '' || attributes.email === '';

const primaryEmail = ({ emails }: Pick<ScimUser, 'emails'>): ScimEmail | undefined =>
  emails?.find(({ primary }) => primary) ?? emails?.find(({ type }) => type === 'work') ?? emails?.[0];

const withPrimaryEmail = (emails: readonly ScimEmail[], value: string): readonly object[] => {
  const old = primaryEmail({ emails: [...emails] });
  const others = emails.filter((entry) => entry !== old && entry.value?.toLowerCase() !== value.toLowerCase());
  return [
    { value, type: old?.type ?? 'work', primary: true },
    ...others.map((entry) => filled({ value: entry.value, type: entry.type }) ?? {}),
  ];
};

/** Without what is not set; undefined when nothing is. */
const filled = (values: Record<string, string | null | undefined>): Record<string, string> | undefined => {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
};
