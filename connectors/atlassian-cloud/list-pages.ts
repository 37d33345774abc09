/** Walks a SCIM list to its proven end, or fails. Ending early must never look like people who left. */
import { Failure } from '../../domain/failure.ts';
import { bodyTooLarge } from '../body-text.ts';
import { lastOfEach } from '../last-of-each.ts';
import { type PageCode, pageCodes } from '../page-codes.ts';
import type { ScimList } from './wire.ts';

export interface ListWalk<T> {
  /** One page from a 1-based index on; the vendor may send fewer than `count`. */
  readonly fetch: (startIndex: number, count: number) => Promise<ScimList<T>>;
  readonly pageSize: number;
  /** `cloud: list accounts`, for messages. */
  readonly what: string;
}

/**
 * Yields every resource once. The order under concurrent writes is not documented, so: a total that shrinks moves the
 * walk back by as much (what follows has moved up), repeated ids are passed over, and when fewer than the total were
 * seen at the end the list is walked once more. A page that is empty before the end, repeats what was seen, or tells
 * less than half the total is read again first.
 *
 * @throws Failure `UnexpectedResponse` with one of `pageCodes` when the pages do not add up.
 */
export async function* listPages<T extends { readonly id: string }>(walk: ListWalk<T>): AsyncGenerator<readonly T[]> {
  const seen = new Set<string>();
  for (let pass = 1; pass <= 2; pass += 1) {
    let total = 0;
    for await (const page of walkOnce(walk)) {
      total = page.total;
      const fresh = lastOfEach(page.items, ({ id }) => id).filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      if (fresh.length > 0) yield fresh;
    }
    if (seen.size >= total) return;
    if (pass === 2) throw unexpected(walk.what, pageCodes.countMismatch, `${seen.size} of ${total} were listed`);
  }
}

async function* walkOnce<T extends { readonly id: string }>(walk: ListWalk<T>): AsyncGenerator<ScimList<T>> {
  const seen = new Set<string>();
  let count = walk.pageSize;
  let startIndex = 1;
  let total: number | undefined;
  let hasMoved = false;

  const read = async (): Promise<ScimList<T>> => {
    for (;;) {
      try {
        return await walk.fetch(startIndex, count);
      } catch (error) {
        // Groups come with all their members; a hundred large ones do not fit into one answer.
        if (!(error instanceof Failure) || error.details.code !== bodyTooLarge || count === 1) throw error;
        count = Math.ceil(count / 4);
      }
    }
  };
  const oddity = (page: ScimList<T>): Failure | undefined => {
    const { countMismatch, repeated } = pageCodes;
    if (total !== undefined && page.total * 2 < total)
      return unexpected(walk.what, countMismatch, `the total fell from ${total} to ${page.total}`);
    if (page.items.length === 0) {
      if (startIndex > page.total) return undefined;
      return unexpected(walk.what, countMismatch, `no entry ${startIndex} of ${page.total}`);
    }
    const isStill = !hasMoved && (total === undefined || page.total === total);
    if (!isStill || !page.items.every(({ id }) => seen.has(id))) return undefined;
    return unexpected(walk.what, repeated, `a page repeated itself at ${startIndex}`);
  };

  for (;;) {
    let page = await read();
    if (oddity(page)) page = await read();
    const odd = oddity(page);
    if (odd) throw odd;

    const lost = (total ?? page.total) - page.total;
    hasMoved ||= page.total !== (total ?? page.total);
    total = page.total;
    if (lost > 0 && startIndex > 1) {
      startIndex = Math.max(1, startIndex - lost);
      continue;
    }
    yield page;
    for (const { id } of page.items) seen.add(id);
    startIndex += page.items.length;
    if (startIndex > total) return;
  }
}

const unexpected = (what: string, code: PageCode, problem: string): Failure =>
  new Failure('UnexpectedResponse', `${what}: the pages do not add up: ${problem}`, { code });
