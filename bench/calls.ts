/** The simulators' request logs, and the names of calls in them. */
import { type BoundedCall, boundedCalls } from './lower-bound.ts';

/** An entry of a request log as the control endpoint tells it. */
export interface LoggedCall {
  readonly n: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body?: unknown;
  readonly status: number;
}

export type Simulator = 'okta' | 'atlassian-cloud';
export type Call = LoggedCall & { readonly simulator: Simulator };

interface Route {
  readonly simulator: Simulator;
  readonly method: string;
  readonly path: RegExp;
  /** Look-ups, and the reading of what changed meanwhile, use the list's path; by this in the query they are told apart. */
  readonly without?: RegExp;
  readonly call: BoundedCall;
}

const filter = /(^|&)filter=/;
/** But not everybody since 1970, which is the list of all. */
const changedSince = /last(Membership)?Updated(?!.{1,5}gt.{1,8}1970)/;

const routes: readonly Route[] = [
  { simulator: 'okta', method: 'GET', path: /^\/api\/v1\/users$/, without: changedSince, call: 'peoplePages' },
  { simulator: 'okta', method: 'GET', path: /^\/api\/v1\/groups$/, without: changedSince, call: 'groupPages' },
  { simulator: 'okta', method: 'GET', path: /^\/api\/v1\/groups\/[^/]+\/users$/, call: 'memberPages' },
  { simulator: 'atlassian-cloud', method: 'GET', path: /\/Users$/, without: filter, call: 'accountPages' },
  { simulator: 'atlassian-cloud', method: 'GET', path: /\/Groups$/, without: filter, call: 'targetGroupPages' },
  { simulator: 'atlassian-cloud', method: 'POST', path: /\/Users$/, call: 'accountsCreated' },
  { simulator: 'atlassian-cloud', method: 'PATCH', path: /\/Users\/[^/]+$/, call: 'accountsChanged' },
  { simulator: 'atlassian-cloud', method: 'POST', path: /\/Groups$/, call: 'groupsCreated' },
  { simulator: 'atlassian-cloud', method: 'PATCH', path: /\/Groups\/[^/]+$/, call: 'membersChanged' },
];

/** Which of the calls with a lower bound this is; undefined for all others. */
export function boundedCallOf(call: Call): BoundedCall | undefined {
  return routes.find(
    ({ simulator, method, path, without }) =>
      simulator === call.simulator && method === call.method && path.test(call.path) && !without?.test(call.query),
  )?.call;
}

/** As the table names it. */
export function nameOf(call: Call): string {
  const bounded = boundedCallOf(call);
  if (bounded) return boundedCalls[bounded];
  const path = call.path
    .replace(/^.*\/(api\/v1|scim\/directory\/[^/]+)/, '')
    .replace(/\/(?=[^/]*\d)[^/]{16,}/g, '/:id');
  const how = changedSince.test(call.query) ? '?changed' : filter.test(call.query) ? '?filter' : '';
  return `${call.simulator === 'okta' ? 'Okta  ' : 'Target'} ${call.method} ${path}${how}`;
}

/** Both logs as one, in the order of arrival. */
export const inOrder = (calls: readonly Call[]): Call[] => calls.toSorted((a, b) => a.at - b.at || a.n - b.n);
