/** Whom an order of the script is about, and which orders of HR's it comes to. */
import { sql } from 'kysely';
import type { Order } from './evidence.ts';
import type { Hr } from './hr.ts';
import type { OrderDraw, OrderName } from './script.ts';
import type { Stage } from './stage.ts';
import { protectedEmail } from './world.ts';

/** Somebody who has access at both sides, so that each step of an offboarding is certain to be taken. */
export interface Certain {
  readonly person: string;
  readonly account: string;
}

/** Linked people who are ACTIVE at Okta, have an active account, and of whom nothing is ordered. */
export async function certainPeople({ lab, journal, hr }: Stage): Promise<Certain[]> {
  const { rows } = await sql<Certain>`
    select person_id as person, account_id as account from person_link where target = 'cloud' order by person_id`.execute(
    lab.system.store,
  );
  const { people } = journal.org();
  const active = new Set(journal.directory().accounts.flatMap(({ id, isActive }) => (isActive ? [id] : [])));
  return rows.filter(({ person, account }) => {
    const { status, login } = people[person] ?? {};
    const isFree = !hr.isOpen(person) && !hr.spared.has(person);
    return status === 'ACTIVE' && login !== protectedEmail && active.has(account) && isFree;
  });
}

/**
 * Sends what the draw comes to, to somebody in particular if the order takes access at once.
 * @returns whom it was about, and what was sent; nobody when there is nobody to order it of
 */
export async function placeOrder(
  stage: Stage,
  draw: OrderDraw,
  person?: string,
): Promise<{ person: string; sent: readonly Order[] } | undefined> {
  const about = person ?? (await whom(stage, draw));
  if (about === undefined) return undefined;
  return { person: about, sent: await letters[draw.order](stage.hr, about, draw.ms) };
}

async function whom(stage: Stage, { order, who }: OrderDraw): Promise<string | undefined> {
  const candidates = (await candidatesFor(stage, order)).filter((person) => !stage.hr.spared.has(person));
  return candidates[who % Math.max(1, candidates.length)];
}

async function candidatesFor(stage: Stage, order: OrderName): Promise<string[]> {
  const { hr } = stage;
  const ordered = [...new Set(hr.orders.map(({ person }) => person))].sort();
  const open = ordered.filter((person) => hr.isOpen(person));
  const free = async () => (await certainPeople(stage)).map(({ person }) => person);
  switch (order) {
    case 'offboard':
    case 'offboard-soon':
    case 'offboard-later':
    case 'change-of-mind':
      return free();
    case 'offboard-for-good':
      // Of somebody who is offboarded already, it asks for more at Okta.
      return open.length > 0 ? open : free();
    case 'offboard-anyone':
      return Object.keys(stage.journal.org().people).sort();
    case 'cancel':
    case 'release':
      return open;
    case 'again':
      return ordered;
    case 'late':
      return ordered.filter((person) => !hr.isOpen(person) && hr.isNumbered(person));
    case 'wrong-way-round':
    case 'crossing':
      return (await free()).filter((person) => hr.isNumbered(person));
    default:
      return order satisfies never;
  }
}

type Letter = (hr: Hr, person: string, ms: number) => Promise<readonly Order[]>;

const one = (draft: Parameters<Hr['send']>[0], hr: Hr): Promise<readonly Order[]> =>
  hr.send(draft).then((order) => [order]);

const letters: Readonly<Record<OrderName, Letter>> = {
  offboard: (hr, person) => one({ person, kind: 'request' }, hr),
  'offboard-for-good': (hr, person) => one({ person, kind: 'request', okta: 'deactivate' }, hr),
  'offboard-soon': (hr, person, ms) => one({ person, kind: 'request', effectiveAt: Date.now() + ms }, hr),
  'offboard-later': (hr, person) => one({ person, kind: 'request', effectiveAt: Date.now() + 3_600_000 }, hr),
  /** Withdrawn before its time, in whatever state everything is then. */
  async 'change-of-mind'(hr, person, ms) {
    const request = await hr.send({ person, kind: 'request', effectiveAt: Date.now() + 1_000 + ms });
    return [request, await hr.send({ person, kind: 'cancel' })];
  },
  'offboard-anyone': (hr, person) => one({ person, kind: 'request', okta: 'suspend' }, hr),
  cancel: (hr, person) => one({ person, kind: 'cancel' }, hr),
  release: (hr, person) => one({ person, kind: 'release' }, hr),
  async again(hr, person) {
    const last = hr.orders.findLast((order) => order.person === person);
    if (last) await hr.sendAgain(last);
    return [];
  },
  late: (hr, person) => one({ person, kind: 'request', seq: Math.max(1, hr.highest(person) - 1) }, hr),
  async 'wrong-way-round'(hr, person) {
    const next = hr.highest(person) + 1;
    const cancel = await hr.send({ person, kind: 'cancel', seq: next + 1 });
    return [cancel, await hr.send({ person, kind: 'request', seq: next })];
  },
  crossing(hr, person) {
    const next = hr.highest(person) + 1;
    return Promise.all([
      hr.send({ person, kind: 'request', seq: next }),
      hr.send({ person, kind: 'cancel', seq: next + 1 }),
    ]);
  },
};
