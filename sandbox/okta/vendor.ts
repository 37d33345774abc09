import { randomBytes } from 'node:crypto';
import type { SimRequest, SimResponse, Vendor } from '../kit/vendor.ts';
import { roleAllows } from './admin-role.ts';
import type { Call } from './api.ts';
import { controlRoutes, handleControl } from './control.ts';
import { HookDeliveries } from './hook-deliveries.ts';
import { finishTransitions } from './lifecycle.ts';
import { type OAuthClient, OAuthServer, TOKEN_PATH } from './oauth.ts';
import { errorForStatus, errorResponse, notFound, OktaError } from './okta-error.ts';
import { Org, type SavedOrg } from './org.ts';
import { authenticate, causeOf, hasScope, type Principal, systemCause } from './principal.ts';
import { concurrencyHeaders, RateLimits } from './rate-limits.ts';
import { describeRoute, type Match, matchRoute } from './router.ts';
import { seedOrg } from './seed.ts';
import { type Bucket, defaultSettings, type OktaSettings } from './settings.ts';
import type { Cause } from './system-log.ts';

export interface OktaOptions {
  /** The org's one API token, for `Authorization: SSWS`. */
  apiToken: string;
  /** API Services apps; more can be registered through the control server. */
  oauth?: readonly OAuthClient[];
}

/** A simulated Okta org: users, groups, apps' assignments, System Log, over the management API's paths. */
export function createOkta(options: OktaOptions): Vendor {
  const settings = defaultSettings();
  const limits = new RateLimits(() => settings);
  const oauth = new OAuthServer(options.oauth ?? []);
  const pending = new Map<string, Cause>();
  let org = adopt(new Org('empty', Date.now()));
  // Deliveries happen between calls, which alone tell the clock and the address.
  let clockAheadMs = 0;
  let origin = '';
  const deliveries = new HookDeliveries({
    settings,
    org: () => org,
    now: () => Date.now() + clockAheadMs,
    origin: () => origin,
  });

  function adopt(next: Org): Org {
    next.log.onEvent = (event) => deliveries.take(event);
    return next;
  }

  /** Lets happen what time has brought. */
  function keepUp({ now, origin: own }: SimRequest): void {
    clockAheadMs = now - Date.now();
    origin = own;
    org.log.keepUp(now, settings);
    finishTransitions(org, settings, pending, now);
  }

  function handle(request: SimRequest): SimResponse {
    keepUp(request);
    const found = matchRoute(request.method, request.path);
    const requestId = newRequestId();
    const headers: Record<string, string> = { 'x-okta-request-id': requestId, 'cache-control': 'no-cache, no-store' };
    let response: SimResponse;
    try {
      response = serve(request, found, requestId, headers);
    } catch (error) {
      response = refusal(error);
    }
    const complete = (answer: SimResponse) => ({ ...answer, headers: { ...headers, ...answer.headers } });
    const { later, ...now } = response;
    return { ...complete(now), ...(later && { later: later.catch(refusal).then(complete) }) };
  }

  /** @param headers gets the rate headers, on refusals too */
  function serve(request: SimRequest, found: Found, requestId: string, headers: Record<string, string>): SimResponse {
    if (request.inFlight > settings.concurrencyLimit) {
      Object.assign(headers, concurrencyHeaders(request.now));
      report(request, 'core.concurrency.org.limit.violation', 'Too many concurrent requests');
      throw new OktaError('E0000047');
    }
    const isTokenCall = request.path === TOKEN_PATH;
    const principal = isTokenCall ? undefined : tryAuthenticate(request);
    const isKnown = principal !== undefined && !(principal instanceof OktaError);
    count(request, bucketOf(request, found, settings), isKnown ? principal.id : undefined, headers);
    if (isTokenCall) return oauth.grant(request, settings);
    if (!isKnown) throw principal;
    return answer(request, found, principal, requestId, headers);
  }

  function tryAuthenticate(request: SimRequest): Principal | OktaError {
    try {
      return authenticate(request, org, options.apiToken, oauth);
    } catch (error) {
      if (error instanceof OktaError) return error;
      throw error;
    }
  }

  function count(
    request: SimRequest,
    bucket: Bucket,
    principalId: string | undefined,
    headers: Record<string, string>,
  ) {
    const verdict = limits.count(bucket, principalId, request.now);
    Object.assign(headers, verdict.headers);
    if (!verdict.isExceeded) return;
    if (verdict.isFirstViolation) report(request, 'system.org.rate_limit.violation', 'Rate limit violation');
    throw new OktaError('E0000047');
  }

  function report(request: SimRequest, eventType: string, displayMessage: string): void {
    const cause = systemCause(request.now, newRequestId());
    const target = [{ id: request.path, type: 'URL Pattern', alternateId: 'unknown', displayName: request.path }];
    org.log.write(cause, { eventType, displayMessage, target, severity: 'WARN', debugData: { uri: request.path } });
  }

  function answer(
    request: SimRequest,
    found: Found,
    principal: Principal,
    requestId: string,
    headers: Record<string, string>,
  ): SimResponse {
    if (found === 'unknown') throw notFound(request.path, 'Endpoint');
    if (found === 'wrong-method') throw new OktaError('E0000022');
    const { scope } = found.route;
    if (!hasScope(principal, scope)) {
      headers['www-authenticate'] = challenge(request, scope);
      throw new OktaError('E0000006');
    }
    if (!roleAllows(settings.adminRole, scope)) throw new OktaError('E0000006');
    if (settings.readOnly && request.method !== 'GET') throw new OktaError('E0000010');
    const problem = bodyProblem(request);
    if (problem) return problem;
    const cause = causeOf(request, org, principal, requestId);
    const { closing } = deliveries;
    const call: Call = { org, settings, request, params: found.params, cause, pending, closing };
    return found.route.handle(call);
  }

  return {
    name: 'okta',
    settings: settings as unknown as Record<string, unknown>,
    handle,
    close: () => deliveries.close(),
    dump: () => org.dump(),
    restore(state) {
      deliveries.clear();
      org = adopt(Org.restore(state as SavedOrg));
      for (const user of org.users.values()) {
        if (user.transition) pending.set(user.id, systemCause(user.transition.at, newRequestId()));
      }
    },
    seed(seedOptions, now) {
      const seeded = seedOrg(seedOptions, now);
      deliveries.clear();
      org = adopt(seeded.org);
      pending.clear();
      return seeded.summary;
    },
    control(request) {
      keepUp(request);
      return handleControl(request, { org, oauth, cause: systemCause(request.now, newRequestId()) });
    },
    controlRoutes,
    route: describeRoute,
    faultAnswer(status, request) {
      const bucket = bucketOf(request, matchRoute(request.method, request.path), settings);
      const limit = settings.limits[bucket];
      const headers = {
        'x-okta-request-id': newRequestId(),
        'x-rate-limit-limit': String(limit),
        'x-rate-limit-remaining': status === 429 ? '0' : String(limit - 1),
        'x-rate-limit-reset': String(Math.ceil(request.now / 1000) + 1),
      };
      if (status < 400) return { status, headers };
      return { ...errorForStatus(status), headers };
    },
  };
}

