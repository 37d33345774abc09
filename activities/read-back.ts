/**
 * Reads one group back after it was written. Answering success and losing members is a way of failing that shows nowhere
 * else: whoever is ours, wanted and not there is put in again, whoever was taken out and is still there is taken out
 * again. Members who came meanwhile are left alone.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Failure, isFailure, isTransient } from '../domain/failure.ts';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import { linkedAccounts } from '../store/links.ts';
import {
  appendRepairs,
  linkedMembers,
  type MemberRepair,
  membersRemoved,
  openRepairs,
} from '../store/member-repairs.ts';
import { type ChangeRow, countAttempt } from '../store/plans.ts';
import { addTargetMembers, removeTargetMembers } from '../store/target-mirror.ts';
import { type Effect, parkedBy, type StepContext } from './apply-context.ts';
import { applyMemberChanges } from './apply-members.ts';
import type { Claims } from './claims.ts';
import { LiveReads } from './live-facts.ts';
import { type Done, raised, withClaim } from './under-claim.ts';
import { wantedMembers } from './wanted-members.ts';

/** How often the same members are written again before the target is said not to keep them. */
const repairsAtMost = 2;
/** A directory may be behind its own answers for a moment, so what differs is looked at again. */
const lookAgainAfterMs = [250, 1_000];

export interface ReadBack {
  readonly context: StepContext;
  readonly planId: string;
  readonly claims: Claims;
  readonly record: (effects: readonly Effect[]) => Promise<void>;
}

/** What differs between a group as read and as it should be after this plan. */
interface Amiss {
  readonly lost: ReadonlyMap<AccountId, OktaUserId>;
  readonly notRemoved: readonly MemberRepair[];
}

/** @throws Failure when the group cannot be read; what was found by then is in the store, and goes on from there */
export async function readBackGroup(of: ReadBack, group: TargetGroupId): Promise<void> {
  const { context, planId } = of;
  const { store } = context.deps;
  const keptBy = [...context.groups].filter(([, linked]) => linked === group).map(([okta]) => okta);
  await begin(of, group, keptBy);
  let open = await openRepairs(store, planId, keptBy);
  for (let tries = 0; open.length > 0 && tries < repairsAtMost; tries += 1) {
    const effects = await writeAgain(of, open);
    const written = new Map(
      effects.filter(({ outcome }) => outcome === 'applied').map((effect) => [effect.seq, effect]),
    );
    await of.record(effects.filter(({ seq }) => !written.has(seq)));
    const rows = open.filter(({ seq }) => written.has(seq));
    const kept = await orGiveBack(of.claims, [...written.values()], () => keptRows(context, group, rows));
    await of.record(rows.filter(({ seq }) => kept.has(seq)).flatMap(({ seq }) => written.get(seq) ?? []));
    open = rows.filter(({ seq }) => !kept.has(seq));
    await of.claims.giveBack(claimsOf(open.flatMap(({ seq }) => written.get(seq) ?? [])));
  }
  await of.record(open.map(({ seq }) => ({ seq, outcome: 'parked', detail: 'UnexpectedResponse:not-kept' })));
  const left = await openRepairs(store, planId, keptBy);
  // Their claim was lost, or Okta could not be asked about them: they are still to be written.
  if (left.length > 0)
    throw new Failure(
      'Unavailable',
      `${context.name}: ${left.length} members of group ${group} are still to be written`,
      {
        system: context.name,
        subject: group,
      },
    );
}

const claimsOf = (effects: readonly Effect[]) => effects.flatMap(({ claim }) => claim ?? []);

/** What was written and is not on record is written again by the next try, which must find nobody busy with it. */
async function orGiveBack<T>(claims: Claims, effects: readonly Effect[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await claims.giveBack(claimsOf(effects));
    throw error;
  }
}

