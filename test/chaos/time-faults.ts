/**
 * What goes wrong at the calls of an offboarding, and at those that follow Okta's log. The rules match only calls that
 * Lockstep makes about the one person who is offboarded, never what administrators do meanwhile.
 */
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import { lostAnswers, refusals } from './faults.ts';
import type { OrderName } from './script.ts';

export interface TimeFault {
  readonly side: 'okta' | 'cloud';
  /** The order that makes the call certain; none for calls that follow the log. */
  readonly order?: OrderName;
  readonly rule: Omit<FaultRule, 'id'>;
}

const offboarding = {
  'okta-clear-sessions': { side: 'okta', order: 'offboard', method: 'DELETE', path: '/sessions' },
  'okta-suspend': { side: 'okta', order: 'offboard', method: 'POST', path: '/lifecycle/suspend' },
  'okta-deactivate': { side: 'okta', order: 'offboard-for-good', method: 'POST', path: '/lifecycle/deactivate' },
  'okta-offboarded-read': { side: 'okta', order: 'offboard', method: 'GET', path: '/api/v1/users/00u' },
  'deactivate-account': { side: 'cloud', order: 'offboard', method: 'PATCH', path: '/Users/' },
} as const;

/** What Okta answers to these has no body that could be cut off. */
const { 'truncate-after': _, ...lostWithoutBody } = lostAnswers;

const waysOf = (name: keyof typeof offboarding) => {
  if (name === 'okta-offboarded-read') return refusals;
  return name === 'deactivate-account' ? { ...refusals, ...lostAnswers } : { ...refusals, ...lostWithoutBody };
};

type WayOf<Name> = Name extends 'okta-offboarded-read'
  ? keyof typeof refusals
  : Name extends 'deactivate-account'
    ? keyof typeof refusals | keyof typeof lostAnswers
    : keyof typeof refusals | keyof typeof lostWithoutBody;
type OrderFaultName = { [Name in keyof typeof offboarding]: `${Name}:${WayOf<Name>}` }[keyof typeof offboarding];

const orderFaults = Object.fromEntries(
  Object.entries(offboarding).flatMap(([name, { side, order, ...match }]) =>
    Object.entries(waysOf(name as keyof typeof offboarding)).map(([way, how]) => [
      `${name}:${way}`,
      { side, order, rule: { match, ...how } },
    ]),
  ),
) as Record<OrderFaultName, TimeFault>;

const poll = { method: 'GET', path: '/api/v1/logs\\?' };
const logFaults = {
  ...(Object.fromEntries(
    Object.entries({ ...refusals, truncate: { action: 'truncate', times: 1 } as const }).map(([way, how]) => [
      `okta-log:${way}`,
      { side: 'okta', rule: { match: poll, ...how } },
    ]),
  ) as Record<`okta-log:${keyof typeof refusals | 'truncate'}`, TimeFault>),
  'okta-log:cursor-refused': {
    side: 'okta',
    rule: {
      match: { method: 'GET', path: '/api/v1/logs\\?(.*&)?after=' },
      action: { status: 400 },
      times: 1,
    },
  } as TimeFault,
};

export const timeFaults = { ...orderFaults, ...logFaults };
export type TimeFaultName = keyof typeof timeFaults;
export const orderFaultNames = Object.keys(orderFaults) as TimeFaultName[];
export const logFaultNames = Object.keys(logFaults) as TimeFaultName[];

/** @param subject id at that side of whom the order is about */
export function timeRuleOf(name: TimeFaultName, subject?: string): FaultRule {
  const { rule }: TimeFault = timeFaults[name];
  return { id: name, ...rule, match: { ...rule.match, ...(subject === undefined ? {} : { subject }) } };
}
