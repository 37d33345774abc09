/** What needs somebody: paused targets, parked changes with their next try, and what the newest plans left alone. */
import { removalKinds } from '../domain/change.ts';
import { listParked, type ParkedRow } from '../store/due.ts';
import { type Names, namesOf } from '../store/reading-people.ts';
import { findingsThatNeedAttention, newestPlanOfEverybody } from '../store/reading-plans.ts';
import { type Pause, pausedTargets } from '../store/target-state.ts';
import type { ConflictsView, ParkedChange, ParkedView, PauseView } from './api.ts';
import type { ReaderDependencies } from './dependencies.ts';
import { changeView, findingView, idsOfFindings } from './views.ts';

export interface ParkedQuery {
  readonly target?: string | undefined;
  readonly limit: number;
}

export async function parkedView(
  { store, config }: Pick<ReaderDependencies, 'store' | 'config'>,
  { target, limit }: ParkedQuery,
): Promise<ParkedView> {
  const isAskedFor = (name: string): boolean => target === undefined || name === target;
  const rows = await listParked(store, { limit, ...(target === undefined ? {} : { target }) });
  const names = new Map<string, Names>();
  for (const [name, those] of Map.groupBy(rows, (row) => row.target))
    names.set(name, await namesOf(store, name, idsOf(those)));
  const configured = config.targets.map(({ settings }) => settings.name as string);
  return {
    paused: (await pausedTargets(store)).filter((pause) => isAskedFor(pause.target)).map(pauseView),
    parked: rows.flatMap((row) => parkedChange(row, names) ?? []),
    conflicts: await conflicts(store, configured.filter(isAskedFor), limit),
  };
}

export const pauseView = ({ target, by, reason, since }: Pause): PauseView => ({
  target,
  by,
  reason,
  since: since.toISOString(),
});

const idsOf = (rows: readonly ParkedRow[]) => ({
  people: rows.map(({ person_id }) => person_id),
  groups: rows.map(({ group_id }) => group_id),
  targetGroups: rows.map(({ target_group_id }) => target_group_id),
  accounts: rows.map(({ account_id }) => account_id),
});

function parkedChange(row: ParkedRow, names: ReadonlyMap<string, Names>): ParkedChange | undefined {
  const { id, target, change_kind: kind, detail, vendor_request_id, plan_id, tries } = row;
  const ownNames = names.get(target);
  if (kind === null || !ownNames) return undefined;
  return {
    id,
    target,
    change: changeView({ ...row, kind, reason: row.reason ?? '' }, ownNames),
    isRemoval: removalKinds.has(kind),
    ...(detail === null ? {} : { detail }),
    ...(vendor_request_id === null ? {} : { vendorRequestId: vendor_request_id }),
    ...(plan_id === null ? {} : { planId: plan_id }),
    tries,
    firstAt: row.first_at.toISOString(),
    nextTryAt: row.due_at.toISOString(),
  };
}

/** Conflicts are told by each plan anew, so the newest one knows which are left. */
async function conflicts(
  store: ReaderDependencies['store'],
  targets: readonly string[],
  limit: number,
): Promise<ConflictsView[]> {
  const views = targets.map(async (target): Promise<ConflictsView[]> => {
    const plan = await newestPlanOfEverybody(store, target);
    if (!plan) return [];
    const rows = await findingsThatNeedAttention(store, plan.id, limit);
    if (rows.length === 0) return [];
    const names = await namesOf(store, target, idsOfFindings(rows));
    const findings = rows.map((row) => findingView(row, names));
    return [{ target, planId: plan.id, plannedAt: plan.created_at.toISOString(), findings }];
  });
  return (await Promise.all(views)).flat();
}
