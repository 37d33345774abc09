/** Makes a script from a seed. */
import { type Fault, type FaultName, faultNames, faults } from './faults.ts';
import { arrivalStep, newsStep, orderOf, orderStep, troubledOrder } from './generate-in-time.ts';
import { createRandom, type Random } from './random.ts';
import {
  type Act,
  type ActName,
  commands,
  decisions,
  type FaultDraw,
  type Meanwhile,
  oktaActs,
  type Script,
  type Step,
  type Strike,
} from './script.ts';
import { followsLog, strikeOf, strikeTurn, timeStrikeOf, timeStrikeTurn } from './turns.ts';

const actWeights: Readonly<Record<ActName, number>> = {
  join: 6,
  leave: 6,
  return: 4,
  suspend: 3,
  unsuspend: 3,
  lock: 1,
  'leave-scope': 3,
  'enter-scope': 3,
  'join-group': 5,
  'leave-group': 5,
  retitle: 3,
  'rename-person': 3,
  'rename-group': 1,
  'create-group': 1,
  'delete-group': 1,
  'delete-person': 1,
  'many-leave': 1,
  'empty-group': 1,
  'let-in': 3,
  'join-group-held': 2,
  'kick-member': 2,
  'add-member': 2,
  'retitle-account': 2,
  'deactivate-account': 2,
  'reactivate-account': 1,
  'make-account': 1,
};

const slowEvery = 20;

/**
 * Of the short form. One follows the log: its worker is killed between the guards' verdict and the first write, and frozen
 * as it reads the log, until a second one has brought over what it told. The other's is frozen when a write begins, until a
 * second one has finished its run, and killed when an offboarding is about to take access at the target.
 */
export const shortSeeds = [3945, 2763];

export function scriptOf(seed: number): Script {
  const random = createRandom(seed);
  const steps: Step[] = [...firstDay(random)];
  const rounds = 2 + random.below(3);
  const turn = strikeTurn(seed);
  const strikeRound = turn === undefined ? -1 : random.below(rounds);
  const timeTurn = timeStrikeTurn(seed);
  const inTime = timeTurn === undefined ? undefined : timeStrikeOf(random, timeTurn);
  const orderRound = random.below(rounds);
  for (let round = 0; round < rounds; round += 1) {
    for (let count = 1 + random.below(5); count > 0; count -= 1) steps.push({ do: 'act', ...actOf(random) });
    if (random.chance(0.35)) steps.push(newsStep(random, actOf(random)));
    const strike = round === strikeRound && turn !== undefined ? strikeOf(random, turn) : undefined;
    const hasFaults = steps.some((step) => step.do === 'sync' && !step.strike && step.faults.length > 0);
    const sync = syncOf(random, { seed, hasFaults, strike });
    const orders =
      round === orderRound
        ? [troubledOrder(random, seed, inTime?.at === 'log-read' ? undefined : inTime)]
        : random.chance(0.5)
          ? [orderStep(random)]
          : [];
    steps.push(...(random.chance(0.5) ? [sync, ...orders] : [...orders, sync]));
    if (random.chance(0.5)) steps.push({ do: 'decide', how: random.pick(decisions) });
    if (random.chance(0.15)) steps.push({ do: 'command', command: random.pick(commands) });
  }
  if (followsLog(seed)) steps.push(arrivalStep(random, seed, inTime?.at === 'log-read' ? inTime : undefined));
  return { seed, followsLog: followsLog(seed), steps };
}

/** The first plan waits as a whole. What goes wrong on the first day goes wrong while it is carried out. */
function firstDay(random: Random): Step[] {
  const sync: Step = { do: 'sync', faults: [] };
  return random.chance(0.5)
    ? [sync, { do: 'decide', how: 'approve' }]
    : [sync, { do: 'decide', how: 'wrong-hash' }, { do: 'act', ...actOf(random) }, { do: 'decide', how: 'approve' }];
}

const actOf = (random: Random): Act => ({
  act: random.weighted(actWeights),
  who: random.below(1000),
  where: random.below(1000),
});

interface Round {
  readonly seed: number;
  /** Whether an earlier one had. */
  readonly hasFaults: boolean;
  readonly strike: Strike | undefined;
}

function syncOf(random: Random, { seed, hasFaults, strike }: Round): Step {
  const faults = strike ? triggersOf(strike) : faultsOf(random, seed, hasFaults);
  const acts = [actOf(random), actOf(random)].filter(({ act }) => faults.length === 0 || isAtOkta(act));
  const hasMeanwhile = random.chance(0.3);
  return {
    do: 'sync',
    faults,
    ...(strike ? { strike } : {}),
    ...(hasMeanwhile ? { meanwhile: meanwhileOf(random, acts, strike) } : {}),
    ...(random.chance(0.15) ? { isTwice: true } : {}),
  };
}

function meanwhileOf(random: Random, acts: readonly Act[], strike: Strike | undefined): Meanwhile {
  const about = { nth: 1 + random.below(8), acts, ...(random.chance(0.6) ? { order: orderOf(random) } : {}) };
  // Nobody can decide while Temporal is away.
  return !strike && random.chance(0.3)
    ? { ...about, decision: random.pick(['approve', 'reject', 'both-at-once']) }
    : about;
}

/** A fault that waits for a write must not strike what somebody does by hand. */
const isAtOkta = (act: ActName): boolean => oktaActs.some((name) => name === act);

/** A strike at a write needs something to be written; the refusal that comes with it is over in a second. */
function triggersOf({ at }: Strike): FaultDraw[] {
  if (at === 'fresh-read') return [{ fault: 'okta-fresh-read:503', nth: 1 }];
  const needsWrites = at === 'write-begins' || at === 'write-done' || at === 'applied';
  return needsWrites ? [{ fault: 'change-account:503', nth: 1 }] : [];
}

function faultsOf(random: Random, seed: number, hasFaults: boolean): FaultDraw[] {
  if (random.chance(0.25)) return [];
  const isSlow = (name: FaultName): boolean => (faults[name] as Fault).isSlow === true;
  const isAllowed = (name: FaultName): boolean => !isSlow(name);
  const isSlowSeed = seed % slowEvery === 7;
  const names = faultNames.filter((name) => isSlow(name) === isSlowSeed);
  const drawn = random.pick(names);
  // The first of a seed in turn, so that none is left out by chance; each time round with other seeds' moods and lags.
  const turn = isSlowSeed ? Math.floor(seed / slowEvery) : seed + Math.floor(seed / names.length);
  const first = (hasFaults ? undefined : names[turn % names.length]) ?? drawn;
  const draws = [{ fault: first, nth: 1 + random.below(2) }];
  if (isAlone(first) || random.chance(0.5)) return draws;
  const others = faultNames.filter((name) => isAllowed(name) && !isAlone(name) && kindOf(name) !== kindOf(first));
  return [...draws, { fault: random.pick(others), nth: 1 }];
}

const kindOf = (name: FaultName): string => name.split(':')[0] ?? '';

/** A list that lies, or a credential that is gone, keeps a run from the calls that other faults wait for. */
const isAlone = (name: FaultName): boolean => {
  const { isEnding, needsRest }: Fault = faults[name];
  return isEnding === true || needsRest === true || /-list$/.test(name);
};
