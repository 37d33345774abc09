/** What was changed at targets by somebody else, beside what a sync would do about it. */
import { changesAbout, type DriftRow, openDrift } from '../store/reading-drift.ts';
import { type Names, namesOf } from '../store/reading-people.ts';
import { newestPlanOfEverybody } from '../store/reading-plans.ts';
import { latestSnapshot, oktaSide } from '../store/snapshots.ts';
import type { ReaderDependencies } from './dependencies.ts';
import type { DriftItem, DriftView, TargetDrift } from './drift-api.ts';
import { accountRef, groupRef, idsOfChanges, personRef, plannedChange } from './views.ts';

export interface DriftQuery {
  readonly target?: string | undefined;
  readonly limit: number;
}

export async function driftView(
  { store, config }: Pick<ReaderDependencies, 'store' | 'config'>,
  { target, limit }: DriftQuery,
): Promise<DriftView> {
  const asked = config.targets.filter(({ settings }) => target === undefined || settings.name === target);
  const oktaReadAt = (await latestSnapshot(store, oktaSide))?.finishedAt?.toISOString();
  const targets: TargetDrift[] = [];
  for (const { settings } of asked)
    targets.push({
      target: settings.name,
      action: settings.drift,
      ...(oktaReadAt === undefined ? {} : { oktaReadAt }),
      ...(await driftOf(store, settings.name, limit)),
    });
  return { targets };
}

async function driftOf(store: ReaderDependencies['store'], target: string, limit: number) {
  const { count, rows } = await openDrift(store, target, limit);
  const plan = await newestPlanOfEverybody(store, target);
  const changes = plan ? await changesAbout(store, plan.id, rows) : new Map();
  const names = await namesOf(store, target, idsOfChanges([...rows, ...changes.values()]));
  const readAt = (await latestSnapshot(store, target))?.finishedAt?.toISOString();
  return {
    ...(readAt === undefined ? {} : { readAt }),
    ...(plan ? { planId: plan.id } : {}),
    open: count,
    items: rows.map((row) => {
      const change = changes.get(row.id);
      return { ...itemOf(row, names), ...(change ? { change: plannedChange(change, names) } : {}) };
    }),
  };
}

function itemOf(row: DriftRow, names: Names): DriftItem {
  const { id, kind, person_id, account_id, group_id, target_group_id, before, after } = row;
  return {
    id,
    kind,
    seenAt: row.seen_at.toISOString(),
    ...(person_id ? { person: personRef(person_id, names) } : {}),
    ...(account_id ? { account: accountRef(account_id, names) } : {}),
    ...(group_id ? { group: groupRef(group_id, names, target_group_id) } : {}),
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
  };
}
