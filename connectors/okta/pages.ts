/** Follows Okta's `Link: rel="next"` to its end, or fails: what it yields is never a part that looks like the whole. */
import type { z } from 'zod';
import type { CallOptions, Pages } from '../../domain/directory.ts';
import type { Failure } from '../../domain/failure.ts';
import { lastOfEach } from '../last-of-each.ts';
import { type PageCode, pageCodes, readablePage } from '../page-codes.ts';
import { type Asked, failed } from './answer.ts';
import type { OktaClient } from './client.ts';

export interface PageRequest<T> extends Asked {
  /** Path and query of the first page. */
  readonly url: string;
  /** Of one item. */
  readonly schema: z.ZodType<T>;
  keyOf(item: NoInfer<T>): string;
}

/** Filtered lists may have empty pages in between; a chain of nothing else would never end. */
const mostEmptyPages = 100;

/**
 * Pages as Okta sends them, empty ones included; what stands twice in one is told once. (The SDK's own iterator yields null for an empty page, and `each`
 * takes one for the end.)
 * @throws Failure `UnexpectedResponse` with one of `pageCodes` for a page that is no list, cannot be read, or was there
 * before, and for a next link that leads back or away.
 */
export async function* pagesOf<T>(client: OktaClient, request: PageRequest<T>, options?: CallOptions): Pages<T> {
  const first = new URL(request.url, client.origin).href;
  const links = new Set([first]);
  const pages = new Set<string>();
  let emptyPages = 0;
  for (let url: string | undefined = first; ; ) {
    const { items, headers } = await readablePage(readPage(client, request, url, options));
    const keys = items.map(request.keyOf).join();
    if (items.length > 0 && pages.has(keys)) throw broken(request, pageCodes.repeated, 'a page came twice');
    pages.add(keys);
    emptyPages = items.length > 0 ? 0 : emptyPages + 1;
    if (emptyPages > mostEmptyPages) {
      throw broken(request, pageCodes.endless, `more than ${mostEmptyPages} empty pages in a row`);
    }
    yield lastOfEach(items, request.keyOf);
    url = nextLink(request, headers.get('link'), client.origin);
    if (url === undefined) return;
    if (links.has(url)) throw broken(request, pageCodes.loop, 'the next link leads back to an earlier page');
    links.add(url);
  }
}

/** @throws Failure `UnexpectedResponse` for what is no list, or an item that cannot be read. */
export const readPage = async <T>(
  client: OktaClient,
  request: Asked & { readonly schema: z.ZodType<T> },
  url: string,
  options?: CallOptions,
) => {
  const { body, headers } = await client.get(request, url, options);
  if (!Array.isArray(body)) throw failed('UnexpectedResponse', request, 'a page that is not a list');
  return { headers, items: body.map((item, index) => readItem(request, item, `item ${index}`)) };
};

/** @throws Failure `UnexpectedResponse` naming id and field, never a value. */
export const readItem = <S extends z.ZodType>(
  asked: Asked & { readonly schema: S },
  item: unknown,
  place = 'answer',
): z.infer<S> => {
  const result = asked.schema.safeParse(item);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.join('.') || 'form';
  throw failed('UnexpectedResponse', asked, `${idOf(item) ?? place} has an unreadable ${field}`);
};

const idOf = (item: unknown): string | undefined => {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : undefined;
};

/**
 * The absolute URL of the next page, exactly as given: the cursor in it is opaque.
 * @throws Failure `UnexpectedResponse` for a header that cannot be read and for a link to another server.
 */
export const nextLink = (asked: Asked, header: string | null, origin: string): string | undefined => {
  if (header === null) return undefined;
  const links = [...header.matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)/g)];
  if (links.length === 0) throw broken(asked, pageCodes.unreadable, 'an unreadable Link header');
  const target = links.find(([, , parameters]) => /;\s*rel\s*=\s*(?:"next"|next\b)/i.test(parameters ?? ''))?.[1];
  if (target === undefined) return undefined;
  const url = URL.parse(target, origin);
  // Following it elsewhere would hand the credentials to whoever answers there.
  if (url?.origin !== origin) {
    throw broken(asked, pageCodes.elsewhere, 'the next link leads to another server; is orgUrl the org itself?');
  }
  return url.href;
};

export const broken = (asked: Asked, code: PageCode, what: string): Failure =>
  failed('UnexpectedResponse', asked, what, { code });
