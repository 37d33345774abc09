/** What a script has between two syncs: orders of HR's, news, and what goes over by Okta's log alone. */
import type { Random } from './random.ts';
import type { Act, ActName, NewsName, OrderDraw, OrderName, Step, Strike } from './script.ts';
import { logFaultNames, orderFaultNames } from './time-faults.ts';

const orderWeights: Readonly<Record<OrderName, number>> = {
  offboard: 6,
  'offboard-for-good': 2,
  'offboard-soon': 3,
  'offboard-later': 1,
  'change-of-mind': 2,
  'offboard-anyone': 1,
  cancel: 2,
  release: 4,
  again: 1,
  late: 1,
  'wrong-way-round': 1,
  crossing: 1,
};

const newsWeights: Readonly<Record<NewsName, number>> = {
  person: 4,
  'person-twice': 1,
  group: 1,
  many: 2,
  'sign-in': 3,
};

/** Such as nobody has to approve. */
const arrivingActs: Readonly<Partial<Record<ActName, number>>> = { retitle: 2, 'join-group': 2, join: 1 };

export const orderOf = (random: Random): OrderDraw => ({
  order: random.weighted(orderWeights),
  who: random.below(1000),
  ms: 500 + random.below(2_500),
});

export const orderStep = (random: Random): Step => ({
  do: 'order',
  ...orderOf(random),
  faults: [],
  ...(random.chance(0.3) ? { isBesideSync: true } : {}),
});

/** One that takes effect at once, with a strike, or with the fault whose turn it is. */
export function troubledOrder(random: Random, seed: number, strike: Strike | undefined): Step {
  const fault = orderFaultNames[seed % orderFaultNames.length];
  return {
    do: 'order',
    ...orderOf(random),
    order: strike?.at === 'ordered' && random.chance(0.5) ? 'change-of-mind' : 'offboard',
    faults: strike || !fault ? [] : [{ fault }],
    ...(strike ? { strike } : {}),
    ...(random.chance(0.3) ? { isBesideSync: true } : {}),
  };
}

export const newsStep = (random: Random, act: Act): Step => ({ do: 'news', news: random.weighted(newsWeights), act });

export function arrivalStep(random: Random, seed: number, strike: Strike | undefined): Step {
  // Of the seeds that follow the log all the time, each has the next.
  const fault = logFaultNames[(Math.floor(seed / 12) * 6 + (seed % 6)) % logFaultNames.length];
  const acts = Array.from({ length: 1 + random.below(2) }, () => ({
    act: random.weighted(arrivingActs as Record<ActName, number>),
    who: random.below(1000),
    where: random.below(1000),
  }));
  return { do: 'arrive', acts, faults: strike || !fault ? [] : [{ fault }], ...(strike ? { strike } : {}) };
}
