/** Everything that Lockstep knows about one person: what should be, what is, why, and what happened. */
import { profileAttributesOf } from '../config/profile-attributes.ts';
import type { OktaUserId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import { openOffboarding } from '../store/offboarding-requests.ts';
import { holdOf } from '../store/reading-offboardings.ts';
import { auditOfPerson, type MirroredPerson, mirroredPerson } from '../store/reading-people.ts';
import { latestSnapshot, oktaSide } from '../store/snapshots.ts';
import type { ExplainView } from './api.ts';
import type { AuditView } from './audit-api.ts';
import { auditViews } from './audit-views.ts';
import type { ReaderDependencies } from './dependencies.ts';
import { explainTarget } from './explain-target.ts';
import { oktaPatienceMs, whyNot } from './find-people.ts';
import { offboardingSummaries } from './offboardings.ts';
import { notFound } from './problems.ts';
import { personView } from './views.ts';

const timelineLength = 50;

/** @throws ApiProblem `not-found` when neither Okta nor the mirror nor the audit log knows this id */
export async function explainPerson(deps: ReaderDependencies, id: OktaUserId): Promise<ExplainView> {
  const { store, config } = deps;
  const [mirrored, live, reading, timeline, standing] = await Promise.all([
    mirroredPerson(store, id),
    readLive(deps, id),
    latestSnapshot(store, oktaSide),
    timelineOf(deps, id),
    offboardingOf(deps, id),
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
    ...standing,
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

/** What keeps them from being given access, now or soon. */
async function offboardingOf(
  deps: ReaderDependencies,
  id: OktaUserId,
): Promise<Pick<ExplainView, 'held' | 'offboarding'>> {
  const [hold, open] = await Promise.all([holdOf(deps.store, id), openOffboarding(deps.store, id)]);
  const [offboarding] = await offboardingSummaries(deps, open ? [open] : [], new Date());
  return {
    ...(hold ? { held: { by: hold.hold, since: hold.since.toISOString() } } : {}),
    ...(offboarding ? { offboarding } : {}),
  };
}

const timelineOf = async ({ store }: ReaderDependencies, id: OktaUserId): Promise<AuditView[]> =>
  auditViews(store, await auditOfPerson(store, id, timelineLength));
