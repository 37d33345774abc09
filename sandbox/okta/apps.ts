import type { SimResponse } from '../kit/vendor.ts';
import { type Call, type Route, requireApp } from './api.ts';
import { appGroupRoutes } from './app-groups.ts';
import { appUserRoutes } from './app-users.ts';
import { appView } from './app-view.ts';
import { appFilter } from './filter-rules.ts';
import { listResponse, readCursor, readLimit, takePage } from './paging.ts';
import { matchesFilter } from './scim-filter.ts';

const READ = 'okta.apps.read';
const MAX_LIMIT = 200;

export const appRoutes: Route[] = [
  { method: 'GET', template: '/api/v1/apps', bucket: 'apps', scope: READ, handle: listApps },
  { method: 'GET', template: '/api/v1/apps/:id', bucket: 'app', scope: READ, handle: getApp },
  ...appUserRoutes,
  ...appGroupRoutes,
];

function listApps({ org, request }: Call): SimResponse {
  const { query } = request;
  const q = query.get('q')?.toLowerCase();
  const filter = query.get('filter');
  const expression = filter ? appFilter(filter) : undefined;
  const cursor = readCursor(request);
  const found = org.apps.all().filter(({ app }) => {
    if (app.id <= cursor) return false;
    if (q && ![app.name, app.label].some((name) => name.toLowerCase().startsWith(q))) return false;
    return !expression || matchesFilter(expression, app, false);
  });
  // The documented default of -1 means: as many as the server likes.
  const limit = query.get('limit') === '-1' ? MAX_LIMIT : readLimit(request, MAX_LIMIT, MAX_LIMIT);
  const page = takePage(found, limit, ({ app }) => app.id);
  return listResponse(request, { ...page, items: page.items.map(({ app }) => appView(app, request.origin)) });
}

function getApp(call: Call): SimResponse {
  return { status: 200, body: appView(requireApp(call).app, call.request.origin) };
}
