import type { SimRequest, SimResponse } from './vendor.ts';

/** The same list without its items: an answer that looks fine and is not. */
export function emptyList(response: SimResponse): SimResponse {
  const headers = { ...response.headers };
  if (headers.link) headers.link = [headers.link].flat().filter((link) => !link.includes('rel="next"'));
  return { ...response, headers, body: emptied(parsed(response.body)) };
}

function emptied(body: unknown): unknown {
  if (Array.isArray(body)) return [];
  if (!isObject(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      if (isList(key, value)) return [key, []];
      return [key, /^(?:totalResults|itemsPerPage|total|size)$/.test(key) ? 0 : value];
    }),
  );
}

/** Leaves every second item of a list out, the same ones at every reading; links and totals stay as they are. */
export class HalfMemory {
  readonly #leftOut = new Map<string, Map<string, boolean>>();

  /** @returns undefined when nothing of this answer is left out */
  halve(request: SimRequest, response: SimResponse): SimResponse | undefined {
    const body = parsed(response.body);
    const seen = this.#leftOut.get(request.path) ?? new Map<string, boolean>();
    this.#leftOut.set(request.path, seen);
    let isShorter = false;
    const halved = (items: unknown[]): unknown[] => {
      const kept = items.filter((item) => !isLeftOut(seen, item));
      isShorter ||= kept.length < items.length;
      return kept;
    };
    const shorter = Array.isArray(body) ? halved(body) : isObject(body) ? withLists(body, halved) : body;
    return isShorter ? { ...response, body: shorter } : undefined;
  }
}

function withLists(body: Record<string, unknown>, change: (items: unknown[]) => unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, isList(key, value) ? change(value) : value]),
  );
}

/** Decided when an item is first seen, so that the size of the pages makes no difference. */
function isLeftOut(seen: Map<string, boolean>, item: unknown): boolean {
  const key = isObject(item) ? String(item['id'] ?? item['value'] ?? JSON.stringify(item)) : JSON.stringify(item);
  const known = seen.get(key) ?? seen.size % 2 === 1;
  seen.set(key, known);
  return known;
}

function isList(key: string, value: unknown): value is unknown[] {
  return Array.isArray(value) && key !== 'schemas';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Vendors write long lists as text themselves. */
function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Remembers the last page of each list, so that a fault can answer it again in place of the next one. */
export class PageMemory {
  readonly #pages = new Map<string, SimResponse>();

  /** `keep`: the page before stays the remembered one. */
  remember(request: SimRequest, response: SimResponse, keep: boolean): void {
    if (request.method !== 'GET' || (keep && this.#pages.has(request.path))) return;
    this.#pages.set(request.path, response);
  }

  previous(request: SimRequest): SimResponse | undefined {
    return this.#pages.get(request.path);
  }
}
