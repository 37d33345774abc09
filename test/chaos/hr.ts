/** HR's desk: what was ordered, as HR itself writes it down, sent to the receiver until it is acknowledged. */
import { randomUUID } from 'node:crypto';
import type { ReceiverUnderTest } from '../receiver/receiver-under-test.ts';
import { until } from '../support/until.ts';
import type { Order } from './evidence.ts';

export type OrderDraft = Pick<Order, 'person' | 'kind' | 'okta' | 'effectiveAt'> & {
  /** The next one unless given. */
  readonly seq?: number;
};

export interface Hr {
  readonly orders: readonly Order[];
  /** Nobody orders anything else of these for now, and nobody takes a step of their lives at Okta. */
  readonly spared: Set<string>;
  /** Whether the order that counts takes their access, by now or later. */
  isOpen(person: string): boolean;
  /** Some people's orders are sent without numbers. */
  isNumbered(person: string): boolean;
  /** The highest number so far; 0 when there is none. */
  highest(person: string): number;
  /** Resolves when it is acknowledged, however often it had to be sent. */
  send(draft: OrderDraft): Promise<Order>;
  /** The same once more, word for word. */
  sendAgain(order: Order): Promise<void>;
  forget(): void;
}

type Receiver = Pick<ReceiverUnderTest, 'hr'>;

export function openHr(receiver: Receiver): Hr {
  const orders: Order[] = [];
  const hr: Hr = {
    orders,
    spared: new Set(),
    isOpen: (person) => countingOrder(orders, person)?.kind === 'request',
    isNumbered: (person) => person.charCodeAt(person.length - 1) % 4 !== 0,
    highest: (person) => Math.max(0, ...orders.filter((one) => one.person === person).map(({ seq }) => seq)),
    async send({ seq, ...draft }) {
      const about = { id: randomUUID(), seq: seq ?? hr.highest(draft.person) + 1, ...draft };
      // Until it is acknowledged, nobody knows whether it counts.
      const place = orders.push({ ...about, sentAt: Date.now(), takenAt: Number.POSITIVE_INFINITY }) - 1;
      const { sentAt } = orders[place] as Order;
      await deliver(receiver, about, hr.isNumbered(draft.person));
      const order = { ...about, sentAt, takenAt: Date.now() };
      orders[place] = order;
      return order;
    },
    sendAgain: (order) => deliver(receiver, order, hr.isNumbered(order.person)),
    forget() {
      orders.length = 0;
      hr.spared.clear();
    },
  };
  return hr;
}

/** The one with the highest number; of two with the same, the one that was there first. */
export const countingOrder = (orders: readonly Order[], person: string): Order | undefined =>
  orders
    .filter((one) => one.person === person)
    .sort((a, b) => b.seq - a.seq || a.takenAt - b.takenAt)
    .at(0);

type Sent = Omit<Order, 'sentAt' | 'takenAt'>;

/** As docs/offboarding.md tells HR: what is answered by 503, or not at all, is sent again under the same id. */
async function deliver(receiver: Receiver, order: Sent, isNumbered: boolean): Promise<void> {
  const answer = await until(
    `the order ${order.id} is acknowledged`,
    async () => {
      const response = await receiver.hr(bodyOf(order, isNumbered), { id: order.id });
      return response.status !== 503 && response;
    },
    180_000,
  );
  if (answer.status !== 202) throw new Error(`HR was answered by ${answer.status}: ${await answer.text()}`);
}

const bodyOf = ({ person, kind, seq, okta, effectiveAt }: Sent, isNumbered: boolean) => ({
  kind: kind === 'request' ? 'offboard' : kind,
  person: { oktaId: person },
  reason: 'chaos',
  ...(isNumbered ? { sequence: seq } : {}),
  ...(okta ? { okta } : {}),
  ...(effectiveAt === undefined ? {} : { effective: { at: new Date(effectiveAt).toISOString() } }),
});
