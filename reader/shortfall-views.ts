/** Why the readings that a plan was made from are not complete, with names. */
import type { Shortfall } from '../domain/completeness.ts';
import { shortfallTexts } from '../domain/shortfall-texts.ts';
import type { Store } from '../store/connect.ts';
import type { PlanRow } from '../store/plans.ts';
import { namesOf } from '../store/reading-people.ts';
import { snapshotById } from '../store/snapshots.ts';
import type { ShortfallView } from './api.ts';

/** Those of Okta first; none when both readings are whole, or too old to be kept. */
export async function shortfallViews(
  store: Store,
  { target, source_snapshot, target_snapshot }: PlanRow,
): Promise<ShortfallView[]> {
  const [ofOkta, ofTarget] = await Promise.all([
    snapshotById(store, source_snapshot),
    snapshotById(store, target_snapshot),
  ]);
  return [
    ...(await withNames(store, target, 'okta', ofOkta?.shortfalls ?? [])),
    ...(await withNames(store, target, target, ofTarget?.shortfalls ?? [])),
  ];
}

async function withNames(
  store: Store,
  target: string,
  side: string,
  shortfalls: readonly Shortfall[],
): Promise<ShortfallView[]> {
  if (shortfalls.length === 0) return [];
  const ids = shortfalls.flatMap(({ subject, missing = [] }) => (subject === undefined ? missing : [subject]));
  const names = await namesOf(store, target, { people: ids, groups: ids });
  const nameOf = (id: string): string => names.groups.get(id) ?? names.people.get(id)?.login ?? id;
  return shortfallTexts(shortfalls, nameOf).map((texts) => ({ side, ...texts }));
}
