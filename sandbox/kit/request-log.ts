import type { RouteDescription } from './vendor.ts';

export interface LogEntry {
  /** Counts up from 1 and is never used twice while the process lives. */
  n: number;
  /** Simulator clock, epoch milliseconds. */
  at: number;
  method: string;
  path: string;
  query: string;
  route: string;
  subjects: string[];
  /** Parsed JSON body with secrets masked; absent when there was none. */
  body?: unknown;
  /** `0` when no answer was sent (hang or reset). */
  status: number;
  /** Id of the fault rule that struck. */
  fault?: string;
}

export interface RouteCount {
  total: number;
  byStatus: Record<string, number>;
}

const DEFAULT_CAPACITY = 200_000;
const SECRET_KEY = /password|secret|token|assertion|authorization|auth_?scheme|api_?key/i;
const ID_SEGMENT =
  /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=[^/]*\d)[0-9A-Za-z:_-]{16,}|.*(?:@|%40).*)$/i;

/** Every vendor call, in a ring so that a long benchmark cannot exhaust memory. Holds no headers, hence no tokens. */
export class RequestLog {
  readonly #capacity: number;
  #ring: LogEntry[] = [];
  #last = 0;
  #counts = new Map<string, RouteCount>();

  constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** `n` of the newest entry; 0 when there was none. */
  get last(): number {
    return this.#last;
  }

  add(entry: Omit<LogEntry, 'n'>): void {
    this.#last += 1;
    const logged: LogEntry = { n: this.#last, ...entry };
    if (entry.body !== undefined) logged.body = maskSecrets(entry.body);
    this.#ring[this.#last % this.#capacity] = logged;
    const key = `${entry.method} ${entry.route}`;
    const count = this.#counts.get(key) ?? { total: 0, byStatus: {} };
    this.#counts.set(key, count);
    count.total += 1;
    count.byStatus[entry.status] = (count.byStatus[entry.status] ?? 0) + 1;
  }

  /** Entries with `n` greater than `after`, oldest first, as far as the ring still holds them. */
  since(after = 0): LogEntry[] {
    const found: LogEntry[] = [];
    for (let n = Math.max(after + 1, this.#last - this.#capacity + 1); n <= this.#last; n += 1) {
      const entry = this.#ring[n % this.#capacity];
      if (entry?.n === n) found.push(entry);
    }
    return found;
  }

  /** Calls by `METHOD /route/:id` since the last `clear`. */
  counts(): Record<string, RouteCount> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
  }

  /** Forgets entries and counts; numbering goes on, so that `since` stays right for those who poll. */
  clear(): void {
    this.#ring = [];
    this.#counts.clear();
  }
}

/** General guess at which segments of a path are ids: numbers, UUIDs, long tokens with a digit, e-mail addresses. */
export function describePath(path: string): RouteDescription {
  const subjects: string[] = [];
  const segments = path.split('/').map((segment) => {
    if (!ID_SEGMENT.test(segment)) return segment;
    subjects.push(decodeSegment(segment));
    return ':id';
  });
  return { template: segments.join('/'), subjects };
}

/** Percent-decodes; a broken escape is left as it is. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function maskSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, SECRET_KEY.test(key) ? '***' : maskSecrets(inner)]),
  );
}
