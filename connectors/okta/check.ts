/** Finds out, by one cheap call for each permission, whether the credentials will do. Reads only. */
import type { CallOptions, CheckResult } from '../../domain/directory.ts';
import { type Failure, isFailure } from '../../domain/failure.ts';
import { checkOffboarding } from './check-offboarding.ts';
import type { OktaClient } from './client.ts';
import { groupsUrl, peopleUrl } from './requests.ts';

type Outcome = { readonly body: unknown } | { readonly failure: Failure };

interface Permission {
  readonly scope: string;
  readonly url: string;
  readonly purpose: string;
  /** Without it Lockstep works, except for what `purpose` says. */
  readonly isOptional?: true;
}

const people: Permission = {
  scope: 'okta.users.read',
  url: peopleUrl(1),
  purpose: 'people and the groups of one person',
};
const others: readonly Permission[] = [
  { scope: 'okta.groups.read', url: groupsUrl(1), purpose: 'groups and their members' },
  {
    scope: 'okta.logs.read',
    url: '/api/v1/logs?limit=1',
    purpose: 'the System Log: catching up with events, and deletions, which only it proves',
  },
  {
    scope: 'okta.apps.read',
    url: '/api/v1/apps?limit=1',
    purpose: 'assignments, for targets whose scope is an Okta app',
    isOptional: true,
  },
];

/** RFC 7523 leaves little room: an assertion lives for five minutes, and Okta refuses one from the future. */
const mostSkewMs = 60_000;

/**
 * Always the same results in the same order: `connection`, `credentials`, `scope okta.users.read`, `people-visible`,
 * `scope okta.groups.read`, `scope okta.logs.read`, `scope okta.apps.read`, `scope okta.users.manage`,
 * `scope okta.sessions.manage`, `clock`.
 * @param scopes those asked for with OAuth; undefined with an API token
 * @throws only the reason of the caller's signal.
 */
export const checkOkta = async (
  client: OktaClient,
  scopes: readonly string[] | undefined,
  options: CallOptions = {},
): Promise<readonly CheckResult[]> => {
  const usesOauth = scopes !== undefined;
  const first = await outcomeOf(client, people, options);
  const results = [connection(client, first), credentialsResult(first, usesOauth)];
  const isUsable = results.every(({ status }) => status === 'ok');
  results.push(isUsable ? scopeResult(people, first, usesOauth) : notChecked(people));
  results.push(peopleVisible(first));
  for (const permission of others) {
    results.push(
      isUsable
        ? scopeResult(permission, await outcomeOf(client, permission, options), usesOauth)
        : notChecked(permission),
    );
  }
  results.push(...(await checkOffboarding(client, isUsable, scopes, options)));
  return [...results, clock(client.clockSkewMs)];
};

const outcomeOf = async (client: OktaClient, { scope, url }: Permission, options: CallOptions): Promise<Outcome> => {
  try {
    return { body: (await client.get({ operation: `check ${scope}` }, url, options)).body };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isFailure(error)) return { failure: error };
    throw error;
  }
};

const isDenied = (failure: Failure): boolean => failure.kind === 'AccessDenied';

const connection = (client: OktaClient, outcome: Outcome): CheckResult =>
  'failure' in outcome && !isDenied(outcome.failure)
    ? { check: 'connection', status: 'failed', message: `${outcome.failure.message}. Check orgUrl and the network.` }
    : { check: 'connection', status: 'ok', message: `${client.origin} answers.` };

const credentialsResult = (outcome: Outcome, usesOauth: boolean): CheckResult => {
  const check = 'credentials';
  if ('body' in outcome) return { check, status: 'ok', message: 'Okta accepts them.' };
  const { failure } = outcome;
  if (!isDenied(failure)) return { check, status: 'warning', message: 'Not checked: Okta gave no usable answer.' };
  // 403 means that Okta knows who asks.
  if (failure.details.status === 403) return { check, status: 'ok', message: 'Okta accepts them.' };
  return { check, status: 'failed', message: `${failure.message}. ${credentialsAdvice(failure, usesOauth)}` };
};

const credentialsAdvice = ({ details }: Failure, usesOauth: boolean): string => {
  if (!usesOauth) {
    return 'Create a new API token: one ends after 30 days without use, or when its owner is deactivated.';
  }
  if (details.code === 'invalid_scope') {
    return 'Grant every configured scope to the app (Okta API Scopes), or leave it out of the configuration.';
  }
  return "Check clientId, that the key's public half is registered and active at the app, keyId, and the clock.";
};

const scopeResult = (permission: Permission, outcome: Outcome, usesOauth: boolean): CheckResult => {
  const check = `scope ${permission.scope}`;
  if ('body' in outcome) return { check, status: 'ok', message: `Can read ${permission.purpose}.` };
  const status = permission.isOptional ? 'warning' : 'failed';
  const { failure } = outcome;
  if (!isDenied(failure)) return { check, status, message: `${failure.message}.` };
  const advice = usesOauth
    ? `Grant ${permission.scope} to the app (Okta API Scopes), list it in the configuration's scopes, and give the app an admin role that may read.`
    : "Give the API token's owner an admin role that may read them, such as Read-only Administrator.";
  return { check, status, message: `${failure.message}. Needed for ${permission.purpose}. ${advice}` };
};

const notChecked = ({ scope }: Permission): CheckResult => ({
  check: `scope ${scope}`,
  status: 'warning',
  message: 'Not checked: connection or credentials failed.',
});

/** Okta answers 200 and an empty list to a credential without an admin role, which must not pass for an empty org. */
const peopleVisible = (outcome: Outcome): CheckResult => {
  const check = 'people-visible';
  if ('failure' in outcome) return { check, status: 'warning', message: 'Not checked: people cannot be read.' };
  if (Array.isArray(outcome.body) && outcome.body.length > 0) {
    return { check, status: 'ok', message: 'At least one person is visible.' };
  }
  return {
    check,
    status: 'warning',
    message: 'Nobody is visible. Unless the org is empty, the credential lacks an admin role that may see people.',
  };
};

const clock = (skewMs: number | undefined): CheckResult => {
  if (skewMs === undefined) return { check: 'clock', status: 'warning', message: 'Not checked: Okta told no time.' };
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= mostSkewMs) {
    return { check: 'clock', status: 'ok', message: `Within ${Math.max(seconds, 1)} s of Okta's.` };
  }
  const side = skewMs > 0 ? 'behind' : 'ahead of';
  return {
    check: 'clock',
    status: 'warning',
    message: `This machine's clock is ${seconds} s ${side} Okta's; set it by NTP.`,
  };
};
