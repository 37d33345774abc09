/** Carries out membership changes of one group, many in one request. */

import pMap from 'p-map';
import { type Failure, isFailure, isTransient } from '../domain/failure.ts';
import type { AccountId, TargetGroupId } from '../domain/ids.ts';
import type { ChangeRow } from '../store/plans.ts';
import { type ApplyContext, type Effect, parkedBy, requestIdOf, triesBeforeParking } from './apply-context.ts';
import type { LiveReads } from './live-facts.ts';

interface Member {
  readonly row: ChangeRow;
  readonly account: AccountId;
}

export async function applyMemberChanges(
  context: ApplyContext,
  live: LiveReads,
  rows: readonly ChangeRow[],
): Promise<Effect[]> {
  const [first] = rows;
  if (!first) return [];
  const group = first.group_id === null ? undefined : context.groups.get(first.group_id);
  if (group === undefined) return rows.map(({ seq }) => ({ seq, outcome: 'parked', detail: 'group-not-linked' }));
  const isMember = first.kind === 'add-member';
  const { effects, members } = isMember ? joiners(context, rows) : await goers(context, live, rows);
  return [...effects, ...(await send(context, group, isMember, members))];
}

interface Sorted {
  readonly effects: Effect[];
  readonly members: Member[];
}

/** Additions may use the mirror; but the account must exist and be linked by now. */
function joiners({ links }: ApplyContext, rows: readonly ChangeRow[]): Sorted {
  const sorted: Sorted = { effects: [], members: [] };
  for (const row of rows) {
    const account = row.person_id === null ? undefined : links.get(row.person_id);
    if (account === undefined) sorted.effects.push({ seq: row.seq, outcome: 'parked', detail: 'account-not-linked' });
    else sorted.members.push({ row, account });
  }
  return sorted;
}

/** Each removal is decided on a live read. Whose read fails waits alone: the others go on. */
async function goers(context: ApplyContext, live: LiveReads, rows: readonly ChangeRow[]): Promise<Sorted> {
  const sorted: Sorted = { effects: [], members: [] };
  const failed: { readonly row: ChangeRow; readonly failure: Failure }[] = [];
  const decide = async (row: ChangeRow): Promise<void> => {
    const { account_id: account, group_id: group, person_id: person } = row;
    if (account === null || group === null) throw new Error(`change ${row.seq} of plan ${row.plan_id} is incomplete`);
    try {
      const verdict =
        person === null
          ? await live.verdictOfStranger(account, group)
          : await live.verdict({ kind: 'remove-member', person, account, group });
      if (verdict === 'go') sorted.members.push({ row, account });
      else sorted.effects.push({ seq: row.seq, outcome: verdict });
    } catch (error) {
      // A refused credential and a used-up rate limit are nobody's in particular.
      if (!isFailure(error) || error.kind === 'AccessDenied' || error.kind === 'RateLimited') throw error;
      failed.push({ row, failure: error });
    }
  };
  await pMap(rows, decide, { concurrency: context.deps.sourceConcurrency });
  const [first] = failed;
  if (first && failed.length === rows.length) throw first.failure;
  for (const { row, failure } of failed)
    if (!isTransient(failure.kind) || row.attempts + 1 >= triesBeforeParking)
      sorted.effects.push(parkedBy(row, failure));
  return sorted;
}

/** One request; if one member of it makes the target refuse, halves are tried, until only that one is left out. */
async function send(
  context: ApplyContext,
  group: TargetGroupId,
  isMember: boolean,
  members: readonly Member[],
): Promise<Effect[]> {
  if (members.length === 0) return [];
  const { directory } = context.target;
  const accounts = members.map(({ account }) => account);
  try {
    const written = isMember
      ? await directory.addMembers(group, accounts, context.call)
      : await directory.removeMembers(group, accounts, context.call);
    return members.map(({ row, account }) => ({
      seq: row.seq,
      outcome: 'applied',
      membership: { group, account, isMember },
      ...requestIdOf(written),
    }));
  } catch (error) {
    if (!isFailure(error) || !isAboutOneMember(error)) throw error;
    const [only] = members;
    if (only && members.length === 1) return [parkedBy(only.row, error)];
    const middle = Math.ceil(members.length / 2);
    return [
      ...(await send(context, group, isMember, members.slice(0, middle))),
      ...(await send(context, group, isMember, members.slice(middle))),
    ];
  }
}

const isAboutOneMember = ({ kind }: Failure): boolean => kind === 'Conflict' || kind === 'Rejected';
