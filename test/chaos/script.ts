/** What a script is made of: plain data that says what happens, whom it happens to being found out when it does. */
import type { FaultName } from './faults.ts';

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
] as const;
export const handActs = ['kick-member', 'add-member', 'retitle-account', 'deactivate-account', 'make-account'] as const;
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
  readonly at: StrikePoint;
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
  strikePoints.map((at) => `${kind} at ${at}`),
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
export const commands = ['retry', 'pause-and-resume', 'due-work', 'unlink-and-link'] as const;

export type DecisionName = (typeof decisions)[number];

/** Happens at the nth call of a run to the directory. */
export interface Meanwhile {
  readonly nth: number;
  readonly acts: readonly Act[];
  readonly decision?: DecisionName;
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
  | { readonly do: 'command'; readonly command: (typeof commands)[number] };

export interface Script {
  readonly seed: number;
  readonly steps: readonly Step[];
}

const actText = ({ act, who, where }: Act): string => `${act}(${who}, ${where})`;

const meanwhileText = ({ acts, decision }: Meanwhile): string =>
  [...acts.map(actText), ...(decision ? [`decide: ${decision}`] : [])].join(', ');

/** A script as a failing seed tells it, a line per step. */
export const scriptLines = ({ steps }: Script): string[] =>
  steps.map((step, index) => `${String(index + 1).padStart(3)}. ${stepText(step)}`);

function stepText(step: Step): string {
  switch (step.do) {
    case 'act':
      return actText(step);
    case 'decide':
      return `decide: ${step.how}`;
    case 'command':
      return `command: ${step.command}`;
    case 'sync': {
      const { faults, strike, meanwhile, isTwice } = step;
      const parts = [
        ...faults.map(({ fault, nth }) => `fault ${fault} (${nth})`),
        ...(strike ? [`${strike.strike} at ${strike.at} (${strike.nth}, ${strike.ms} ms)`] : []),
        ...(meanwhile ? [`at call ${meanwhile.nth}: ${meanwhileText(meanwhile)}`] : []),
      ];
      return [isTwice ? 'two syncs at once' : 'sync', ...parts].join('; ');
    }
    default:
      return step satisfies never;
  }
}
