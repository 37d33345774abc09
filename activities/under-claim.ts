/** Carries out changes under claims: whoever cannot be claimed gets no request, and all others go on. */
import { claimExpired } from '../connectors/attempt.ts';
import { givingKinds } from '../domain/change.ts';
import { isFailure } from '../domain/failure.ts';
import type { AccountId } from '../domain/ids.ts';
import type { ChangeRow } from '../store/plans.ts';
import type { ApplyContext, Effect } from './apply-context.ts';
import { type Claim, type ClaimRefusal, type ClaimRequest, earliest } from './claims.ts';

/** One change, and the account that it is about where there is one by now. */
export interface Unit {
  readonly row: ChangeRow;
  readonly account?: AccountId;
}

/** What became of a request. */
export interface Done {
  readonly effects: readonly Effect[];
  /** Nothing was sent of these: somebody else writes the same people right now. They come again. */
  readonly busy: readonly ChangeRow[];
  readonly failed?: Failed;
}

/** What was raised on the way, with the claims that are still held. */
export interface Failed {
  readonly rows: readonly ChangeRow[];
  readonly error: unknown;
  readonly claims: ReadonlyMap<number, Claim>;
  /** Whether a request may have gone out: another try then has to look first. */
  readonly maybeSent: boolean;
}

export const doneWith = (effects: readonly Effect[]): Done => ({ effects, busy: [] });

/** For what is raised outside of any claim. */
export const raised =
  (rows: readonly ChangeRow[]) =>
  (error: unknown): Done => ({ ...doneWith([]), failed: { rows, error, claims: new Map(), maybeSent: true } });

/**
 * @param write sends the request for those whom it gets, with the context that it gets; one effect for each
 * @returns effects with the claims that they are to be recorded under
 */
export async function underClaim<U extends Unit>(
  context: ApplyContext,
  units: readonly U[],
  write: (context: ApplyContext, units: readonly U[]) => Promise<readonly Effect[]>,
): Promise<Done> {
  let answers: readonly (Claim | ClaimRefusal)[];
  try {
    answers = await context.claims.claim(units.map(requestOf));
  } catch (error) {
    const rows = units.map(({ row }) => row);
    return { ...doneWith([]), failed: { rows, error, claims: new Map(), maybeSent: false } };
  }
  const refused: Effect[] = [];
  const busy: ChangeRow[] = [];
  const claims = new Map<number, Claim>();
  const claimed: U[] = [];
  for (const [index, unit] of units.entries()) {
    const answer = answers[index];
    if (answer === 'busy') busy.push(unit.row);
    else if (answer === 'held' || answer === 'changed') refused.push(staleBy(unit.row, answer));
    else if (answer !== 'done' && answer !== undefined) {
      claims.set(unit.row.seq, answer);
      claimed.push(unit);
    }
  }
  if (claimed.length === 0) return { effects: refused, busy };
  const call = { ...context.call, sendBefore: earliest([...claims.values()]) };
  try {
    const effects = await context.slot(() => write({ ...context, call }, claimed));
    return { effects: [...refused, ...effects.map((effect) => withClaim(effect, claims))], busy };
  } catch (error) {
    const rows = claimed.map(({ row }) => row);
    if (!wasNotSent(error)) return { effects: refused, busy, failed: { rows, error, claims, maybeSent: true } };
    await context.claims.giveBack([...claims.values()]);
    return { effects: refused, busy: [...busy, ...rows] };
  }
}

/** A claim that ran out before the request was sent is asked for again, with all that the decision rests on. */
const wasNotSent = (error: unknown): boolean =>
  isFailure(error) && error.details.code === claimExpired && error.details.effectUnknown !== true;

const requestOf = ({ row, account }: Unit): ClaimRequest => ({
  seq: row.seq,
  person: row.person_id ?? undefined,
  account,
  gives: givingKinds.has(row.kind),
  version: row.subject_version,
});

/** Whoever changed is planned again at once; who is held, when the hold ends, for until then nothing else would follow. */
function staleBy({ seq, person_id }: ChangeRow, refusal: 'held' | 'changed'): Effect {
  if (refusal === 'held') return { seq, outcome: 'stale', detail: 'person-held' };
  return {
    seq,
    outcome: 'stale',
    detail: 'person-changed',
    ...(person_id === null ? {} : { changedPerson: person_id }),
  };
}

export function withClaim(effect: Effect, claims: ReadonlyMap<number, Claim>): Effect {
  const claim = claims.get(effect.seq);
  return claim ? { ...effect, claim } : effect;
}
