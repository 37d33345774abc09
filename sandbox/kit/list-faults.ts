import type { SimRequest, SimResponse } from './vendor.ts';

/** The same list without its items: an answer that looks fine and is not. */
export function emptyList(response: SimResponse): SimResponse {
  const headers = { ...response.headers };
  if (headers.link) headers.link = [headers.link].flat().filter((link) => !link.includes('rel="next"'));
  return { ...response, headers, body: emptied(response.body) };
}

function emptied(body: unknown): unknown {
  if (Array.isArray(body)) return [];
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      if (Array.isArray(value) && key !== 'schemas') return [key, []];
      return [key, /^(?:totalResults|itemsPerPage|total|size)$/.test(key) ? 0 : value];
    }),
  );
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
