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

/**
 * System Log query. `since` is kept in the cursor, as it cannot stand beside `after`. Without `until` and ascending it is a polling request: ordered by persistence, and there is always a
 * next link, also behind an empty page. With `until`, or descending, it is bounded and ends.
 */
function listEvents(call: Call): SimResponse {
  const { request, settings, org } = call;
  const { query, now } = request;
  if (query.has('since') && query.has('after')) {
    throw new OktaError('E0000001', 'since and after', ['since: cannot be combined with after']);
  }
  const isDescending = query.get('sortOrder') === 'DESCENDING';
  const isPolling = !query.has('until') && !isDescending;
  const until = readTime(query, 'until') ?? now;
  const [start, carriedSince] = readCursor(request).split('@');
  const since = readTime(query, 'since') ?? Number(carriedSince ?? until - STANDARD_WINDOW_MS);
  if (query.has('since') && since < now - MAX_SINCE_MS) {
    throw new OktaError(
      'E0000053',
      'Invalid parameter: The since parameter is over 180 days prior to the current day.',
    );
  }
  const isWanted = matcher(query);
  const limit = readLimit(request, STANDARD_LIMIT, MAX_LIMIT, 0);
  const visibleUntil = Math.min(isPolling ? now : until, now - settings.logLagMs);
  let events: Iterable<LoggedEvent> = org.log.after(isDescending ? 0 : Number(start || 0), now);
  if (isDescending) events = [...events].reverse().filter((each) => !start || each.sequence < Number(start));

  const found: LoggedEvent[] = [];
  let last = start || '0';
  let isMore = false;
  for (const logged of events) {
    if (logged.at > visibleUntil) {
      if (isDescending) continue;
      break;
    }
    const fits = logged.at >= since && isWanted(logged.event);
    if (fits && found.length === limit) {
      isMore = true;
      break;
    }
    last = String(logged.sequence);
    if (fits) found.push(logged);
  }
  const items = found.map(({ event }) => event);
  const hasNext = isPolling || (isMore && limit > 0);
  return listResponse(request, hasNext ? { items, next: `${last}@${since}` } : { items }, ['since']);
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
