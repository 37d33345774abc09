/** Questions about what HR ordered and about holds, as the script and the database itself noted them. */
import type { Call, Effect, Evidence, Order } from './evidence.ts';
import { countingOrder } from './hr.ts';

/** Between a hold's being written and its being there for everybody to see. */
const commitMs = 1_000;

/** Whether the order that counts takes their access by now. */
export function isOffboarded({ at, orders }: Pick<Evidence, 'at' | 'orders'>, person: string): boolean {
  const order = countingOrder(orders, person);
  return order?.kind === 'request' && dueAt(order) <= at;
}

export const dueAt = ({ effectiveAt, sentAt }: Order): number => Math.max(effectiveAt ?? 0, sentAt);

export interface Hold {
  readonly person: string;
  readonly from: number;
  /** Infinite while it lasts. */
  readonly until: number;
}

/** As the database noted them. */
export function holdsOf({ holds }: Pick<Evidence, 'holds'>): Hold[] {
  return holds.flatMap(({ at, person, isHeld }, index) => {
    if (!isHeld) return [];
    const end = holds.slice(index + 1).find((note) => note.person === person && !note.isHeld);
    return [{ person, from: at, until: end?.at ?? Number.POSITIVE_INFINITY }];
  });
}

/** When HR itself had the hold ended, or let it never begin; infinite when it did not. */
function endOrderedAt({ orders }: Pick<Evidence, 'orders'>, { person, from }: Hold): number {
  const about = orders.filter((order) => order.person === person);
  const requests = about.filter(({ kind, sentAt }) => kind === 'request' && sentAt <= from);
  const newest = Math.max(0, ...requests.map(({ seq }) => seq));
  const ends = about.filter(({ kind, seq }) => kind !== 'request' && seq > newest);
  return Math.min(Number.POSITIVE_INFINITY, ...ends.map(({ sentAt }) => sentAt));
}

/** When it was decided that the call is made: the person was claimed for it then. */
function decidedAt({ claims }: Evidence, person: string, call: Call): number {
  return claims.findLast((claim) => claim.person === person && claim.at <= call.at)?.at ?? call.at;
}

/** The hold that forbade to give this person access: it was there when the call was decided on. */
export function holdAgainst(evidence: Evidence, person: string, call: Call): Hold | undefined {
  const decided = decidedAt(evidence, person, call);
  return holdsOf(evidence).find(
    (hold) => hold.person === person && hold.from + commitMs < decided && call.at < endOrderedAt(evidence, hold),
  );
}

/** Whether access was taken because of an order: the person was held when the call was decided on. */
export function isOrdered(evidence: Evidence, effect: Effect, call: Call): boolean {
  if (effect.kind !== 'deactivate' && effect.kind !== 'leave') return false;
  const { person } = effect;
  if (person === undefined) return false;
  const decided = decidedAt(evidence, person, call);
  return holdsOf(evidence).some(
    (hold) => hold.person === person && hold.from <= call.at && hold.until + commitMs >= decided,
  );
}