type Found = Match | 'wrong-method' | 'unknown';

/** @throws whatever is no refusal */
function refusal(error: unknown): SimResponse {
  if (error instanceof OktaError) return errorResponse(error);
  throw error;
}

function newRequestId(): string {
  return randomBytes(18).toString('base64url');
}

function bucketOf(request: SimRequest, found: Found, settings: OktaSettings): Bucket {
  if (request.path === TOKEN_PATH) return 'token';
  if (typeof found === 'string') return 'other';
  const isMembership = found.route.template.startsWith('/api/v1/groups/:id/users');
  return isMembership ? settings.membershipBucket : found.route.bucket;
}

/** Core Okta API: a POST or PUT without a body still needs Content-Length (else 411), and bodies are JSON. */
function bodyProblem({ method, headers, rawBody, body }: SimRequest): SimResponse | undefined {
  if (method !== 'POST' && method !== 'PUT') return undefined;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    return {
      status: 411,
      headers: { 'content-type': 'text/html' },
      body: '<html><body><h1>411 Length Required</h1></body></html>',
    };
  }
  if (rawBody === '') return undefined;
  if (headers['content-type'] && !headers['content-type'].includes('json'))
    return errorResponse(new OktaError('E0000021'));
  return body === undefined ? errorResponse(new OktaError('E0000003')) : undefined;
}

/** Bearer-token refusals name the scope that is missing, as RFC 6750 asks. */
function challenge(request: SimRequest, scope: string): string {
  const parts = [
    `Bearer authorization_uri="${request.origin}/oauth2/v1/authorize"`,
    `realm="${request.origin}"`,
    `scope="${scope}"`,
    'error="insufficient_scope"',
    'error_description="The access token provided does not contain the required scopes."',
  ];
  return parts.join(', ');
}
