/** The durable pairing of Okta's ids with a target's. Unique both ways; the database refuses anything else. */
import pg from 'pg';
import { Failure } from '../domain/failure.ts';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import type { Store } from './connect.ts';

/** How a link came about. An adopted account or group existed before Lockstep and is never deleted. */
export type LinkOrigin = 'created' | 'adopted';

/** Repeating the same link is fine. @throws Failure `Conflict` when either side is linked to something else. */
export async function linkPerson(
  store: Store,
  target: string,
  person: OktaUserId,
  account: AccountId,
  origin: LinkOrigin,
): Promise<void> {
  await refusingOtherLinks('person', person, async () => {
    await store
      .insertInto('person_link')
      .values({ target, person_id: person, account_id: account, origin })
      .onConflict((conflict) => conflict.columns(['target', 'person_id']).doNothing())
      .execute();
  });
  if ((await linkedAccount(store, target, person)) !== account) throw otherLink('person', person);
}

export async function linkedAccount(store: Store, target: string, person: OktaUserId): Promise<AccountId | undefined> {
  const links = await linkedAccounts(store, target, [person]);
  return links.get(person);
}

export async function linkedAccounts(
  store: Store,
  target: string,
  people: readonly OktaUserId[],
): Promise<Map<OktaUserId, AccountId>> {
  if (people.length === 0) return new Map();
  const rows = await store
    .selectFrom('person_link')
    .select(['person_id', 'account_id'])
    .where('target', '=', target)
    .where('person_id', 'in', people)
    .execute();
  return new Map(rows.map((row) => [row.person_id, row.account_id]));
}

/** Repeating the same link is fine. @throws Failure `Conflict` when either side is linked to something else. */
export async function linkGroup(
  store: Store,
  target: string,
  group: OktaGroupId,
  targetGroup: TargetGroupId,
  origin: LinkOrigin,
): Promise<void> {
  await refusingOtherLinks('group', group, async () => {
    await store
      .insertInto('group_link')
      .values({ target, group_id: group, target_group_id: targetGroup, origin })
      .onConflict((conflict) => conflict.columns(['target', 'group_id']).doNothing())
      .execute();
  });
  if ((await groupLinks(store, target)).get(group) !== targetGroup) throw otherLink('group', group);
}

export async function groupLinks(store: Store, target: string): Promise<Map<OktaGroupId, TargetGroupId>> {
  const rows = await store
    .selectFrom('group_link')
    .select(['group_id', 'target_group_id'])
    .where('target', '=', target)
    .execute();
  return new Map(rows.map((row) => [row.group_id, row.target_group_id]));
}

const uniqueViolation = '23505';

async function refusingOtherLinks(what: string, subject: string, insert: () => Promise<void>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === uniqueViolation) throw otherLink(what, subject);
    throw error;
  }
}

const otherLink = (what: string, subject: string): Failure =>
  new Failure('Conflict', `store: ${what} ${subject} or its counterpart is linked to something else`, {
    system: 'store',
    operation: `link ${what}`,
    subject,
  });
