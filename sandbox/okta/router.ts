import { decodeSegment } from '../kit/request-log.ts';
import type { RouteDescription } from '../kit/vendor.ts';
import type { Route } from './api.ts';
import { appRoutes } from './apps.ts';
import { eventHookRoutes } from './event-hooks.ts';
import { groupRoutes } from './groups.ts';
import { logRoutes } from './logs.ts';
import { roleRoutes } from './roles.ts';
import { userRoutes } from './users.ts';

interface Pattern {
  route: Route;
  segments: string[];
}

export interface Match {
  route: Route;
  params: Record<string, string>;
}

const PATTERNS: Pattern[] = [
  ...userRoutes,
  ...roleRoutes,
  ...groupRoutes,
  ...appRoutes,
  ...logRoutes,
  ...eventHookRoutes,
].map((route) => ({ route, segments: route.template.split('/') }));

/** @returns the route, `wrong-method` for a known path, or `unknown` */
export function matchRoute(method: string, path: string): Match | 'wrong-method' | 'unknown' {
  const fitting = fittingPatterns(path);
  const own = fitting.find(({ route }) => route.method === method);
  if (own) return { route: own.route, params: paramsOf(own, path) };
  return fitting.length > 0 ? 'wrong-method' : 'unknown';
}

/** Path with parameters named by `:id`, for the request log. */
export function describeRoute(path: string): RouteDescription | undefined {
  const [pattern] = fittingPatterns(path);
  if (!pattern) return undefined;
  return { template: pattern.route.template.replace(/:\w+/g, ':id'), subjects: Object.values(paramsOf(pattern, path)) };
}

function fittingPatterns(path: string): Pattern[] {
  const given = path.split('/');
  return PATTERNS.filter(
    ({ segments }) =>
      segments.length === given.length &&
      segments.every((segment, at) => (segment.startsWith(':') ? given[at] !== '' : segment === given[at])),
  );
}

function paramsOf({ segments }: Pattern, path: string): Record<string, string> {
  const given = path.split('/');
  return Object.fromEntries(
    segments.flatMap((segment, at) =>
      segment.startsWith(':') ? [[segment.slice(1), decodeSegment(given[at] ?? '')]] : [],
    ),
  );
}
