/** Each order counts once and is audited once; one that was withdrawn before its time, or overtaken, has no effect. */
import type { Evidence, Order } from '../evidence.ts';
import { dueAt, type Hold, holdsOf } from '../order-history.ts';

/** From an order until the hold, where nothing is away. */
const promptMs = 15_000;

export function orders(evidence: Evidence): string[] {
  return [
    ...evidence.orders.flatMap((order) => recorded(evidence, order)),
    ...evidence.commands
      .filter(({ id }) => !evidence.orders.some((order) => order.id === id))
      .map(({ id, person }) => `the order ${id} about ${person} was never given`),
    ...holdsOf(evidence).flatMap((hold) => (isFounded(evidence, hold) ? [] : [unfounded(hold)])),
    ...(evidence.isBroken ? [] : evidence.orders.flatMap((order) => late(evidence, order))),
  ];
}

const kinds = { request: 'offboard', cancel: 'cancel-offboard', release: 'release' } as const;

function recorded({ commands, audit }: Evidence, { id, person, seq, kind }: Order): string[] {
  const told = (what: string): string => `the order ${kind} ${seq} about ${person} ${what}`;
  const rows = commands.filter((command) => command.id === id);
  const entries = audit.filter((row) => row.run_id === `${person}/${id}` && row.kind === kinds[kind]);
  const [row] = rows;
  return [
    ...(rows.length === 1 ? [] : [told(`is on record ${rows.length} times`)]),
    ...(row && (row.seq !== seq || row.kind !== kind) ? [told(`is on record as ${row.kind} ${row.seq}`)] : []),
    ...(entries.length === 1 ? [] : [told(`is audited ${entries.length} times`)]),
  ];
}

const unfounded = ({ person, from }: Hold): string =>
  `${person} was held from ${new Date(from).toISOString()} on, which no order asked for at that time`;

/** Some request was due, and had not been withdrawn or overtaken before it was; where nothing is away, not long ago either. */
function isFounded({ orders: all, isBroken }: Evidence, { person, from }: Hold): boolean {
  const about = all.filter((order) => order.person === person);
  return about.some(
    (request) =>
      request.kind === 'request' &&
      dueAt(request) <= from &&
      !about.some(
        (other) =>
          other !== request &&
          other.seq >= request.seq &&
          (other.takenAt < dueAt(request) || (!isBroken && other.takenAt + promptMs < from)),
      ),
  );
}

function late(evidence: Evidence, order: Order): string[] {
  if (order.kind !== 'request') return [];
  const { person, takenAt } = order;
  const latest = Math.max(dueAt(order), takenAt) + promptMs;
  if (latest > evidence.at) return [];
  const isOvertaken = evidence.orders.some(
    (other) => other.person === person && other !== order && other.seq >= order.seq && other.sentAt <= latest,
  );
  const isHeld = holdsOf(evidence).some(
    (hold) => hold.person === person && hold.from <= latest && hold.until >= takenAt,
  );
  return isOvertaken || isHeld ? [] : [`${person} was not held within ${promptMs} ms after it was ordered`];
}
