/** Rows of the mirror as the domain's words. */

import type { Selectable } from 'kysely';
import type { Account } from '../domain/account.ts';
import type { Person } from '../domain/person.ts';
import type { Database } from './schema.ts';

export const personOf = (row: Selectable<Database['okta_user']>): Person => ({
  id: row.id,
  status: row.status,
  isTransitioning: row.is_transitioning,
  login: row.login,
  email: row.email,
  profile: row.profile,
  lastUpdated: row.last_updated,
});

export const accountOf = (
  row: Pick<Selectable<Database['account']>, 'id' | 'external_id' | 'is_active' | 'attributes'>,
): Account => ({
  id: row.id,
  ...(row.external_id === null ? {} : { externalId: row.external_id }),
  isActive: row.is_active,
  attributes: row.attributes,
});
