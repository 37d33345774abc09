/** The transport below the SDK: sends with the global fetch, exactly once, and hands on only what was accepted. */
import { DefaultRequestExecutor } from '@okta/okta-sdk-nodejs';
import { defaultMaxBodyBytes, limited } from '../body-text.ts';
import type { Answer } from './answer.ts';
import { oauthErrorSchema } from './wire.ts';

export type SdkRequest = Parameters<DefaultRequestExecutor['fetch']>[0];
type SdkResponse = Awaited<ReturnType<DefaultRequestExecutor['fetch']>>;

export const tokenPath = '/oauth2/v1/token';

/** Raised for any answer outside 2xx, read in full; the caller knows what was asked and makes the `Failure`. */
export class RefusedAnswer extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
  }
}

export interface ExecutorOptions {
  /** Applies to requests that bring no signal of their own: those for an access token. */
  readonly timeoutMs: number;
  /** Told of every answer, whatever its status, as soon as its headers are there. */
  onAnswer(exchange: { method: string; url: URL; status: number; headers: Headers; sentAt: number }): void;
}

/**
 * Why not the SDK's own transport: node-fetch 2 fails on chunked answers under some Node releases and with a socket cap
 * (okta-sdk-nodejs issue 499), has no default timeout, cannot be aborted during a back-off, and takes `HTTPS_PROXY`
 * without `NO_PROXY`, even for http: addresses. The agent that the SDK sets for that proxy is not looked at here; the
 * global fetch uses a proxy only if Node itself is told to (`NODE_USE_ENV_PROXY`).
 *
 * A refused answer is raised here rather than returned, because the SDK would repeat after a 401 on its own, outside
 * the caller's pacing. Each call's signal rides on its own request object, so parallel calls do not see each other's.
 */
export class FetchExecutor extends DefaultRequestExecutor {
  readonly #options: ExecutorOptions;

  constructor(options: ExecutorOptions) {
    super({ maxRetries: 0, requestTimeout: 0 });
    this.#options = options;
  }

  override async fetch(request: SdkRequest): Promise<SdkResponse> {
    const url = new URL(request.url ?? '');
    const method = (request.method ?? 'GET').toUpperCase();
    const sentAt = Date.now();
    const response = await fetch(url, {
      method,
      headers: request.headers as Record<string, string>,
      body: typeof request.body === 'string' ? request.body : null,
      signal: request.signal ? (request.signal as AbortSignal) : AbortSignal.timeout(this.#options.timeoutMs),
      // Followed, a redirect could carry the credentials to an address that nobody configured.
      redirect: 'manual',
    });
    this.#options.onAnswer({ method, url, status: response.status, headers: response.headers, sentAt });
    return (await accepted(url, limited(response, defaultMaxBodyBytes))) as unknown as SdkResponse;
  }
}

const accepted = async (url: URL, response: Response): Promise<Response> => {
  if (response.ok) return response;
  const answer = { status: response.status, headers: response.headers, text: await response.text() };
  if (url.pathname !== tokenPath || !isNonceChallenge(answer)) throw new RefusedAnswer(answer);
  // The SDK answers this one itself, by asking again with the nonce.
  return new Response(answer.text, { status: answer.status, headers: response.headers });
};

/** RFC 9449, section 8. Without the header there is no nonce to answer with, and the SDK would ask for ever. */
const isNonceChallenge = ({ headers, text }: Answer): boolean => {
  if (!headers.get('dpop-nonce')) return false;
  try {
    return oauthErrorSchema.safeParse(JSON.parse(text)).data?.error === 'use_dpop_nonce';
  } catch {
    return false;
  }
};
