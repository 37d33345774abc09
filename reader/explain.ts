/** Everything that Lockstep knows about one person: what should be, what is, why, and what happened. */
import { profileAttributesOf } from '../config/profile-attributes.ts';
import type { OktaUserId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import { auditOfPerson, type MirroredPerson, mirroredPerson, namesOf } from '../store/reading-people.ts';
import { latestSnapshot, oktaSide } from '../store/snapshots.ts';
import type { AuditView, ExplainView } from './api.ts';
import type { ReaderDependencies } from './dependencies.ts';
import { explainTarget } from './explain-target.ts';
import { oktaPatienceMs, whyNot } from './find-people.ts';
import { notFound } from './problems.ts';
import { changeView, idsOfChanges, personView } from './views.ts';

const timelineLength = 50;

/** @throws ApiProblem `not-found` when neither Okta nor the mirror nor the audit log knows this id */
export async function explainPerson(deps: ReaderDependencies, id: OktaUserId): Promise<ExplainView> {
  const { store, config } = deps;
  const [mirrored, live, reading, timeline] = await Promise.all([
    mirroredPerson(store, id),
    readLive(deps, id),
    latestSnapshot(store, oktaSide),
    timelineOf(deps, id),
  ]);
  const known = live.person ?? mirrored?.person;
  if (!known && timeline.length === 0)
    throw notFound('nobody has this Okta id', '`lockstep explain <e-mail address>` finds people by name');
  const hasChangedSince = live.problem === undefined && differs(live.person, mirrored);
  const who = { id, mirrored, live: live.person, hasChangedSince };
  const targets = await Promise.all(config.targets.map((target) => explainTarget(deps, target, who)));
  const shown = known && personView(known);
  return {
    person: {
      id,
      ...(shown ? { login: shown.login, email: shown.email } : {}),
      ...(shown?.displayName === undefined ? {} : { displayName: shown.displayName }),
    },
    ...(mirrored && !mirrored.isMissing ? { mirrored: personView(mirrored.person) } : {}),
    ...(reading?.finishedAt ? { oktaReadAt: reading.finishedAt.toISOString() } : {}),
    ...(live.person ? { live: personView(live.person) } : {}),
    ...(live.problem === undefined ? {} : { liveProblem: live.problem }),
    hasChangedSince,
    targets,
    timeline,
  };
}

/** The time of the last update covers the whole profile; Okta does not move it while a status is on its way. */
function differs(live: Person | undefined, mirrored: MirroredPerson | undefined): boolean {
  const held = mirrored && !mirrored.isMissing && !mirrored.isDeleted ? mirrored.person : undefined;
  if (!live || !held) return live !== held;
  return (
    live.status !== held.status ||
    live.isTransitioning !== held.isTransitioning ||
    live.login !== held.login ||
    live.email !== held.email ||
    Date.parse(live.lastUpdated) !== Date.parse(held.lastUpdated)
  );
}

async function readLive({ connectOkta, config }: ReaderDependencies, id: OktaUserId) {
  try {
    const okta = connectOkta(profileAttributesOf(config));
    return { person: await okta.person(id, { signal: AbortSignal.timeout(oktaPatienceMs) }), problem: undefined };
  } catch (error) {
    return { person: undefined, problem: whyNot(error) };
  }
}

async function timelineOf({ store }: ReaderDependencies, id: OktaUserId): Promise<AuditView[]> {
  const rows = await auditOfPerson(store, id, timelineLength);
  const byTarget = Map.groupBy(rows, ({ target }) => target);
  const names = new Map(
    await Promise.all(
      [...byTarget].map(async ([target, of]) => [target, await namesOf(store, target, idsOfChanges(of))] as const),
    ),
  );
  return rows.flatMap((row) => {
    const known = names.get(row.target);
    if (!known) return [];
    return {
      at: row.at.toISOString(),
      target: row.target,
      runId: row.run_id,
      change: changeView(row, known),
      outcome: row.outcome,
      ...(row.detail === null ? {} : { detail: row.detail }),
      ...(row.vendor_request_id === null ? {} : { vendorRequestId: row.vendor_request_id }),
    };
  });
}
