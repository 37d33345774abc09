/** Carries out one change of an account. Every write may be the repeat of one whose answer was lost. */
import { type Account, type AccountAttribute, type AccountAttributes, sameValue } from '../domain/account.ts';
import type { OutcomeDetail } from '../domain/change.ts';
import type { Written } from '../domain/directory.ts';
import { Failure, isFailure } from '../domain/failure.ts';
import type { AccountId, OktaUserId } from '../domain/ids.ts';
import { isStillAdoptable } from '../domain/match.ts';
import { isWrittenSince } from '../store/claims.ts';
import type { LinkOrigin } from '../store/links.ts';
import type { ChangeRow } from '../store/plans.ts';
import { type ApplyContext, type Effect, requestIdOf } from './apply-context.ts';
import type { LiveReads } from './live-facts.ts';
import { type Done, doneWith, underClaim } from './under-claim.ts';

export async function applyAccountChange(context: ApplyContext, live: LiveReads, row: ChangeRow): Promise<Done> {
  switch (row.kind) {
    case 'create-account':
      return underClaim(context, [{ row }], async (claimed) => [await createAccount(claimed, row)]);
    case 'link-account':
      return underOwnClaim(context, row, adoptAccount);
    case 'update-account':
      return underOwnClaim(context, row, updateAccount);
    case 'deactivate-account':
    case 'reactivate-account':
      return switchAccount(context, live, row, row.kind);
    default:
      throw new Error(`${row.kind} is no change of an account`);
  }
}

const underOwnClaim = (
  context: ApplyContext,
  row: ChangeRow,
  write: (context: ApplyContext, row: ChangeRow) => Promise<Effect>,
): Promise<Done> =>
  underClaim(context, [{ row, account: accountIdOf(row) }], async (claimed) => [await write(claimed, row)]);

const personOf = (row: ChangeRow): OktaUserId => required(row.person_id, row);
const accountIdOf = (row: ChangeRow): AccountId => required(row.account_id, row);

function required<T>(value: T | null, { plan_id, seq }: ChangeRow): T {
  if (value === null) throw new Error(`change ${seq} of plan ${plan_id} is incomplete`);
  return value;
}

const applied = (row: ChangeRow, written: Written<Account>, rest: Partial<Effect> = {}): Effect => ({
  seq: row.seq,
  outcome: 'applied',
  account: written.value,
  ...requestIdOf(written),
  ...rest,
});

async function createAccount(context: ApplyContext, row: ChangeRow): Promise<Effect> {
  const { target, links, call } = context;
  const person = personOf(row);
  if (links.has(person)) return { seq: row.seq, outcome: 'unchanged' };
  if (row.attempts > 0) {
    const found = await ownAccount(context, person);
    if (found) return linked(row, found, 'created', 'found-after-lost-answer');
  }
  try {
    const written = await target.directory.createAccount({ externalId: person, attributes: afterOf(row) }, call);
    return applied(row, written, { link: { person, account: written.value.id, origin: 'created' } });
  } catch (error) {
    const found = isFailure(error, 'Conflict') ? await ownAccount(context, person) : undefined;
    if (found) return linked(row, found, 'adopted', 'found-after-conflict');
    throw error;
  }
}

/** The account that carries this person's Okta id at the target. */
async function ownAccount({ target, call }: ApplyContext, person: OktaUserId): Promise<Account | undefined> {
  const found = await target.directory.findAccounts({ externalId: person }, call);
  return found.length === 1 ? found[0] : undefined;
}

const linked = (row: ChangeRow, account: Account, origin: LinkOrigin, detail: OutcomeDetail): Effect => ({
  seq: row.seq,
  outcome: 'applied',
  detail,
  account,
  link: { person: personOf(row), account: account.id, origin },
});

async function adoptAccount({ target, links, call }: ApplyContext, row: ChangeRow): Promise<Effect> {
  const person = personOf(row);
  // Linked by hand already, whatever the account carries; only its mark is written.
  const isMarking = row.reason === 'linked-by-operator';
  if (isMarking && links.get(person) !== row.account_id) return { seq: row.seq, outcome: 'stale' };
  const account = await target.directory.account(accountIdOf(row), call);
  if (!account) return { seq: row.seq, outcome: 'stale', detail: 'account-gone' };
  if (!isMarking && !isStillAdoptable(account, person)) return { seq: row.seq, outcome: 'stale', account };
  const link = isMarking ? {} : { link: { person, account: account.id, origin: 'adopted' as const } };
  if (!target.directory.capabilities.keepsExternalId || account.externalId === person)
    return { seq: row.seq, outcome: 'applied', account, ...link };
  const written = await target.directory.updateAccount(account.id, { externalId: person, attributes: {} }, call);
  return applied(row, written, link);
}

async function updateAccount({ target, call }: ApplyContext, row: ChangeRow): Promise<Effect> {
  const id = accountIdOf(row);
  // An earlier try may have done it and lost the answer: a user name or address that is there already is never sent.
  const known = row.attempts > 0 ? await target.directory.account(id, call) : undefined;
  const attributes = known ? notYet(afterOf(row), known) : afterOf(row);
  if (known && Object.keys(attributes).length === 0)
    return { seq: row.seq, outcome: 'applied', detail: 'found-after-lost-answer', account: known };
  return applied(row, await target.directory.updateAccount(id, { attributes }, call));
}

const notYet = (wanted: AccountAttributes, { attributes }: Account): AccountAttributes =>
  Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => {
      const attribute = name as AccountAttribute;
      return !sameValue(attribute, attributes[attribute], value);
    }),
  );

const afterOf = (row: ChangeRow): AccountAttributes => required(row.after, row);

/** Decided before the claim, so that what is said meanwhile is seen when claiming. */
async function switchAccount(
  context: ApplyContext,
  live: LiveReads,
  row: ChangeRow,
  kind: 'deactivate-account' | 'reactivate-account',
): Promise<Done> {
  const decidable = { kind, person: personOf(row), account: accountIdOf(row) };
  const verdict = await context.slot(() => live.verdict(decidable));
  // An earlier try may have done it and lost the answer; then the evidence is ours, unless somebody else's tells of it.
  const isOurs = verdict === 'unchanged' && row.attempts > 0;
  if (isOurs && !(await isWrittenSince(context.deps.store, row.plan_id, decidable.person)))
    return doneWith([{ seq: row.seq, outcome: 'applied', detail: 'found-after-lost-answer' }]);
  if (verdict !== 'go') return doneWith([{ seq: row.seq, outcome: verdict }]);
  return underOwnClaim(context, row, setActive);
}

async function setActive({ target, call }: ApplyContext, row: ChangeRow): Promise<Effect> {
  const account = accountIdOf(row);
  const isActive = row.kind === 'reactivate-account';
  const written = await target.directory.setActive(account, isActive, call);
  if (written.value.isActive !== isActive)
    throw new Failure(
      'UnexpectedResponse',
      `${target.settings.name}: account ${account} did not become ${isActive ? 'active' : 'inactive'}`,
      {
        system: target.settings.name,
        operation: row.kind,
        subject: account,
        ...(written.requestId === undefined ? {} : { requestId: written.requestId }),
      },
    );
  return applied(row, written);
}
