import type { SimResponse } from '../kit/vendor.ts';
import { type Call, isVisibleUser } from './api.ts';
import { userFilter, userSearch } from './filter-rules.ts';
import { listResponse, type Page, readCursor, readLimit, takePage } from './paging.ts';
import type { UserRecord } from './records.ts';
import { type Expression, matchesFilter } from './scim-filter.ts';
import { sortedPage } from './sorted-page.ts';
import { projection, userView } from './user-view.ts';

const MAX_LIMIT = 200;
const Q_LIMIT = 10;

/** List users. The plain list and `q` leave out the DEPROVISIONED, `search` and `filter` show them. */
export function listUsers(call: Call): SimResponse {
  const { request } = call;
  const { query } = request;
  if (query.get('search')) return answer(call, searched(call, userSearch(query.get('search') ?? '')));
  if (query.get('filter')) return answer(call, filtered(call, userFilter(query.get('filter') ?? '')));
  const q = query.get('q')?.toLowerCase();
  if (q) {
    const found = living(call, '').filter((user) => matchesQ(user, q));
    const page = takePage(found, readLimit(request, Q_LIMIT, MAX_LIMIT), (user) => user.id);
    return answer(call, { items: page.items });
  }
  return answer(
    call,
    takePage(living(call, readCursor(request)), pageLimit(call), (user) => user.id),
  );
}

function searched(call: Call, expression: Expression): Page<UserRecord> {
  const { org, request, settings } = call;
  const sortBy = request.query.get('sortBy');
  const after = sortBy ? '' : readCursor(request);
  const found = visible(call, after, settings.searchLagMs).filter((user) =>
    matchesFilter(expression, { ...user, type: { id: org.userTypeId } }, true),
  );
  if (!sortBy) return takePage(found, pageLimit(call), (user) => user.id);
  return sortedPage(request, [...found], sortBy, pageLimit(call));
}

function filtered(call: Call, expression: Expression): Page<UserRecord> {
  const found = visible(call, readCursor(call.request), call.settings.filterLagMs);
  return takePage(
    found.filter((user) => matchesFilter(expression, user, false)),
    pageLimit(call),
    (user) => user.id,
  );
}

function living(call: Call, after: string): IteratorObject<UserRecord> {
  return visible(call, after, 0).filter((user) => user.status !== 'DEPROVISIONED');
}

function visible(call: Call, after: string, lagMs: number): IteratorObject<UserRecord> {
  return call.org.users.after(after, call.request.now, lagMs).filter((user) => isVisibleUser(call, user));
}

function matchesQ({ profile }: UserRecord, q: string): boolean {
  return [profile.firstName, profile.lastName, profile.email].some(
    (value) => typeof value === 'string' && value.toLowerCase().startsWith(q),
  );
}

function pageLimit({ request }: Call): number {
  return readLimit(request, MAX_LIMIT, MAX_LIMIT);
}

function answer({ org, request }: Call, page: Page<UserRecord>): SimResponse {
  const hints = request.headers['content-type'] ?? '';
  const options = {
    org,
    origin: request.origin,
    omitCredentials: /okta-response=.*\bomitCredentials\b/.test(hints),
    omitTransition: /okta-response=.*\bomitTransitioningToStatus\b/.test(hints),
  };
  const project = projection(request.query.get('fields'));
  const items = page.items.map((user) => {
    const view = userView(user, options);
    return project ? project(view) : view;
  });
  return listResponse(request, { ...page, items });
}
