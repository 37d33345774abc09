import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isFailure } from '../../domain/failure.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { linkedAccount, linkPeople } from '../../store/links.ts';
import { savePeople } from '../../store/okta-mirror.ts';
import { linkByOperator, type OperatorLink, unlinkByOperator } from '../../store/operator-links.ts';
import { beginSnapshot } from '../../store/snapshots.ts';
import { saveAccounts } from '../../store/target-mirror.ts';
import { accountId, alice, anAccount, aPerson, bob, userId } from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

const target = 'cloud';
const [one, two, foreign] = [accountId('one'), accountId('two'), accountId('foreign')];

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 4 });
  const snapshot = await beginSnapshot(store, target);
  await savePeople(store, snapshot, [aPerson(), aPerson({ id: bob, login: 'bob' })]);
  const accounts = [one, two].map((id) => anAccount({ id }));
  await saveAccounts(store, target, snapshot, [...accounts, anAccount({ id: foreign, externalId: bob })]);
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});
beforeEach(async () => {
  await store.deleteFrom('person_link').execute();
  await store.deleteFrom('kept_apart').execute();
});

/** `true` or `false` as returned, else kind and code of the failure. */
const link = (wanted: Omit<OperatorLink, 'target'>): Promise<string> =>
  linkByOperator(store, { target, ...wanted }).then(String, (error: unknown) => {
    if (!isFailure(error)) throw error;
    return `${error.kind} ${error.details.code}: ${error.message}`;
  });
const keptApart = () => store.selectFrom('kept_apart').select(['person_id', 'account_id']).execute();

describe('a link made by an operator', () => {
  it('is kept with its origin, and making it again changes nothing', async () => {
    expect(await link({ person: alice, account: one })).toBe('true');
    expect(await link({ person: alice, account: one })).toBe('false');
    const rows = await store.selectFrom('person_link').select(['account_id', 'origin']).execute();
    expect(rows).toEqual([{ account_id: one, origin: 'operator' }]);
  });

  it.each([
    ['nobody knows the person', userId('00u00000000000000nob'), one, 'Rejected unknown-person'],
    ['nobody knows the account', alice, accountId('none'), 'Rejected unknown-account'],
    ['the person is linked', bob, one, 'Conflict person-linked'],
    ['the account is linked', alice, two, 'Conflict account-linked'],
    ['the account carries the id of somebody else', alice, foreign, 'Conflict carries-other-id'],
  ])('is refused when %s', async (_what, person, account, expected) => {
    await linkPeople(store, target, [{ person: bob, account: two, origin: 'created' }]);
    expect(await link({ person, account })).toMatch(new RegExp(`^${expected}: .+(:|first)`));
    expect(await store.selectFrom('person_link').select('account_id').execute()).toEqual([{ account_id: two }]);
  });

  it('may be forced onto an account that carries the id of somebody else, but not onto one that is linked', async () => {
    expect(await link({ person: alice, account: foreign, force: true })).toBe('true');
    expect(await link({ person: bob, account: foreign, force: true })).toMatch('Conflict account-linked');
  });

  it('is made once when two operators link at the same time', async () => {
    const answers = await Promise.all([link({ person: alice, account: one }), link({ person: bob, account: one })]);
    expect(answers.toSorted()).toEqual([expect.stringMatching('Conflict account-linked'), 'true']);
    expect(await store.selectFrom('person_link').select('account_id').execute()).toEqual([{ account_id: one }]);
  });
});

describe('a link taken away by an operator', () => {
  it('keeps the two apart until they are linked again', async () => {
    await link({ person: alice, account: one });
    expect(await unlinkByOperator(store, target, alice)).toBe(one);
    expect(await linkedAccount(store, target, alice)).toBeUndefined();
    expect(await keptApart()).toEqual([{ person_id: alice, account_id: one }]);
    await link({ person: alice, account: two });
    expect(await keptApart()).toEqual([{ person_id: alice, account_id: one }]);
    await unlinkByOperator(store, target, alice);
    await link({ person: alice, account: one });
    expect(await keptApart()).toEqual([{ person_id: alice, account_id: two }]);
  });

  it('must be there', async () => {
    await expect(unlinkByOperator(store, target, alice)).rejects.toMatchObject({ kind: 'Rejected' });
  });
});
