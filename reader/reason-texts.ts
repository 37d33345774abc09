import type { Reason } from '../domain/change.ts';

/** Why a change is wanted, as the end of a line about it. */
export const reasonTexts: Readonly<Record<Reason, string>> = {
  'entitled-in-scope': 'in scope and entitled at Okta',
  'matched-by-external-id': 'the account carries their Okta id',
  'matched-by-user-name': 'the account has their user name',
  'matched-by-email': 'the account has their e-mail address',
  'attributes-differ': 'Okta has other values',
  returned: 'back in scope and entitled at Okta',
  'okta-deprovisioned': 'deactivated at Okta',
  'okta-deleted': 'deleted at Okta',
  'okta-suspended': 'suspended at Okta',
  'okta-staged': 'staged at Okta: not activated yet',
  offboarded: 'offboarded by HR or an operator',
  'out-of-scope': "outside this target's scope",
  'in-okta-group': 'member of the group at Okta',
  'not-in-okta-group': 'not a member of the group at Okta',
  'unlinked-member': 'no person is linked to this account',
  'group-selected': 'selected by the configuration',
  'group-matched-by-name': 'a group of this name is there already',
  'group-renamed': 'renamed at Okta',
  'group-gone-at-okta': 'the group was deleted at Okta',
  'lost-at-target': 'the target lost it after it was written',
  'linked-by-operator': 'linked by an operator',
};
