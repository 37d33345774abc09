import { coreGroupUrn } from './patch-group.ts';
import { coreUserUrn, enterpriseUrn } from './user-document.ts';

interface AttributeDefinition {
  name: string;
  type: 'string' | 'boolean' | 'complex' | 'reference';
  multiValued: boolean;
  description: string;
  required: boolean;
  caseExact?: false;
  canonicalValues?: string[];
  referenceTypes?: string[];
  subAttributes?: AttributeDefinition[];
  mutability: 'readWrite' | 'readOnly' | 'immutable';
  returned: 'default';
  uniqueness?: 'none' | 'server';
}

type Changes = Partial<AttributeDefinition>;

function text(name: string, description: string, changes: Changes = {}): AttributeDefinition {
  const base = { name, type: 'string', multiValued: false, description, required: false, caseExact: false } as const;
  return { ...base, mutability: 'readWrite', returned: 'default', uniqueness: 'none', ...changes };
}

function flag(name: string, description: string): AttributeDefinition {
  const base = { name, type: 'boolean', multiValued: false, description, required: false } as const;
  return { ...base, mutability: 'readWrite', returned: 'default' };
}

function complex(name: string, description: string, subAttributes: AttributeDefinition[], changes: Changes = {}) {
  const base = { name, type: 'complex', multiValued: false, description, required: false, subAttributes } as const;
  return { ...base, mutability: 'readWrite', returned: 'default', ...changes } as AttributeDefinition;
}

function reference(description: string, mutability: AttributeDefinition['mutability']): AttributeDefinition {
  return text('$ref', description, { type: 'reference', referenceTypes: ['User', 'Group'], mutability });
}

function entryParts(canonicalValues: string[]): AttributeDefinition[] {
  return [
    text('value', 'The value itself.'),
    text('display', 'A name to show. Read-only.'),
    text('type', 'What the value is for.', { canonicalValues }),
    flag('primary', 'Whether this is the preferred value; at most one is.'),
  ];
}

const user: AttributeDefinition[] = [
  text('userName', 'The name that identifies the user in this directory.', { required: true, uniqueness: 'server' }),
  complex('name', "The parts of the user's name.", [
    text('formatted', 'The full name as shown.'),
    text('familyName', 'The family name.'),
    text('givenName', 'The given name.'),
    text('middleName', 'The middle names.'),
    text('honorificPrefix', 'The titles before the name.'),
    text('honorificSuffix', 'The additions after the name.'),
  ]),
  text('displayName', 'The name to show to others.'),
  text('nickName', 'The casual name.'),
  text('title', 'The job title.'),
  text('preferredLanguage', 'The preferred language, such as en-US.'),
  text('timezone', 'The time zone in Olson format.'),
  flag('active', "The user's administrative status."),
  complex('emails', 'The e-mail addresses.', entryParts(['work', 'home', 'other']), {
    multiValued: true,
    required: true,
  }),
  complex('phoneNumbers', 'The phone numbers.', entryParts(['work', 'home', 'mobile', 'fax', 'pager', 'other']), {
    multiValued: true,
  }),
  complex(
    'groups',
    'The groups the user belongs to.',
    [
      text('value', "The group's identifier.", { mutability: 'readOnly' }),
      reference("The group's address.", 'readOnly'),
      text('display', 'A name to show. Read-only.', { mutability: 'readOnly' }),
      text('type', 'How the user belongs to it.', { canonicalValues: ['direct', 'indirect'], mutability: 'readOnly' }),
    ],
    { multiValued: true, mutability: 'readOnly' },
  ),
];

const enterprise: AttributeDefinition[] = [
  text('organization', 'The name of the organization.'),
  text('department', 'The name of the department.'),
];

const group: AttributeDefinition[] = [
  text('displayName', 'The name of the group.', { required: true, mutability: 'immutable' }),
  complex(
    'members',
    'The members of the group.',
    [
      text('value', 'Identifier of the member.', { mutability: 'immutable' }),
      reference("The member's address.", 'immutable'),
    ],
    { multiValued: true },
  ),
];

/** In the order and with the names that the directory lists them; the two Atlassian extensions are not among them. */
export const schemaDefinitions: readonly {
  id: string;
  name: string;
  description: string;
  attributes: AttributeDefinition[];
}[] = [
  { id: coreUserUrn, name: 'User', description: 'User Account', attributes: user },
  { id: enterpriseUrn, name: 'EnterpriseUser', description: 'Enterprise User', attributes: enterprise },
  { id: coreGroupUrn, name: 'Group', description: 'Group', attributes: group },
];
