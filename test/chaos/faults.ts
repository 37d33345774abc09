/**
 * The fault model as rules for the simulators. Each matches what a call is (method, path, which one of its kind), never
 * time, and names what has to happen at Okta right before the run so that such a call is certain to be made.
 */
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import type { ActName } from './script.ts';

export interface Fault {
  readonly side: 'okta' | 'cloud';
  readonly rule: Omit<FaultRule, 'id'>;
  /** Brings about the call that the fault waits for. */
  readonly trigger?: ActName;
  /** The run does not get further, or the target pauses itself: it goes alone. */
  readonly isEnding?: boolean;
  /** The call is certain only when nothing else waits that a guard would count with it. */
  readonly needsRest?: boolean;
  /** Costs a time-out of half a minute. */
  readonly isSlow?: boolean;
}

type Side = Fault['side'];
type Action = FaultRule['action'];

const bareRefusal: Action = {
  status: 429,
  headers: { 'x-rate-limit-limit': null, 'x-rate-limit-remaining': null, 'x-rate-limit-reset': null },
};
const once = { times: 1 } as const;

/** Ways in which a call of any kind goes wrong without an effect. */
export const refusals = {
  '429-retry-after': { action: { status: 429, retryAfter: 1 }, ...once },
  '429-bare': { action: bareRefusal, ...once },
  '500': { action: { status: 500 }, times: 2 },
  '503': { action: { status: 503 }, ...once },
  reset: { action: 'reset', ...once },
  html: { action: 'html', ...once },
} as const satisfies Record<string, Omit<FaultRule, 'id' | 'match'>>;

/** Ways in which a write takes effect and its answer does not say so. */
export const lostAnswers = {
  '500-after': { action: { status: 500 }, strike: 'after', ...once },
  'reset-after': { action: 'reset', strike: 'after', ...once },
  'html-after': { action: 'html', strike: 'after', ...once },
  'truncate-after': { action: 'truncate', ...once },
} as const satisfies Record<string, Omit<FaultRule, 'id' | 'match'>>;

const reads = {
  'okta-people': { side: 'okta', path: '/api/v1/users\\?', trigger: undefined },
  'okta-groups': { side: 'okta', path: '/api/v1/groups\\?', trigger: undefined },
  'okta-members': { side: 'okta', path: '/api/v1/groups/[^/]+/users', trigger: 'join-group' },
  'cloud-accounts': { side: 'cloud', path: '/Users\\?startIndex|/Users\\?.*startIndex', trigger: undefined },
  'cloud-groups': { side: 'cloud', path: '/Groups\\?', trigger: undefined },
} as const satisfies Record<string, { side: Side; path: string; trigger: ActName | undefined }>;

const writes = {
  'create-account': { method: 'POST', path: '/Users$', trigger: 'join' },
  'change-account': { method: 'PATCH', path: '/Users/', trigger: 'retitle' },
  'change-members': { method: 'PATCH', path: '/Groups/', trigger: 'join-group' },
  'create-group': { method: 'POST', path: '/Groups$', trigger: 'create-group' },
} as const satisfies Record<string, { method: string; path: string; trigger: ActName }>;

type Name<A, B> = `${Extract<keyof A, string>}:${Extract<keyof B, string>}`;
const listLies = ['half-list', 'empty-list'] as const;

const readFaults = Object.fromEntries(
  Object.entries(reads).flatMap(([name, { side, path, trigger }]) => {
    const about = { side, ...(trigger && { trigger }) };
    const rule = { match: { method: 'GET', path } };
    return [
      ...Object.entries({ ...refusals, truncate: { action: 'truncate', ...once } as const }).map(([way, how]) => [
        `${name}:${way}`,
        { ...about, rule: { ...rule, ...how } },
      ]),
      ...listLies.map((lie) => [`${name}:${lie}`, { ...about, rule: { ...rule, action: lie } }]),
    ];
  }),
) as Record<
  Name<typeof reads, typeof refusals> | `${keyof typeof reads}:${'truncate' | (typeof listLies)[number]}`,
  Fault
