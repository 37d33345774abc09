/** What a script is made of: plain data that says what happens, whom it happens to being found out when it does. */
import type { FaultName } from './faults.ts';
import type { TimeFaultName } from './time-faults.ts';

export const oktaActs = [
  'join',
  'leave',
  'return',
  'suspend',
  'unsuspend',
  'lock',
  'leave-scope',
  'enter-scope',
  'join-group',
  'leave-group',
  'retitle',
  'rename-person',
  'rename-group',
  'create-group',
  'delete-group',
  'delete-person',
  'many-leave',
  'empty-group',
  'let-in',
  'join-group-held',
] as const;
export const handActs = [
  'kick-member',
  'add-member',
  'retitle-account',
  'deactivate-account',
  'reactivate-account',
  'make-account',
] as const;
export type ActName = (typeof oktaActs)[number] | (typeof handActs)[number];

/** Draws are taken modulo what there is to pick from at that moment; nobody to pick: nothing happens. */
export interface Act {
  readonly act: ActName;
  readonly who: number;
  readonly where: number;
}

export interface FaultDraw {
  readonly fault: FaultName;
  /** Strikes at this matching call, counted from 1, where the fault leaves a choice. */
  readonly nth: number;
}

/** What HR orders; `orders.ts` says whom each is about. */
export const orderNames = [
  'offboard',
  'offboard-for-good',
  'offboard-soon',
  'offboard-later',
  'change-of-mind',
  'offboard-anyone',
  'cancel',
  'release',
  'again',
  'late',
  'wrong-way-round',
  'crossing',
] as const;
export type OrderName = (typeof orderNames)[number];

export interface OrderDraw {
  readonly order: OrderName;
  readonly who: number;
  /** From when on, counted from when it is sent; of those at a time. */
  readonly ms: number;
}

/** Who tells Lockstep that something changed: Okta's hook, once or twice or about a group, a flood, a sign-in. */
export const newsNames = ['person', 'person-twice', 'group', 'many', 'sign-in'] as const;
export type NewsName = (typeof newsNames)[number];

export interface TimeFaultDraw {
  readonly fault: TimeFaultName;
}

/** Moments of a run, in their order. */
export const strikePoints = [
  'okta-read',
  'observing',
  'target-read',
  'planning',
  'planned',
  'guarded',
  'fresh-read',
  'write-begins',
  'write-done',
  'applied',
  'reported',
] as const;
export type StrikePoint = (typeof strikePoints)[number];
/** Moments of an offboarding, in their order, and one of following Okta's log. */
export const timePoints = [
  'ordered',
  'held',
  'suspend-begins',
  'suspend-done',
  'deactivate-begins',
  'deactivate-done',
  'log-read',
] as const;
export type TimePoint = (typeof timePoints)[number];
export const strikeKinds = [
  'kill',
  'freeze',
  'freeze-overtaken',
  'kill-beside-second',
  'database-away',
  'temporal-killed',
] as const;
export type StrikeKind = (typeof strikeKinds)[number];

export interface Strike {
  readonly strike: StrikeKind;
  readonly at: StrikePoint | TimePoint;
  readonly nth: number;
  /** How long something stays away. */
  readonly ms: number;
}

export const minuteMs = 60_000;
const aMinute = ' (a minute)';

/** As reports count it. */
export const strikeName = ({ strike, at, ms }: Strike): string => `${strike} at ${at}${ms >= minuteMs ? aMinute : ''}`;

/** All pairs of what strikes and when, as they begin in names. */
export const strikePairs: readonly string[] = strikeKinds.flatMap((kind) =>
  [...strikePoints, ...timePoints].map((at) => `${kind} at ${at}`),
);
export const isForMinute = (name: string): boolean => name.endsWith(aMinute);

export const decisions = [
  'approve',
  'reject',
  'wrong-hash',
  'unknown-plan',
  'older-revision',
  'preview',
  'both-at-once',
] as const;
export const commands = ['retry', 'pause-and-resume', 'due-work', 'unlink-and-link', 'grace-passes'] as const;

export type DecisionName = (typeof decisions)[number];

/** Happens at the nth call of a run to the directory. */
export interface Meanwhile {
  readonly nth: number;
  readonly acts: readonly Act[];
  readonly decision?: DecisionName;
  readonly order?: OrderDraw;
}

export type Step =
  | ({ readonly do: 'act' } & Act)
  | {
      readonly do: 'sync';
      readonly faults: readonly FaultDraw[];
      readonly strike?: Strike;
      readonly meanwhile?: Meanwhile;
      /** Two requests at once. */
      readonly isTwice?: boolean;
    }
  | { readonly do: 'decide'; readonly how: DecisionName }
  | { readonly do: 'command'; readonly command: (typeof commands)[number] }
  | (OrderDraw & {
      readonly do: 'order';
      readonly faults: readonly TimeFaultDraw[];
      readonly strike?: Strike;
      /** A full sync runs at the same time. */
      readonly isBesideSync?: boolean;
    })
  | { readonly do: 'news'; readonly news: NewsName; readonly act: Act }
  /** What changes now has to be at the target without any sync, by Okta's log alone. */
  | {
      readonly do: 'arrive';
      readonly acts: readonly Act[];
      readonly faults: readonly TimeFaultDraw[];
      readonly strike?: Strike;
    };

export interface Script {
  readonly seed: number;
  /** Whether Okta's log is followed all the time. */
  readonly followsLog: boolean;
  readonly steps: readonly Step[];
}

const actText = ({ act, who, where }: Act): string => `${act}(${who}, ${where})`;

const orderText = ({ order, who, ms }: OrderDraw): string => `order ${order}(${who}, ${ms} ms)`;

const meanwhileText = ({ acts, decision, order }: Meanwhile): string =>
  [...acts.map(actText), ...(decision ? [`decide: ${decision}`] : []), ...(order ? [orderText(order)] : [])].join(', ');

const strikeText = ({ strike, at, nth, ms }: Strike): string => `${strike} at ${at} (${nth}, ${ms} ms)`;

const troubleText = (faults: readonly TimeFaultDraw[], strike: Strike | undefined): string[] => [
  ...faults.map(({ fault }) => `fault ${fault}`),
  ...(strike ? [strikeText(strike)] : []),
];

/** A script as a failing seed tells it, a line per step. */
export const scriptLines = ({ steps }: Pick<Script, 'steps'>): string[] =>
  steps.map((step, index) => `${String(index + 1).padStart(3)}. ${stepText(step)}`);

function stepText(step: Step): string {
  switch (step.do) {
    case 'act':
      return actText(step);
    case 'decide':
      return `decide: ${step.how}`;
    case 'command':
      return `command: ${step.command}`;
    case 'order': {
      const { faults, strike, isBesideSync } = step;
      return [orderText(step), ...(isBesideSync ? ['beside a sync'] : []), ...troubleText(faults, strike)].join('; ');
    }
    case 'news':
      return `news (${step.news}) of ${actText(step.act)}`;
    case 'arrive':
      return [`by the log: ${step.acts.map(actText).join(', ')}`, ...troubleText(step.faults, step.strike)].join('; ');
    case 'sync': {
      const { faults, strike, meanwhile, isTwice } = step;
      const parts = [
        ...faults.map(({ fault, nth }) => `fault ${fault} (${nth})`),
        ...(strike ? [strikeText(strike)] : []),
        ...(meanwhile ? [`at call ${meanwhile.nth}: ${meanwhileText(meanwhile)}`] : []),
      ];
      return [isTwice ? 'two syncs at once' : 'sync', ...parts].join('; ');
    }
    default:
      return step satisfies never;
  }
}
