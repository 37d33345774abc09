/** Offboardings as the reader answers them: a line of a list, or the whole evidence of one. */
import { isOktaUserId } from '../domain/ids.ts';
import type { Store } from '../store/connect.ts';
import { chainOfCommand } from '../store/offboarding-commands.ts';
import type { OffboardingRow } from '../store/offboarding-requests.ts';
import { stepsOf } from '../store/offboarding-steps.ts';
import {
  auditOfChains,
  commandsOf,
  inForceBeside,
  latestOffboardingOf,
  offboardingById,
  ordersNotTaken,
  stepsOfAll,
} from '../store/reading-offboardings.ts';
import { mirroredPerson, namesOf } from '../store/reading-people.ts';
import { auditViews } from './audit-views.ts';
import type { ReaderDependencies } from './dependencies.ts';
import { offboardedSystems } from './offboarded-systems.ts';
import type { OffboardingSummary, OffboardingView, OpenPoint } from './offboarding-api.ts';
import { commandViewsOf } from './offboarding-commands.ts';
import { nextStepOf, notesOf } from './offboarding-next-step.ts';
import { notTakenPoint, openPoints, standingOf } from './offboarding-standing.ts';
import { standingText } from './offboarding-words.ts';
import { personRef, personView } from './views.ts';

type Deps = Pick<ReaderDependencies, 'store' | 'config'>;

const mostAudited = 1_000;

/** By its id, or the newest of the person with this Okta id. */
export const findOffboarding = (store: Store, id: string): Promise<OffboardingRow | undefined> =>
  isOktaUserId(id) ? latestOffboardingOf(store, id) : offboardingById(store, id);

export async function offboardingSummaries(
  { store, config }: Deps,
  rows: readonly OffboardingRow[],
  now: Date,
): Promise<OffboardingSummary[]> {
  const ids = rows.map(({ id }) => id);
  const [steps, notTaken, beside, names] = await Promise.all([
    stepsOfAll(store, ids),
    ordersNotTaken(store, ids),
    inForceBeside(store, rows),
    namesOf(store, '', { people: rows.map(({ person_id }) => person_id) }),
  ]);
  const stepsById = Map.groupBy(steps, ({ offboarding_id }) => offboarding_id);
  const targets = config.targets.map(({ settings }) => settings.name);
  return rows.map((row) => {
    const order = notTaken.get(row.id);
    const open = [
      ...openPoints(row, stepsById.get(row.id) ?? [], targets, now),
      ...(order === undefined ? [] : [notTakenPoint(order)]),
    ];
    return summaryOf(row, personRef(row.person_id, names), open, beside.get(row.id));
  });
}

function summaryOf(
  row: OffboardingRow,
  person: OffboardingSummary['person'],
  open: readonly OpenPoint[],
  inForce: OffboardingRow | undefined,
): OffboardingSummary {
  const standing = standingOf(row);
  const { in_effect_at, completed_at, ended_at } = row;
  return {
    id: row.id,
    person,
    state: row.state,
    standing,
    standingText: standingText(standing, open),
    effective: effectiveView(row),
    okta: row.okta,
    reason: row.reason,
    ...(row.ticket === null ? {} : { ticket: row.ticket }),
    seq: Number(row.seq),
    receivedAt: row.received_at.toISOString(),
    ...(row.found_by === null ? {} : { foundBy: row.found_by }),
    ...(in_effect_at === null ? {} : { inEffectAt: in_effect_at.toISOString() }),
    ...(completed_at === null ? {} : { completedAt: completed_at.toISOString() }),
    ...(ended_at === null ? {} : { endedAt: ended_at.toISOString() }),
    ...(inForce === undefined
      ? {}
      : {
          inForce: {
            id: inForce.id,
            standing: standingOf(inForce),
            effective: effectiveView(inForce),
            okta: inForce.okta,
          },
        }),
    open,
    needsAttention: open.some(({ state }) => state !== 'pending'),
  };
}

const effectiveView = (row: OffboardingRow): OffboardingSummary['effective'] => ({
  at: row.effective_at.toISOString(),
  ...(row.is_at_once ? { isAtOnce: true } : {}),
  ...(row.effective_local === null ? {} : { local: row.effective_local }),
  ...(row.zone === null ? {} : { zone: row.zone }),
});

/** With its commands, each step, and every entry that it left in the audit log. */
export async function offboardingView(deps: Deps, row: OffboardingRow, now: Date): Promise<OffboardingView> {
  const { store } = deps;
  const [[summary], commands, steps, mirrored] = await Promise.all([
    offboardingSummaries(deps, [row], now),
    commandsOf(store, row),
    stepsOf(store, row.id),
    mirroredPerson(store, row.person_id),
  ]);
  if (summary === undefined) throw new Error(`nothing is known of offboarding ${row.id}`);
  const displayName = mirrored && personView(mirrored.person).displayName;
  const chains = [row.id, ...commands.map(chainOfCommand)];
  const known = { ...summary, person: { ...summary.person, ...(displayName === undefined ? {} : { displayName }) } };
  return {
    ...known,
    commands: commandViewsOf(row, commands),
    systems: await offboardedSystems(deps, row, steps),
    notes: notesOf(row, steps),
    nextStep: nextStepOf(known, steps),
    audit: await auditViews(store, await auditOfChains(store, chains, mostAudited)),
  };
}