/** Compares, puts the mirror right, and writes down what is to be repaired before anything is sent. */
async function begin(
  { context, planId }: ReadBack,
  group: TargetGroupId,
  keptBy: readonly OktaGroupId[],
): Promise<void> {
  const { name, deps } = context;
  const { lost, notRemoved } = await settled(
    context,
    group,
    async (members) => {
      const expected = await linkedMembers(deps.store, name, group);
      const removed = await membersRemoved(deps.store, planId, keptBy);
      return {
        lost: new Map([...expected].filter(([account]) => !members.has(account))),
        notRemoved: removed.filter(({ account }) => members.has(account)),
      } satisfies Amiss;
    },
    (amiss) => amiss.lost.size === 0 && amiss.notRemoved.length === 0,
  );
  if (lost.size === 0 && notRemoved.length === 0) return;
  const wanted = await wantedMembers(context, group, lost);
  await deps.store.transaction().execute(async (tx) => {
    await removeTargetMembers(tx, name, [{ group, accounts: [...lost.keys()] }]);
    await addTargetMembers(tx, name, [{ group, accounts: notRemoved.map(({ account }) => account) }]);
    await appendRepairs(tx, planId, [...notRemoved, ...wanted]);
  });
}

/** Under the rules of every other change: claims, live reads before a removal, full batches. */
async function writeAgain({ context, planId, claims }: ReadBack, rows: readonly ChangeRow[]): Promise<Effect[]> {
  const { store } = context.deps;
  await countAttempt(
    store,
    planId,
    rows.map(({ seq }) => seq),
  );
  const links = await linkedAccounts(store, context.name, [
    ...new Set(rows.flatMap(({ person_id }) => person_id ?? [])),
  ]);
  const applying = { ...context, links, claims };
  const live = new LiveReads(applying);
  const effects: Effect[] = [];
  for (const batch of batchesOf(rows, context.target.directory.capabilities.memberBatch)) {
    const done = await applyMemberChanges(applying, live, batch).catch(raised(batch));
    effects.push(...(await orGiveBack(claims, effects, () => effectsOf(claims, done))));
  }
  return effects;
}

/** Whom somebody else writes right now is parked, and soon tried again. */
async function effectsOf(claims: Claims, { effects, busy, failed }: Done): Promise<Effect[]> {
  const all = [...effects, ...busy.map(({ seq }): Effect => ({ seq, outcome: 'parked', detail: 'person-busy' }))];
  if (!failed) return all;
  const { error, rows } = failed;
  if (isAboutThisGroup(error)) return [...all, ...rows.map((row) => withClaim(parkedBy(row, error), failed.claims))];
  await claims.giveBack([...failed.claims.values(), ...claimsOf(effects)]);
  throw error;
}

function batchesOf(rows: readonly ChangeRow[], size: number): ChangeRow[][] {
  const alike = Map.groupBy(rows, ({ kind, group_id }) => `${kind} ${group_id}`);
  return [...alike.values()].flatMap((those) =>
    Array.from({ length: Math.ceil(those.length / size) }, (_, index) => those.slice(index * size, (index + 1) * size)),
  );
}

/** Of these, by number, whom the target now shows as written. */
async function keptRows(
  context: StepContext,
  group: TargetGroupId,
  rows: readonly ChangeRow[],
): Promise<ReadonlySet<number>> {
  if (rows.length === 0) return new Set();
  return settled(
    context,
    group,
    async (members) => {
      const isAsWritten = ({ kind, account_id: account }: ChangeRow): boolean =>
        account !== null && members.has(account) === (kind === 'add-member');
      return new Set(rows.filter(isAsWritten).map(({ seq }) => seq));
    },
    (kept) => kept.size === rows.length,
  );
}

/** Reads until it is as it should be, at most a few times; then it is what it is. */
async function settled<T>(
  { target: { directory }, call }: StepContext,
  group: TargetGroupId,
  look: (members: ReadonlySet<AccountId>) => Promise<T>,
  isFine: (seen: T) => boolean,
): Promise<T> {
  for (let looks = 0; ; looks += 1) {
    const members = new Set<AccountId>();
    for await (const page of directory.members(group, call)) for (const account of page) members.add(account);
    const seen = await look(members);
    const pause = lookAgainAfterMs[looks];
    if (pause === undefined || isFine(seen)) return seen;
    await wait(pause, undefined, { signal: call.signal });
  }
}

/** Rather than about the credential, the connection or the store. */
export const isAboutThisGroup = (error: unknown): error is Failure =>
  isFailure(error) && !isTransient(error.kind) && error.kind !== 'AccessDenied' && error.details.system !== 'store';
