import { z } from 'zod';
import type { Page } from './api.ts';

const mostItems = 500;

const limit = z.coerce.number().int().min(1).max(mostItems);
const targetName = z.string().max(40);

/** Newest first. */
export const listQuery = z.strictObject({ target: targetName.optional(), limit: limit.default(20) });

export const planQuery = listQuery.extend({
  kind: z.enum(['run', 'preview', 'revision']).optional(),
  /** With those for a single person that changed nothing. */
  all: z.stringbool().default(false),
  /** The last plan seen: the next are older. */
  before: z.string().max(100).optional(),
});

/** Without what was not asked for. */
export const filterOf = ({ target, kind, all, before, limit }: z.output<typeof planQuery>) => ({
  limit,
  all,
  ...(target === undefined ? {} : { target }),
  ...(kind === undefined ? {} : { kind }),
  ...(before === undefined ? {} : { before }),
});

export const pageQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional(),
  limit: limit.default(100),
});

export type PageQuery = z.output<typeof pageQuery>;

/** Numbers count from 0, so the first page begins after -1. */
export const sliceOf = ({ after, limit: size }: PageQuery) => ({ after: after ?? -1, limit: size });

/** A full page may have another after it; the next request finds out. */
export function pageOf<T, Row extends { readonly seq: number }>(
  rows: readonly Row[],
  items: readonly T[],
  { limit: size }: PageQuery,
): Page<T> {
  const last = rows.at(-1);
  return last === undefined || rows.length < size ? { items } : { items, next: last.seq };
}
