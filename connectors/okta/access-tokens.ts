/** The SDK's OAuth client with its gaps closed: one request at a time, paced, and every refusal told. */
import type { Client } from '@okta/okta-sdk-nodejs';
import type { Pacer } from '../../domain/directory.ts';
import { type Failure, isFailure } from '../../domain/failure.ts';
import { attempt } from '../attempt.ts';
import { type Answer, failed, refusal, unreachable } from './answer.ts';
import { RefusedAnswer, tokenPath } from './executor.ts';
import { bucketOf } from './rate-limit.ts';
import { accessTokenSchema, oauthErrorSchema } from './wire.ts';

const asked = { operation: 'get an access token' };

/**
 * Left to itself the SDK takes an error of the token endpoint for a token and sends `Bearer undefined`, and asks for as
 * many tokens as there are first calls at once.
 */
export class AccessTokens {
  readonly #oauth: Client['oauth'];
  readonly #ask: (nonce?: string) => Promise<unknown>;
  readonly #request: { readonly pacer: Pacer; readonly timeoutMs: number };
  #flight: Promise<void> | undefined;
  #hasUsedNonce = false;

  /** Takes over how `sdk` gets its tokens. */
  constructor(sdk: Client, request: { readonly pacer: Pacer; readonly timeoutMs: number }) {
    this.#oauth = sdk.oauth;
    this.#request = request;
    this.#ask = sdk.oauth.getAccessToken.bind(sdk.oauth);
    // Without an argument for each call, with a nonce from within `#ask` when Okta wants a DPoP proof.
    sdk.oauth.getAccessToken = async (...args: readonly [nonce?: string]) => {
      if (args.length === 0) await this.ready();
      else await this.#answerChallenge(args[0]);
      return this.#oauth.accessToken;
    };
  }

  /** The token in use, to tell later whether it still is. */
  get current(): unknown {
    return this.#oauth.accessToken;
  }

  /**
   * Resolves when there is a token. Callers share one request; a caller's signal ends only that caller's wait.
   * @throws Failure `AccessDenied` naming the OAuth error, or whatever else came between.
   */
  async ready(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#oauth.accessToken) return;
    this.#flight ??= this.#fetchToken().finally(() => {
      this.#flight = undefined;
    });
    await unlessAborted(this.#flight, signal);
  }

  /** Drops a token that was refused, unless somebody has replaced it meanwhile. */
  discard(token: unknown): void {
    if (this.#oauth.accessToken === token) this.#oauth.clearCachedAccessToken();
  }

  async #fetchToken(): Promise<void> {
    this.#hasUsedNonce = false;
    await this.#paced(() => this.#ask());
  }

  async #answerChallenge(nonce: string | undefined): Promise<void> {
    if (this.#hasUsedNonce) throw failed('AccessDenied', asked, 'use_dpop_nonce again, after a proof with the nonce');
    this.#hasUsedNonce = true;
    await this.#paced(() => this.#ask(nonce));
  }

  async #paced(ask: () => Promise<unknown>): Promise<void> {
    const options = {
      ...this.#request,
      bucket: bucketOf('POST', tokenPath),
      isRead: true,
      about: { system: 'okta', ...asked },
    };
    await attempt(options, async () => {
      try {
        const token = await ask();
        if (accessTokenSchema.safeParse(token).success) return;
        throw failed('AccessDenied', asked, `an answer without access_token${oauthError(token)}`);
      } catch (error) {
        // The SDK keeps whatever JSON it got.
        this.#oauth.clearCachedAccessToken();
        throw tokenFailure(error);
      }
    });
  }
}

const tokenFailure = (error: unknown): Failure => {
  if (isFailure(error)) return error;
  if (error instanceof RefusedAnswer) return tokenRefusal(error.answer);
  if (error instanceof SyntaxError) return failed('UnexpectedResponse', asked, 'an answer that is not JSON');
  return unreachable(asked, error);
};

const tokenRefusal = (answer: Answer): Failure => {
  const failure = refusal(asked, answer);
  const body = parseOrUndefined(answer.text);
  const name = oauthError(body);
  // Okta answers 400 for what is wrong with the app, its key or its scopes, and 401 for an unknown client.
  if (name === '' || ![400, 401, 403].includes(answer.status)) return failure;
  return failed('AccessDenied', asked, `${answer.status}${name}`, { ...failure.details, code: name.trim() });
};

/** The fixed error name; the description beside it may hold ids and addresses. */
const oauthError = (body: unknown): string => {
  const { data } = oauthErrorSchema.safeParse(body);
  return data ? ` ${data.error}` : '';
};

const parseOrUndefined = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const unlessAborted = async (work: Promise<void>, signal?: AbortSignal): Promise<void> => {
  if (!signal) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
