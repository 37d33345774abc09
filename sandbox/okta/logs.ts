import type { SimResponse } from '../kit/vendor.ts';
import type { Call, Route } from './api.ts';
import { logFilter } from './filter-rules.ts';
import { OktaError } from './okta-error.ts';
import { listResponse, readCursor, readLimit } from './paging.ts';
import { matchesFilter } from './scim-filter.ts';
import type { LoggedEvent } from './system-log.ts';

const DAY_MS = 24 * 3_600_000;
const STANDARD_WINDOW_MS = 7 * DAY_MS;
const MAX_SINCE_MS = 180 * DAY_MS;
const STANDARD_LIMIT = 100;
const MAX_LIMIT = 1_000;
const MAX_KEYWORDS = 10;
const MAX_KEYWORD_LENGTH = 40;

export const logRoutes: Route[] = [
  { method: 'GET', template: '/api/v1/logs', bucket: 'logs', scope: 'okta.logs.read', handle: listEvents },
];

interface Query {
  /** Epoch milliseconds: of persistence when polling, of publication in a bounded query. */
  since: number;
  until: number;
  limit: number;
  isDescending: boolean;
  /** The first part of the cursor; empty for the first page. */
  start: string;
  isWanted(event: Record<string, unknown>): boolean;
}

/**
 * System Log query. `since` is kept in the cursor, as it cannot stand beside `after`. Without `until` and ascending it is a polling request: ordered by persistence, and there is always a
 * next link, also behind an empty page. With `until`, or descending, it is bounded, ordered by `published`, and ends.
 */
function listEvents(call: Call): SimResponse {
  const { request, settings } = call;
  const { query, now } = request;
  if (query.has('since') && query.has('after')) {
    throw new OktaError('E0000001', 'since and after', ['since: cannot be combined with after']);
  }
  const isDescending = query.get('sortOrder') === 'DESCENDING';
  const isPolling = !query.has('until') && !isDescending;
  const until = readTime(query, 'until') ?? now;
  const [start = '', carriedSince, issued] = readCursor(request).split('@');
  if (issued && settings.logCursorTtlMs > 0 && Number(issued) < now - settings.logCursorTtlMs) {
    throw new OktaError('E0000054');
  }
  const since = readTime(query, 'since') ?? Number(carriedSince ?? until - STANDARD_WINDOW_MS);
  if (query.has('since') && since < now - MAX_SINCE_MS) {
    throw new OktaError(
      'E0000053',
      'Invalid parameter: The since parameter is over 180 days prior to the current day.',
    );
  }
  const limit = readLimit(request, STANDARD_LIMIT, MAX_LIMIT, 0);
  const wanted = { since, until, limit, isDescending, start, isWanted: matcher(query) };
  const { found, next } = isPolling ? poll(call, wanted) : bounded(call, wanted);
  const items = found.map(({ event }) => event);
  const issuedAt = settings.logCursorTtlMs > 0 ? `@${now}` : '';
  return listResponse(request, next === undefined ? { items } : { items, next: `${next}@${since}${issuedAt}` }, [
    'since',
  ]);
}

function poll({ org, request, settings }: Call, query: Query): { found: LoggedEvent[]; next: string } {
  // Of another kind of list, or of a log that was replaced since.
  if (!/^\d*$/.test(query.start) || Number(query.start) > org.log.newest) throw new OktaError('E0000054');
  const found: LoggedEvent[] = [];
  let next = query.start || '0';
  for (const logged of org.log.after(Number(query.start), request.now)) {
    if (logged.at > request.now - settings.logLagMs) break;
    const fits = logged.at >= query.since && query.isWanted(logged.event);
    if (fits && found.length === query.limit) break;
    next = String(logged.sequence);
    if (fits) found.push(logged);
  }
  return { found, next };
}

function bounded({ org, request, settings }: Call, query: Query): { found: LoggedEvent[]; next?: string } {
  const { since, until, limit, start, isDescending } = query;
  const visibleUntil = request.now - settings.logLagMs;
  const all = [...org.log.after(0, request.now)].filter(
    ({ at, happenedAt, event }) =>
      at <= visibleUntil && happenedAt >= since && happenedAt <= until && query.isWanted(event),
  );
  all.sort(byPublication);
  if (isDescending) all.reverse();
  const from = start ? all.findIndex((logged) => keyOf(logged) === start) + 1 : 0;
  const found = all.slice(from, from + limit);
  const last = found.at(-1);
  return last && from + limit < all.length ? { found, next: keyOf(last) } : { found };
}

function byPublication(a: LoggedEvent, b: LoggedEvent): number {
  return a.happenedAt - b.happenedAt || a.sequence - b.sequence;
}

function keyOf({ happenedAt, sequence }: LoggedEvent): string {
  return `${happenedAt}.${sequence}`;
}

function matcher(query: URLSearchParams): (event: Record<string, unknown>) => boolean {
  const filter = query.get('filter');
  const expression = filter ? logFilter(filter) : undefined;
  const keywords = (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  if (keywords.length > MAX_KEYWORDS || keywords.some((word) => word.length > MAX_KEYWORD_LENGTH)) {
    throw new OktaError('E0000001', 'q', [`q: at most ${MAX_KEYWORDS} keywords of ${MAX_KEYWORD_LENGTH} characters`]);
  }
  return (event) => {
    if (expression && !matchesFilter(expression, event, true)) return false;
    if (keywords.length === 0) return true;
    const text = JSON.stringify(event).toLowerCase();
    return keywords.every((word) => text.includes(word));
  };
}

function readTime(query: URLSearchParams, name: 'since' | 'until'): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const isIso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(text);
  const time = isIso ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new OktaError('E0000001', name, [`${name}: not a date of RFC 3339`]);
  return time;
}