>;

const writeFaults = Object.fromEntries(
  Object.entries(writes).flatMap(([name, { trigger, ...match }]) =>
    Object.entries({ ...refusals, ...lostAnswers }).map(([way, how]) => [
      `${name}:${way}`,
      { side: 'cloud', trigger, rule: { match, ...how } },
    ]),
  ),
) as Record<Name<typeof writes, typeof refusals & typeof lostAnswers>, Fault>;

/** From the nth call on until somebody renews the credential, which is when the run has ended. */
const fromNthOn = (path: string, status: number): Omit<FaultRule, 'id'> => ({
  match: { path, method: 'GET' },
  action: { status },
});

/** Law 3's questions about one person, right before a removal. */
const freshReads = Object.fromEntries(
  Object.entries(refusals).map(([way, how]) => [
    `okta-fresh-read:${way}`,
    {
      side: 'okta',
      trigger: 'leave-group',
      needsRest: true,
      rule: { match: { method: 'GET', path: '/api/v1/users/00u' }, ...how },
    },
  ]),
) as Record<`okta-fresh-read:${keyof typeof refusals}`, Fault>;

const others = {
  'cloud-accounts:repeat-page': {
    side: 'cloud',
    rule: { match: { path: '/Users\\?.*startIndex=21' }, action: 'repeat-page', ...once },
  },
  'change-account:403-once': {
    side: 'cloud',
    trigger: 'retitle',
    rule: { match: { method: 'PATCH', path: '/Users/' }, action: { status: 403 }, ...once },
  },
  'change-account:400-once': {
    side: 'cloud',
    trigger: 'retitle',
    rule: { match: { method: 'PATCH', path: '/Users/' }, action: { status: 400 }, ...once },
  },
  'create-account:409-once': {
    side: 'cloud',
    trigger: 'join',
    rule: { match: { method: 'POST', path: '/Users$' }, action: { status: 409 }, ...once },
  },
  'change-members:lose-members': {
    side: 'cloud',
    trigger: 'join-group',
    rule: { match: { method: 'PATCH', path: '/Groups/' }, action: 'lose-members', ...once },
  },
  'change-members:drop-members': {
    side: 'cloud',
    trigger: 'join-group',
    rule: { match: { method: 'PATCH', path: '/Groups/' }, action: 'drop-members', ...once },
  },
  'okta:credential-expires': { side: 'okta', isEnding: true, rule: fromNthOn('/api/v1/', 401) },
  'cloud:credential-expires-reading': { side: 'cloud', isEnding: true, rule: fromNthOn('/scim/', 401) },
  'cloud:credential-expires-writing': {
    side: 'cloud',
    isEnding: true,
    trigger: 'join',
    rule: { match: { path: '/scim/', method: 'POST' }, action: { status: 401 } },
  },
  'create-account:hang-after': {
    side: 'cloud',
    trigger: 'join',
    isSlow: true,
    rule: { match: { method: 'POST', path: '/Users$' }, action: 'hang', strike: 'after', ...once },
  },
  'change-members:hang-after': {
    side: 'cloud',
    trigger: 'join-group',
    isSlow: true,
    rule: { match: { method: 'PATCH', path: '/Groups/' }, action: 'hang', strike: 'after', ...once },
  },
  'okta-people:hang': {
    side: 'okta',
    isSlow: true,
    rule: { match: { method: 'GET', path: '/api/v1/users\\?' }, action: 'hang', ...once },
  },
} as const satisfies Record<string, Fault>;

export const faults = { ...readFaults, ...writeFaults, ...freshReads, ...others };
export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

/** The rule of a fault; a credential that expires does so at the nth call. */
export function ruleOf(name: FaultName, nth: number): FaultRule {
  const { rule, isEnding, trigger }: Fault = faults[name];
  if (!isEnding || trigger) return { id: name, ...rule };
  return {
    id: name,
    ...rule,
    match: { ...rule.match, attempt: Array.from({ length: 500 }, (_, index) => nth + index) },
  };
}
