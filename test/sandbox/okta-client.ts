// An independent client for the tests of the Okta simulator: plain fetch, and every answer is held against Okta's description.
import { type Simulator, startSimulator } from '../../sandbox/kit/simulator.ts';
import { createOkta, type OktaOptions } from '../../sandbox/okta/vendor.ts';
import { violations } from './okta-spec.ts';

/** A JSON answer as far as these tests look into it. */
export interface Answer {
  [key: string]: Answer;
}

export interface Reply {
  status: number;
  headers: Headers;
  body: Answer;
  /** The body of a list; empty for any other. */
  items: Answer[];
  /** Address of the next page. */
  next: string | undefined;
}

export interface OktaUnderTest {
  sim: Simulator;
  /** Names of operations and statuses that were answered, such as `getUser 404`. */
  answered: Set<string>;
  call(method: string, pathOrUrl: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Follows `next` to the end and returns all items. */
  all(path: string): Promise<Answer[]>;
  set(settings: Record<string, unknown>): void;
  close(): Promise<void>;
}

export const API_TOKEN = '00sandboxToken';

export async function startOkta(
  seed?: Record<string, unknown>,
  options: Partial<OktaOptions> = {},
): Promise<OktaUnderTest> {
  const vendor = createOkta({ apiToken: API_TOKEN, ...options });
  const sim = await startSimulator(vendor, { secret: 'test' });
  if (seed) await sim.seed(seed);
  const answered = new Set<string>();

  async function call(
    method: string,
    pathOrUrl: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const url = pathOrUrl.startsWith('http') ? pathOrUrl : sim.origin + pathOrUrl;
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `SSWS ${API_TOKEN}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text || undefined;
    const check = violations(method, new URL(url).pathname, response.status, parsed);
    if (check) {
      answered.add(`${check.operation} ${check.status}`);
      if (check.found.length > 0) throw new Error(`${check.operation} ${check.status}: ${check.found.join('; ')}`);
    }
    const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    const items = Array.isArray(parsed) ? parsed : [];
    return { status: response.status, headers: response.headers, body: parsed, items, next };
  }

  async function all(path: string): Promise<Answer[]> {
    const items: Answer[] = [];
    for (let next: string | undefined = path; next; ) {
      const reply: Reply = await call('GET', next);
      items.push(...reply.items);
      next = reply.next;
    }
    return items;
  }

  return {
    sim,
    answered,
    call,
    all,
    set: (settings) => Object.assign(vendor.settings, settings),
    close: () => sim.close(),
  };
}

/** A profile that Okta takes. */
export function aProfile(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const address = `${name.toLowerCase()}@example.com`;
  return { profile: { firstName: name, lastName: 'Example', login: address, email: address, ...more } };
}
