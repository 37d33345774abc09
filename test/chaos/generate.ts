/** Makes a script from a seed. */
import { type Fault, type FaultName, faultNames, faults } from './faults.ts';
import { createRandom, type Random } from './random.ts';
import {
  type Act,
  type ActName,
  commands,
  decisions,
  type FaultDraw,
  type Meanwhile,
  minuteMs,
  oktaActs,
  type Script,
  type Step,
  type Strike,
  strikeKinds,
  strikePoints,
} from './script.ts';

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
  'kick-member': 2,
  'add-member': 2,
  'retitle-account': 2,
  'deactivate-account': 2,
  'make-account': 1,
};

/**
 * One seed in three is struck: two hundred then meet each of the 66 pairs of what strikes and when. It costs half a
 * minute until Temporal takes a dead worker for dead.
 */
const struckShare = 3;
const slowEvery = 20;

/**
 * Of the short form: one whose worker is killed between the guards' verdict and the first write, and one whose worker is
 * frozen when a write begins, until a second one has finished its run.
 */
export const shortSeeds = [183, 387];

export function scriptOf(seed: number): Script {
  const random = createRandom(seed);
  const steps: Step[] = [...firstDay(random)];
  const rounds = 2 + random.below(3);
  const turn = turnOf(seed);
  const strikeRound = turn === undefined ? -1 : random.below(rounds);
  for (let round = 0; round < rounds; round += 1) {
    for (let count = 1 + random.below(5); count > 0; count -= 1) steps.push({ do: 'act', ...actOf(random) });
    const strike = round === strikeRound && turn !== undefined ? strikeOf(random, turn) : undefined;
    const hasFaults = steps.some((step) => step.do === 'sync' && !step.strike && step.faults.length > 0);
    steps.push(syncOf(random, { seed, hasFaults, strike }));
    if (random.chance(0.5)) steps.push({ do: 'decide', how: random.pick(decisions) });
    if (random.chance(0.15)) steps.push({ do: 'command', command: random.pick(commands) });
  }
  return { seed, steps };
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
  const nth = 1 + random.below(8);
  // Nobody can decide while Temporal is away.
  return !strike && random.chance(0.3)
    ? { nth, acts, decision: random.pick(['approve', 'reject', 'both-at-once']) }
    : { nth, acts };
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

/** Not always the same of three: Okta's lag also comes with every third seed, and must not belong to a kind of strike. */
function turnOf(seed: number): number | undefined {
  const turn = Math.floor((seed - 1) / struckShare);
  const place = Math.floor(turn / strikePoints.length) % struckShare;
  return (seed - 1) % struckShare === place ? turn : undefined;
}

const shortMs = 1_500;
/** Of the times that the database is away, every third is a whole minute. */
const minuteEvery = 3;

/** There are 6 kinds and 11 moments: without a common divisor, counting up both goes through all pairs. */
function strikeOf(random: Random, turn: number): Strike {
  const strike = strikeKinds[turn % strikeKinds.length] ?? 'kill';
  const at = strikePoints[turn % strikePoints.length] ?? 'applied';
  const isLong = Math.floor(turn / strikeKinds.length) % minuteEvery === 0;
  const ms = strike !== 'database-away' ? shortMs : isLong ? minuteMs : 3_000 + random.below(5_000);
  const isInTheMiddle = at === 'write-begins' || at === 'write-done';
  const nth = isInTheMiddle ? 1 + random.below(2) : 1;
  // Of the write that is certain, and that is refused at first, two begin and one is done.
  return { strike, at, nth: at === 'write-done' ? 1 : nth, ms };
}
