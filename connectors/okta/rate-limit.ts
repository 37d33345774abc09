/** Okta's rate limits: which bucket a call counts against, and what an answer says of it. Pure. */
import type { RateAnswer } from '../../domain/directory.ts';
import { type HeaderReader, readRateAnswer } from '../retry-after.ts';

const exact: ReadonlySet<string> = new Set(['users', 'groups', 'apps']);

/**
 * The bucket of a call, after the table in Okta's "Management rate limits". Exact paths win over prefixes, and only
 * the single GET of a user has the large bucket. The table leaves open where `/groups/{id}/users` counts ("/groups,
 * except /groups/{id}" or "most other"): the tighter one is taken; `/users/{id}/...` is plainly "most other".
 *
 * @param path with or without query.
 */
export const bucketOf = (method: string, path: string): string => {
  const pathname = path.split(/[?#]/, 1)[0] ?? '';
  if (pathname.startsWith('/oauth2/')) return 'okta /oauth2';
  const [first, id, ...rest] = pathname.replace(/^\/api\/v1\//, '').split('/');
  if (first === 'logs') return 'okta /logs';
  if (first === undefined || !exact.has(first)) return 'okta other';
  if (!id) return `okta /${first}`;
  if (first === 'users') return rest.length === 0 && isGet(method) ? 'okta /users/{id}' : 'okta other';
  return rest.length === 0 && !isCollection(first, id) ? `okta /${first}/{id}` : `okta /${first}`;
};

const isGet = (method: string): boolean => method.toUpperCase() === 'GET';
const isCollection = (first: string, id: string): boolean => first === 'groups' && id === 'rules';

/** How long to hold back after a refusal for concurrency; some call in flight will have ended by then. */
const concurrencyPauseMs = 1_000;

/**
 * As `readRateAnswer`, but a breach of the org's concurrency limit, which Okta tells by a 429 with limit and remaining
 * 0 and only an estimate for the reset ("Concurrent rate limits"), is a short pause and says nothing of the bucket.
 */
export const oktaRateAnswer = (status: number, headers: HeaderReader, now: number): RateAnswer => {
  const answer = readRateAnswer(status, headers, now);
  const isConcurrency = status === 429 && answer.limit === 0 && answer.remaining === 0;
  return isConcurrency ? { status, retryAfterMs: concurrencyPauseMs } : answer;
};
