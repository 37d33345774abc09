import type { SimRequest } from '../kit/vendor.ts';
import { type Page, readCursor } from './paging.ts';

/** A page of a search with `sortBy`; equal values are ordered by id. The cursor is a position, as the order is not the id's. */
export function sortedPage<T extends { id: string }>(
  request: SimRequest,
  found: T[],
  sortBy: string,
  limit: number,
): Page<T> {
  const sign = request.query.get('sortOrder')?.toLowerCase() === 'desc' ? -1 : 1;
  const keyed = found.map((record) => ({ record, key: textAt(record, sortBy) }));
  keyed.sort((a, b) => sign * order(a.key, b.key) || order(a.record.id, b.record.id));
  const start = Number(readCursor(request) || 0);
  const items = keyed.slice(start, start + limit).map(({ record }) => record);
  return start + limit < keyed.length ? { items, next: String(start + limit) } : { items };
}

function textAt(record: unknown, path: string): string {
  let value = record;
  for (const step of path.split('.')) value = (value as Record<string, unknown> | undefined | null)?.[step];
  return value === undefined || value === null ? '' : String(value).toLowerCase();
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
