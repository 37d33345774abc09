/** Makes a target's plan from the mirror: groups first, then everybody, a page at a time. Writes nothing outside. */
import { splitByDrift } from '../domain/drift.ts';
import { Failure } from '../domain/failure.ts';
import type { OktaUserId } from '../domain/ids.ts';
import { planPerson } from '../domain/plan-person.ts';
import { planUnlinkedMembers } from '../domain/plan-unlinked-members.ts';
import type { Policy } from '../domain/policy.ts';
import { shortfallLines } from '../domain/shortfall-texts.ts';
import { driftedAttributes } from '../store/drift-in-plans.ts';
import { desiredNames, ownFacts, wholeFacts } from '../store/person-facts.ts';
import { type OnlyPeople, type PersonRow, pageOfPeople, unlinkedMembers } from '../store/planning-reads.ts';
import { beginPlan, openLinesOf } from '../store/plans.ts';
import { withSides } from '../store/side-lock.ts';
import { latestSnapshot, oktaSide } from '../store/snapshots.ts';
import { saveWantedNames } from '../store/wanted-names.ts';
import type { PlanCounts, SyncScope } from '../workflows/contract.ts';
import type { Dependencies } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';
import { connectedTarget } from './observe-target.ts';
import { PlanDraft } from './plan-draft.ts';
import { type GroupsOfPlan, planGroups } from './plan-groups.ts';

export interface PlanTargetInput {
  readonly planId: string;
  readonly runId: string;
  readonly target: string;
  readonly kind: 'run' | 'preview';
  /** Everything when absent. */
  readonly scope?: SyncScope;
  /** For somebody who loses all access by HR's order, whatever Okta says: nothing is asked of it. */
  readonly isOrdered?: boolean;
}

const peoplePerPage = 1_000;

export async function planTarget(deps: Dependencies, input: PlanTargetInput): Promise<PlanCounts> {
  return whileAlive((alive) =>
    withSides(deps.store, [oktaSide, input.target], 'plan', alive.signal, (signal) =>
      makePlan(deps, input, { ...alive, signal }),
    ),
  );
}

/** Without locks, which planning one person needs none of. */
export async function makePlan(
  deps: Dependencies,
  { planId, runId, target, kind, scope, isOrdered = false }: PlanTargetInput,
  alive: Alive,
): Promise<PlanCounts> {
  const { store } = deps;
  const connected = connectedTarget(deps, target);
  const { configuration } = connected;
  const [source, own] = [await latestSnapshot(store, oktaSide), await latestSnapshot(store, target)];
  if (!source || !own) throw new Failure('UnexpectedResponse', `${target}: nothing has been read yet to plan from`);
  await beginPlan(store, {
    id: planId,
    target,
    runId,
    configuration,
    sourceSnapshot: source.id,
    targetSnapshot: own.id,
    kind,
  });
  const draft = new PlanDraft(store, {
    planId,
    target,
    configuration,
    expiresAfterMs: deps.approvals.expireAfterMs,
    ...(scope?.only === 'approved' ? { only: await openLinesOf(store, scope.planId) } : {}),
  });
  const isPreview = kind === 'preview';
  const only = onlyPeople(scope);
  const call = { signal: alive.signal };
  const groups = await planGroups(deps, connected, {
    draft,
    isPreview,
    isForChanged: only !== undefined,
    isOrdered,
    call,
  });
  await planPeople(deps, groups, draft, alive, only);
  if (only === undefined) await planStrangers(deps, groups, draft);
  const counts = await draft.finish();
  return source.shortfalls.length === 0 ? counts : { ...counts, shortfalls: shortfallLines(source.shortfalls) };
}

function onlyPeople(scope: SyncScope | undefined): OnlyPeople | undefined {
  if (scope?.only === 'people') return scope.people as readonly OktaUserId[];
  return scope?.only === 'changed' ? 'changed' : undefined;
}

async function planPeople(
  { store }: Dependencies,
  { policy, managed, administrators }: GroupsOfPlan,
  draft: PlanDraft,
  alive: Alive,
  only: OnlyPeople | undefined,
): Promise<void> {
  const target = policy.settings.name;
  // Twice: whether two people want the same name is known only after everybody has been asked.
  for await (const rows of peopleToPlan(store, target, alive, only)) {
    const facts = await ownFacts(store, policy, rows);
    const wanted = facts.flatMap((one) => desiredNames(one, policy) ?? []);
    await saveWantedNames(
      store,
      target,
      facts.map(({ id }) => id),
      wanted,
    );
  }
  for await (const rows of peopleToPlan(store, target, alive, only)) {
    const ids = policy.settings.drift === 'report' ? rows.map(({ id }) => id) : [];
    const drifted = await driftedAttributes(store, target, ids);
    for (const facts of await wholeFacts(store, policy, managed, await ownFacts(store, policy, rows))) {
      const { desired, changes, findings } = planPerson(facts, policy);
      if (desired.state === 'active') draft.people += 1;
      const spared = administrators.spare(changes);
      draft.take(splitByDrift(spared.changes, drifted.get(facts.id) ?? {}), [...findings, ...spared.findings]);
    }
    await draft.flush();
    alive.progress({ planned: draft.changes });
  }
}

async function* peopleToPlan(
  store: Dependencies['store'],
  target: string,
  alive: Alive,
  only: OnlyPeople | undefined,
): AsyncGenerator<PersonRow[]> {
  let last: OktaUserId | undefined;
  for (;;) {
    alive.signal.throwIfAborted();
    const rows = await pageOfPeople(store, target, last, peoplePerPage, only);
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1)?.id;
  }
}

/**
 * Members of managed groups whom nobody is linked to. Where the target is to be exact they go, if Okta knows whose
 * accounts they are; that Okta does not show somebody is no evidence, so the others are only reported.
 */
async function planStrangers(
  { store }: Dependencies,
  { policy, managed, administrators }: GroupsOfPlan,
  draft: PlanDraft,
): Promise<void> {
  const reporting: Policy = { ...policy, settings: { ...policy.settings, membershipAuthority: 'linked-exact' } };
  for await (const page of unlinkedMembers(store, policy.settings.name, draft.planId, managed)) {
    for (const [group, those] of Map.groupBy(page, (member) => member.group)) {
      const accounts = (isKnown: boolean) =>
        those.filter(({ isKnownAtOkta }) => isKnownAtOkta === isKnown).map(({ account }) => account);
      for (const plan of [
        planUnlinkedMembers(group, accounts(true), policy),
        planUnlinkedMembers(group, accounts(false), reporting),
      ]) {
        const spared = administrators.spare(plan.changes);
        draft.take(spared.changes, [...plan.findings, ...spared.findings]);
      }
    }
    await draft.flush();
  }
}
