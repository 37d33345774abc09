import { createHash, timingSafeEqual } from 'node:crypto';
import type { SimRequest } from '../kit/vendor.ts';
import type { OAuthServer } from './oauth.ts';
import { OktaError } from './okta-error.ts';
import type { Org } from './org.ts';
import type { Cause } from './system-log.ts';
import { displayNameOf } from './system-log.ts';

/** Who calls: an API token, or an OAuth service app. */
export interface Principal {
  id: string;
  /** Granted scopes; undefined for an API token, which has the rights of its owner. */
  scopes?: Set<string>;
}

/** @throws OktaError E0000005 without credentials, E0000011 with wrong or expired ones. */
export function authenticate(request: SimRequest, org: Org, apiToken: string, oauth: OAuthServer): Principal {
  const [scheme = '', credential = ''] = (request.headers.authorization ?? '').split(/\s+/, 2);
  switch (scheme.toLowerCase()) {
    case '':
      throw new OktaError('E0000005');
    case 'ssws':
      if (!isSame(credential, apiToken)) throw new OktaError('E0000011');
      return { id: org.tokenId };
    case 'bearer':
    case 'dpop': {
      const token = oauth.check(scheme.toLowerCase(), credential, request);
      if (!token) throw new OktaError('E0000011');
      return { id: token.clientId, scopes: token.scopes };
    }
    default:
      throw new OktaError('E0000011');
  }
}

/** A `manage` scope includes its `read` scope. */
export function hasScope(principal: Principal, scope: string): boolean {
  const { scopes } = principal;
  if (!scopes) return true;
  return scopes.has(scope) || (scope.endsWith('.read') && scopes.has(scope.replace(/\.read$/, '.manage')));
}

/** Calls with an API token act as its owner and carry the token's id; those of a service app act as the app. */
export function causeOf(request: SimRequest, org: Org, principal: Principal, requestId: string): Cause {
  const actor = principal.scopes
    ? { id: principal.id, type: 'PublicClientApp', alternateId: principal.id, displayName: 'API service app' }
    : { id: org.owner.id, type: 'User', alternateId: org.owner.profile.login, displayName: displayNameOf(org.owner) };
  return {
    now: request.now,
    actor,
    transactionId: requestId,
    transactionType: 'WEB',
    requestUri: request.path,
    ...(request.headers['user-agent'] && { userAgent: request.headers['user-agent'] }),
    ...(!principal.scopes && { apiTokenId: org.tokenId }),
  };
}

/** What happens by itself: imports, sign-ins, the control server. */
export function systemCause(now: number, transactionId: string): Cause {
  const actor = {
    id: 'okta.system',
    type: 'SystemPrincipal',
    alternateId: 'system@okta.com',
    displayName: 'Okta System',
  };
  return { now, actor, transactionId, transactionType: 'JOB' };
}

function isSame(given: string, expected: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
