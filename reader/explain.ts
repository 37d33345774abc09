/** Everything that Lockstep knows about one person: what should be, what is, why, and what happened. */
import { profileAttributesOf } from '../config/profile-attributes.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { auditOfPerson, mirroredPerson, namesOf } from '../store/reading-people.ts';
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
  const known = mirrored?.person ?? live.person;
  if (!known && timeline.length === 0)
    throw notFound('nobody has this Okta id', '`lockstep explain <e-mail address>` finds people by name');
  const targets = await Promise.all(
    config.targets.map((target) => explainTarget(deps, target, { id, mirrored, live: live.person })),
  );
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
    targets,
    timeline,
  };
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
