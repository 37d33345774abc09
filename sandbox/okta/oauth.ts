import { createHash, type JsonWebKey, randomBytes } from 'node:crypto';
import type { SimRequest, SimResponse } from '../kit/vendor.ts';
import { decodeJwt, hasValidSignature, thumbprint } from './jwt.ts';
import type { OktaSettings } from './settings.ts';

/** An API Services app with its registered public keys. */
export interface OAuthClient {
  clientId: string;
  jwks: (JsonWebKey & { kid?: string })[];
  /** Granted scopes, such as `okta.users.read`. */
  scopes: string[];
}

export interface AccessToken {
  clientId: string;
  scopes: Set<string>;
  /** Epoch milliseconds. */
  expiresAt: number;
  /** Thumbprint of the key that must prove possession. */
  boundTo?: string;
}

export const TOKEN_PATH = '/oauth2/v1/token';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
// "Implement OAuth for Okta with a service app": an assertion lives for one hour at most.
const MAX_ASSERTION_SECONDS = 3_600;
const CLOCK_SKEW_SECONDS = 300;

/** Token endpoint for `client_credentials` with `private_key_jwt`, and the tokens it gave. */
export class OAuthServer {
  readonly #clients = new Map<string, OAuthClient>();
  readonly #tokens = new Map<string, AccessToken>();
  readonly #usedIds = new Set<string>();
  #nonce = randomBytes(12).toString('base64url');

  constructor(clients: readonly OAuthClient[]) {
    for (const client of clients) this.register(client);
  }

  register(client: OAuthClient): void {
    this.#clients.set(client.clientId, client);
  }

  grant(request: SimRequest, settings: OktaSettings): SimResponse {
    const form = new URLSearchParams(request.rawBody);
    if (form.get('grant_type') !== 'client_credentials') {
      return refusal(
        400,
        'unsupported_grant_type',
        'The authorization grant type is not supported by the authorization server.',
      );
    }
    const client = this.#authenticate(form, request);
    if (typeof client === 'string') return refusal(401, 'invalid_client', client);
    const scopes = (form.get('scope') ?? '').split(' ').filter(Boolean);
    if (scopes.length === 0 || scopes.some((scope) => !client.scopes.includes(scope))) {
      return refusal(
        400,
        'invalid_scope',
        'One or more scopes are not configured for the authorization server resource.',
      );
    }
    const proof = settings.dpopRequired ? this.#checkProof(request, undefined, true) : undefined;
    if (proof && 'refusal' in proof) return proof.refusal;
    const token = randomBytes(32).toString('base64url');
    const ttl = settings.accessTokenTtlSeconds;
    this.#tokens.set(token, {
      clientId: client.clientId,
      scopes: new Set(scopes),
      expiresAt: request.now + ttl * 1000,
      ...(proof && { boundTo: proof.key }),
    });
    const body = {
      token_type: proof ? 'DPoP' : 'Bearer',
      expires_in: ttl,
      access_token: token,
      scope: scopes.join(' '),
    };
    return { status: 200, headers: { 'cache-control': 'no-store' }, body };
  }

  /** @returns the token's rights, or undefined when it is unknown, expired, or its proof of possession is missing or wrong */
  check(scheme: string, token: string, request: SimRequest): AccessToken | undefined {
    const known = this.#tokens.get(token);
    if (!known || known.expiresAt <= request.now) return undefined;
    if (!known.boundTo) return scheme === 'bearer' ? known : undefined;
    if (scheme !== 'dpop') return undefined;
    const proof = this.#checkProof(request, token, false);
    return 'key' in proof && proof.key === known.boundTo ? known : undefined;
  }

  #authenticate(form: URLSearchParams, request: SimRequest): OAuthClient | string {
    const assertion = form.get('client_assertion') ?? '';
    const jwt = decodeJwt(assertion);
    if (form.get('client_assertion_type') !== ASSERTION_TYPE || !jwt)
      return 'The client_assertion is missing or malformed.';
    const { iss, sub, aud, exp, jti } = jwt.claims;
    const client = this.#clients.get(String(sub));
    if (!client || iss !== sub) return `Client authentication failed. No client found for '${String(sub)}'.`;
    const keys = client.jwks.filter(({ kid }) => jwt.header.kid === undefined || !kid || kid === jwt.header.kid);
    if (!keys.some((key) => hasValidSignature(assertion, key))) return 'The client_assertion signature is invalid.';
    if (![aud].flat().includes(request.origin + TOKEN_PATH))
      return 'The audience claim for client_assertion must be the endpoint invoked for the request.';
    const now = request.now / 1000;
    if (typeof exp !== 'number' || exp < now - CLOCK_SKEW_SECONDS) return 'The client_assertion token is expired.';
    if (exp > now + MAX_ASSERTION_SECONDS + CLOCK_SKEW_SECONDS)
      return 'The client_assertion token has an expiration too far into the future.';
    return this.#isFirstUse(jti) ? client : 'The client_assertion token has already been used.';
  }

  #checkProof(
    request: SimRequest,
    token: string | undefined,
    needsNonce: boolean,
  ): { key: string } | { refusal: SimResponse } {
    const proof = request.headers.dpop ?? '';
    const jwt = decodeJwt(proof);
    const jwk = jwt?.header.jwk as JsonWebKey | undefined;
    if (!jwt || !jwk || jwt.header.typ !== 'dpop+jwt' || !hasValidSignature(proof, jwk)) {
      return { refusal: refusal(400, 'invalid_dpop_proof', 'The DPoP proof JWT header is missing or invalid.') };
    }
    const { htm, htu, ath, nonce, jti } = jwt.claims;
    const expectedHash = token && createHash('sha256').update(token).digest('base64url');
    if (htm !== request.method || htu !== request.origin + request.path || (token && ath !== expectedHash)) {
      return { refusal: refusal(400, 'invalid_dpop_proof', 'The DPoP proof does not fit this request.') };
    }
    if (needsNonce && nonce !== this.#nonce) {
      const answer = refusal(400, 'use_dpop_nonce', 'Authorization server requires nonce in DPoP proof.');
      return { refusal: { ...answer, headers: { ...answer.headers, 'dpop-nonce': this.#nonce } } };
    }
    if (!this.#isFirstUse(jti))
      return { refusal: refusal(400, 'invalid_dpop_proof', 'The DPoP proof has already been used.') };
    return { key: thumbprint(jwk) };
  }

  #isFirstUse(jti: unknown): boolean {
    if (typeof jti !== 'string') return true;
    const isFirst = !this.#usedIds.has(jti);
    this.#usedIds.add(jti);
    return isFirst;
  }
}

function refusal(status: number, error: string, description: string): SimResponse {
  return { status, headers: { 'cache-control': 'no-store' }, body: { error, error_description: description } };
}
