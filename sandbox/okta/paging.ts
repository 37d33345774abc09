import type { SimRequest, SimResponse } from '../kit/vendor.ts';
import { OktaError } from './okta-error.ts';

export interface Page<T> {
  items: T[];
  /** Where the next page starts; absent on the last one. */
  next?: string;
}

/** Takes at most `limit` items. A next page exists only when there is one more item. */
export function takePage<T>(source: Iterable<T>, limit: number, keyOf: (item: T) => string): Page<T> {
  const items: T[] = [];
  for (const item of source) {
    if (items.length === limit) return { items, next: keyOf(items[limit - 1] as T) };
    items.push(item);
  }
  return { items };
}

/**
 * The answer of a list with Okta's Link headers: absolute, one header for each relation, next only if there is more.
 * @param drop query parameters that Okta leaves out of the next link (okta-sdk-nodejs issue 439: `expand` of app users)
 */
export function listResponse(request: SimRequest, page: Page<unknown>, drop: readonly string[] = []): SimResponse {
  const link = [`<${address(request, request.query)}>; rel="self"`];
  if (page.next !== undefined) {
    const query = new URLSearchParams(request.query);
    for (const name of drop) query.delete(name);
    query.set('after', encodeCursor(page.next));
    link.push(`<${address(request, query)}>; rel="next"`);
  }
  return { status: 200, headers: { link }, body: page.items };
}

/** Key behind which the page starts; empty for the first page. */
export function readCursor(request: SimRequest): string {
  const cursor = request.query.get('after');
  if (!cursor) return '';
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!key.startsWith('k:')) throw new OktaError('E0000054');
  return key.slice(2);
}

function encodeCursor(key: string): string {
  return Buffer.from(`k:${key}`).toString('base64url');
}

/** @throws OktaError E0000001 for what is not a whole number; above the maximum the maximum is taken. */
export function readLimit(request: SimRequest, standard: number, maximum: number, minimum = 1): number {
  const text = request.query.get('limit');
  if (text === null) return standard;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < minimum) {
    throw new OktaError('E0000001', 'limit', [`limit: must be a number from ${minimum} on`]);
  }
  return Math.min(limit, maximum);
}

function address(request: SimRequest, query: URLSearchParams): string {
  // Okta encodes blanks as %20, and a comparison with the sent address should hold.
  const text = query.toString().replaceAll('+', '%20');
  return request.origin + request.path + (text ? `?${text}` : '');
}
