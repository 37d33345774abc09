import type { Directory } from './directory.ts';
import type { RecordTable } from './record-table.ts';
import { badRequest, ScimFailure } from './scim-failure.ts';
import type { Switches } from './switches.ts';
import type { Micros } from './timestamps.ts';

const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

export interface Filter {
  readonly attribute: string;
  readonly value: string;
}

export interface Page<T> {
  readonly totalResults: number;
  readonly startIndex: number;
  readonly itemsPerPage: number;
  readonly records: T[];
}

const filterPattern = /^\s*([A-Za-z]+)\s+eq\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*$/i;

/** One exact `eq` on one of the named attributes; everything else is refused. */
export function readFilter(
  query: URLSearchParams,
  attributes: readonly string[],
  switches: Switches,
): Filter | undefined {
  const text = query.get('filter');
  if (text === null) return undefined;
  const match = filterPattern.exec(text);
  const attribute = attributes.find((name) => name.toLowerCase() === match?.[1]?.toLowerCase());
  const isSingleQuoted = match?.[3] !== undefined;
  if (!match || attribute === undefined || (isSingleQuoted && !switches.acceptsSingleQuotedFilter)) {
    const scimType = switches.badFilterScimType === 'invalidFilter' ? 'invalidFilter' : undefined;
    throw new ScimFailure(400, scimType, `Filter [${text}] is not supported.`);
  }
  return { attribute, value: match[3] ?? match[2]!.replace(/\\(.)/g, '$1') };
}

/** Cuts a page out of the table, or out of what a filter found. */
export function readPage<T extends { id: string; created: Micros }>(
  directory: Directory,
  query: URLSearchParams,
  table: RecordTable<T>,
  found: readonly T[] | undefined,
): Page<T> {
  const { defaultCount, maxCount, itemsPerPage, listOrder, listDelayMs } = directory.switches;
  const startIndex = readStartIndex(query, directory.switches);
  const requested = Math.max(0, readInteger(query, 'count') ?? defaultCount);
  const visibleUntil = (directory.nowMs - listDelayMs + 1) * 1000;
  const isVisible = (record: T) => listDelayMs === 0 || record.created < visibleUntil;
  const all = found?.filter(isVisible) ?? table.values();
  const totalResults = found || listDelayMs === 0 ? all.length : table.countCreatedBy(visibleUntil);
  const length = Math.max(0, Math.min(requested, maxCount, totalResults - startIndex + 1));
  const records = Array.from({ length }, (_, offset) => {
    const index = startIndex - 1 + offset;
    return all[listOrder === 'oldest-first' ? index : totalResults - 1 - index]!;
  });
  return { totalResults, startIndex, itemsPerPage: itemsPerPage === 'requested' ? requested : length, records };
}

function readStartIndex(query: URLSearchParams, switches: Switches): number {
  const startIndex = readInteger(query, 'startIndex') ?? 1;
  if (startIndex >= 1) return startIndex;
  if (switches.startIndexZero === 'bad-request') throw badRequest('invalidValue', 'startIndex must be at least 1.');
  return 1;
}

function readInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^-?\d{1,9}$/.test(text)) throw badRequest('invalidValue', `${name} must be a number.`);
  return Number(text);
}

export function listAnswer(page: Omit<Page<unknown>, 'records'>, resources: unknown[]): Record<string, unknown> {
  return {
    schemas: [listSchema],
    totalResults: page.totalResults,
    startIndex: page.startIndex,
    itemsPerPage: page.itemsPerPage,
    Resources: resources,
  };
}
