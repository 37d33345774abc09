/** What operators decide about links: by hand, where matching found a conflict or was wrong. */
import { Failure } from '../domain/failure.ts';
import type { AccountId, OktaUserId } from '../domain/ids.ts';
import { bearsOktaId } from '../domain/match.ts';
import type { Store } from './connect.ts';
import { inTransaction } from './in-transaction.ts';
import { linkedAccount, linkedPerson } from './links.ts';

export interface OperatorLink {
  readonly target: string;
  readonly person: OktaUserId;
  readonly account: AccountId;
  /** Links although the account carries the id of another Okta user; the next run writes this person's id there. */
  readonly force?: boolean;
}

/**
 * Links a person to an account of the mirror. Whatever stood against matching them by name (several candidates, an
 * inactive account, an earlier `unlinkByOperator`) does not stand against it. Repeating it is fine. The person has to be
 * planned again afterwards.
 * @returns whether the link is new
 * @throws Failure `Rejected` (`unknown-person`, `unknown-account`), `Conflict` (`person-linked`, `account-linked`,
 *   `carries-other-id`); the message says what to do
 */
export async function linkByOperator(store: Store, link: OperatorLink): Promise<boolean> {
  const { target, person, account } = link;
  return inTransaction(store, async (tx) => {
    await refuseUnknown(tx, link);
    // Two operators at once: the second waits here for the first, and then sees its link below.
    const { numInsertedOrUpdatedRows: made = 0n } = await tx
      .insertInto('person_link')
      .values({ target, person_id: person, account_id: account, origin: 'operator' })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    await refuseOtherLinks(tx, link);
    await tx
      .deleteFrom('kept_apart')
      .where('target', '=', target)
      .where('person_id', '=', person)
      .where('account_id', '=', account)
      .execute();
    return made > 0n;
  });
}

/**
 * Takes a person's link away and touches nothing at the target. The two are kept apart from now on: the account still
 * bears the person's id or name, so the next run would adopt it again; it tells the person as a conflict instead, until
 * `linkByOperator` says whose the account is.
 * @returns the account
 * @throws Failure `Rejected` (`not-linked`)
 */
export async function unlinkByOperator(store: Store, target: string, person: OktaUserId): Promise<AccountId> {
  return inTransaction(store, async (tx) => {
    const gone = await tx
      .deleteFrom('person_link')
      .where('target', '=', target)
      .where('person_id', '=', person)
      .returning('account_id')
      .executeTakeFirst();
    if (!gone) throw refusal('Rejected', 'not-linked', { target, person }, `${person} has no link at ${target}`);
    const { account_id } = gone;
    await tx
      .insertInto('kept_apart')
      .values({ target, person_id: person, account_id })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return account_id;
  });
}

async function refuseUnknown(store: Store, wanted: OperatorLink): Promise<void> {
  const { target, person, account, force = false } = wanted;
  const user = await store.selectFrom('okta_user').select('id').where('id', '=', person).executeTakeFirst();
  if (!user)
    throw refusal('Rejected', 'unknown-person', wanted, `Okta showed no person ${person}: check the id, or sync first`);
  const row = await store
    .selectFrom('account')
    .select('external_id')
    .where('target', '=', target)
    .where('id', '=', account)
    .executeTakeFirst();
  if (!row)
    throw refusal(
      'Rejected',
      'unknown-account',
      wanted,
      `${target} showed no account ${account}: check the id, or sync first`,
    );
  const carried = row.external_id;
  if (!force && carried !== null && carried !== person && bearsOktaId(carried))
    throw refusal(
      'Conflict',
      'carries-other-id',
      wanted,
      `account ${account} carries the id of ${carried}: link with --force if it is ${person}'s all the same`,
    );
}

async function refuseOtherLinks(store: Store, wanted: OperatorLink): Promise<void> {
  const { target, person, account } = wanted;
  const other = await linkedAccount(store, target, person);
  if (other !== undefined && other !== account)
    throw refusal(
      'Conflict',
      'person-linked',
      wanted,
      `${person} is already linked to account ${other}: unlink ${person} first`,
    );
  const owner = await linkedPerson(store, target, account);
  if (owner !== undefined && owner !== person)
    throw refusal(
      'Conflict',
      'account-linked',
      wanted,
      `account ${account} is already linked to ${owner}: unlink ${owner} first`,
    );
}

const refusal = (
  kind: 'Rejected' | 'Conflict',
  code: string,
  { target, person }: Pick<OperatorLink, 'target' | 'person'>,
  message: string,
): Failure => new Failure(kind, message, { system: target, operation: 'link person', subject: person, code });
