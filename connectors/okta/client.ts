/** Sends one request through Okta's SDK, which signs it; pacing, repeats, timeouts and failures are ours. */
import { Client } from '@okta/okta-sdk-nodejs';
import type { CallOptions, Pacer } from '../../domain/directory.ts';
import { Failure, isFailure } from '../../domain/failure.ts';
import { attempt } from '../attempt.ts';
import type { HeaderReader } from '../retry-after.ts';
import { AccessTokens } from './access-tokens.ts';
import { type Answer, type Asked, jsonOf, refusal, unreachable } from './answer.ts';
import { type OktaCredentials, readOrgUrl, sdkSettings } from './credentials.ts';
import { type ExecutorOptions, FetchExecutor, RefusedAnswer, type SdkRequest } from './executor.ts';
import { bucketOf, oktaRateAnswer } from './rate-limit.ts';

/** The SDK is typed for node-fetch, whose declaration of a signal differs in nothing that matters here. */
type SdkSignal = NonNullable<SdkRequest['signal']>;

interface OktaClientOptions {
  readonly orgUrl: string;
  readonly credentials: OktaCredentials;
  readonly pacer: Pacer;
  readonly timeoutMs: number;
}

type Method = 'GET' | 'POST' | 'DELETE';

interface JsonAnswer {
  readonly body: unknown;
  readonly headers: HeaderReader;
}

export class OktaClient {
  readonly origin: string;
  readonly #sdk: Client;
  readonly #pacer: Pacer;
  readonly #timeoutMs: number;
  readonly #tokens: AccessTokens | undefined;
  #clockSkewMs: number | undefined;

  /** @throws Failure `Misconfigured` */
  constructor(options: OktaClientOptions) {
    this.origin = readOrgUrl(options.orgUrl);
    this.#pacer = options.pacer;
    this.#timeoutMs = options.timeoutMs;
    const { timeoutMs } = options;
    const requestExecutor = new FetchExecutor({ timeoutMs, onAnswer: (exchange) => this.#learn(exchange) });
    this.#sdk = createSdk({
      ...sdkSettings(this.origin, options.credentials),
      requestExecutor,
      // The default keeps single users for ever: somebody deactivated by others would stay ACTIVE (issue 242).
      cacheMiddleware: null,
    });
    this.#tokens = 'apiToken' in options.credentials ? undefined : new AccessTokens(this.#sdk, options);
  }

  /** Okta's clock minus ours, by the last answer's `Date` (whole seconds); undefined before any. */
  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs;
  }

  /**
   * @param url absolute, or a path below the org's origin.
   * @throws Failure; for a 404 it is one that `isGone` knows.
   */
  async get(asked: Asked, url: string, options: CallOptions = {}): Promise<JsonAnswer> {
    const answer = await this.#signed(asked, 'GET', url, options);
    return { body: jsonOf(asked, answer), headers: answer.headers };
  }

  /**
   * Without a body to send, as Okta's life cycle operations are; never repeated when it may have taken effect.
   * @returns Okta's id of the request
   * @throws Failure, with `effectUnknown` where the answer was lost
   */
  async write(
    asked: Asked,
    method: 'POST' | 'DELETE',
    path: string,
    options: CallOptions = {},
  ): Promise<string | undefined> {
    const { headers } = await this.#signed(asked, method, path, options);
    return headers.get('x-okta-request-id') ?? undefined;
  }

  async #signed(asked: Asked, method: Method, url: string, options: CallOptions): Promise<Answer> {
    const { signal } = options;
    const target = new URL(url, this.origin);
    if (!this.#tokens) return this.#attempt(asked, method, target, options);
    await this.#tokens.ready(signal);
    const token = this.#tokens.current;
    try {
      return await this.#attempt(asked, method, target, options);
    } catch (error) {
      if (!isFailure(error, 'AccessDenied') || error.details.status !== 401) throw error;
    }
    // An access token lives for an hour: once, a new one is tried.
    this.#tokens.discard(token);
    await this.#tokens.ready(signal);
    return this.#attempt(asked, method, target, options);
  }

  #attempt(asked: Asked, method: Method, url: URL, { signal, sendBefore }: CallOptions): Promise<Answer> {
    const { operation, subject } = asked;
    const options = {
      pacer: this.#pacer,
      bucket: bucketOf(method, url.pathname),
      isRead: method === 'GET',
      timeoutMs: this.#timeoutMs,
      signal,
      sendBefore,
      about: { system: 'okta', operation, ...(subject !== undefined && { subject }) },
    };
    return attempt(options, (trySignal) => this.#send(asked, method, url, trySignal));
  }

  async #send(asked: Asked, method: Method, url: URL, signal: AbortSignal): Promise<Answer> {
    try {
      const request = { method, headers: { Accept: 'application/json' }, signal: signal as SdkSignal };
      const response = await this.#sdk.http.http(url.href, request, { isCollection: true, resources: [] });
      const answer = { status: response.status, headers: response.headers, text: await response.text() };
      // A proxy's page with status 200 must not pass for a write that was done; Okta sends `{}` or nothing.
      if (method !== 'GET' && answer.text !== '') jsonOf(asked, answer);
      return answer;
    } catch (error) {
      if (isFailure(error)) throw error;
      if (!(error instanceof RefusedAnswer)) throw unreachable(asked, error);
      const failure = refusal(asked, error.answer);
      throw method === 'GET' ? failure : asWriteFailure(failure);
    }
  }

  #learn({ method, url, status, headers, sentAt }: Parameters<ExecutorOptions['onAnswer']>[0]): void {
    const now = Date.now();
    this.#pacer.learn(bucketOf(method, url.pathname), oktaRateAnswer(status, headers, now));
    const date = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.#clockSkewMs = Math.round(date - (sentAt + now) / 2);
  }
}

/**
 * A 429 is refused at the door, so a write may be sent again. A 503 that names a wait can come from in between, after the
 * write has gone through.
 */
const asWriteFailure = (failure: Failure): Failure =>
  failure.kind === 'RateLimited' && failure.details.status === 503
    ? new Failure('Unavailable', failure.message, failure.details)
    : failure;

/** The SDK reads an `okta.yaml` even when nothing is taken from it, and its parser's complaint would quote the file. */
const createSdk = (settings: ConstructorParameters<typeof Client>[0]): Client => {
  try {
    return new Client(settings);
  } catch {
    throw new Failure(
      'Misconfigured',
      'okta: the SDK cannot be set up; is there a broken okta.yaml in the working directory or in ~/.okta, or a broken HTTPS_PROXY?',
      { system: 'okta' },
    );
  }
};
