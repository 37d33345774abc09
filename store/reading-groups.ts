/** Groups of Okta as they were read last, for whoever names one. */
import { sql } from 'kysely';
import type { OktaGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';
import { storableText } from './json-text.ts';

/** Okta's names are not unique. */
const mostGroups = 50;

/** Groups whose name is exactly that, without regard to case, by id; those that Okta no longer shows as well. */
export async function groupsNamed(store: Store, name: string): Promise<{ id: OktaGroupId; name: string }[]> {
  return (
    store
      .selectFrom('okta_group')
      .select(['id', 'name'])
      // Both by the database: it folds some letters otherwise than JavaScript does (the Σ that ends a word, İ).
      .where(sql<string>`lower(name)`, '=', sql<string>`lower(${storableText(name)})`)
      .orderBy('id')
      .limit(mostGroups)
      .execute()
  );
}
