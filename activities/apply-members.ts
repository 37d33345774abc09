/** Carries out membership changes of one group, many in one request. */

import pMap from 'p-map';
import { type Failure, isFailure, isTransient } from '../domain/failure.ts';
import type { AccountId, TargetGroupId } from '../domain/ids.ts';
import type { ChangeRow } from '../store/plans.ts';
import { type ApplyContext, type Effect, parkedBy, requestIdOf, triesBeforeParking } from './apply-context.ts';
import type { LiveReads, Verdict } from './live-facts.ts';
import { type Done, doneWith, underClaim } from './under-claim.ts';

interface Member {
  readonly row: ChangeRow;
  readonly account: AccountId;
}

export async function applyMemberChanges(
  context: ApplyContext,
  live: LiveReads,
  rows: readonly ChangeRow[],
): Promise<Done> {
  const [first] = rows;
  if (!first) return doneWith([]);
  const group = first.group_id === null ? undefined : context.groups.get(first.group_id);
  if (group === undefined)
    return doneWith(rows.map(({ seq }) => ({ seq, outcome: 'parked', detail: 'group-not-linked' })));
  const isMember = first.kind === 'add-member';
  const { effects, members } = isMember ? await joiners(context, live, rows) : await goers(context, live, rows);
  if (members.length === 0) return doneWith(effects);
  const done = await underClaim(context, members, (claimed, those) => send(claimed, group, isMember, those));
  return { ...done, effects: [...effects, ...done.effects] };
}

interface Sorted {
  readonly effects: Effect[];
  readonly members: Member[];
}

/** The account must exist and be linked by now. Additions may use the mirror, except for guarded groups. */
async function joiners(context: ApplyContext, live: LiveReads, rows: readonly ChangeRow[]): Promise<Sorted> {
  const effects: Effect[] = [];
  const members: Member[] = [];
  for (const row of rows) {
    const account = row.person_id === null ? undefined : context.links.get(row.person_id);
    if (account === undefined) effects.push({ seq: row.seq, outcome: 'parked', detail: 'account-not-linked' });
    else members.push({ row, account });
  }
  const [group] = rows.flatMap(({ group_id }) => group_id ?? []);
  if (group === undefined || !context.guardedGroups.has(group)) return { effects, members };
  const decided = await decide(context, members, ({ row: { person_id: person }, account }) =>
    person === null ? 'stale' : live.verdict({ kind: 'add-member', person, account, group }),
  );
  return { effects: [...effects, ...decided.effects], members: decided.members };
}

/** Each removal is decided on a live read. */
async function goers(context: ApplyContext, live: LiveReads, rows: readonly ChangeRow[]): Promise<Sorted> {
  const members = rows.map((row): Member => {
    if (row.account_id === null) throw new Error(`change ${row.seq} of plan ${row.plan_id} is incomplete`);
    return { row, account: row.account_id };
  });
  return decide(context, members, ({ row, account }) => {
    const { group_id: group, person_id: person } = row;
    if (group === null) throw new Error(`change ${row.seq} of plan ${row.plan_id} is incomplete`);
    return person === null
      ? live.verdictOfStranger(account, group)
      : live.verdict({ kind: 'remove-member', person, account, group });
  });
}

/** Whose read fails waits alone: the others go on. */
async function decide(
  context: ApplyContext,
  members: readonly Member[],
  verdictOf: (member: Member) => Promise<Verdict> | Verdict,
): Promise<Sorted> {
  const sorted: Sorted = { effects: [], members: [] };
  const failed: { readonly row: ChangeRow; readonly failure: Failure }[] = [];
  const ask = async (member: Member): Promise<void> => {
    const { row } = member;
    try {
      const verdict = await verdictOf(member);
      if (verdict === 'go') sorted.members.push(member);
      else sorted.effects.push({ seq: row.seq, outcome: verdict });
    } catch (error) {
      // A refused credential and a used-up rate limit are nobody's in particular.
      if (!isFailure(error) || error.kind === 'AccessDenied' || error.kind === 'RateLimited') throw error;
      failed.push({ row, failure: error });
    }
  };
  await context.slot(() => pMap(members, ask, { concurrency: context.deps.sourceConcurrency }));
  const [first] = failed;
  if (first && failed.length === members.length) throw first.failure;
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
