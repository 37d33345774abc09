/** Plans the managed groups of a target from the mirror, before anybody is planned into them. */
import { Administrators } from '../domain/administrators.ts';
import { linkedGroupsOnly } from '../domain/changed-only.ts';
import type { CallOptions } from '../domain/directory.ts';
import { isFailure } from '../domain/failure.ts';
import { finding } from '../domain/finding.ts';
import type { OktaGroupId } from '../domain/ids.ts';
import { planGroups as decide, type PlannedGroups } from '../domain/plan-groups.ts';
import { createPolicy, type Policy } from '../domain/policy.ts';
import { refuseProblems } from '../domain/resolve-target.ts';
import { activeAdministrators } from '../store/administrators.ts';
import { groupFacts, keptGroups } from '../store/group-facts.ts';
import { settleGroupLinks } from '../store/links.ts';
import { savePins } from '../store/okta-mirror.ts';
import { relevantGroups } from '../store/person-facts.ts';
import { latestSnapshot } from '../store/snapshots.ts';
import { sourceEvidence } from '../store/source-evidence.ts';
import { resolutionOf } from '../store/target-resolution.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';
import { isGroupDeleted } from './group-deletion.ts';
import type { PlanDraft } from './plan-draft.ts';

export interface GroupsOfPlan extends PlannedGroups {
  /** To be asked about the changes of everybody, in the order of the plan. */
  readonly administrators: Administrators;
}

export interface GroupPlanning {
  readonly draft: PlanDraft;
  /** Only shown: no link is released by it. */
  readonly isPreview: boolean;
  /** For people who changed alone: groups stay as they are linked. */
  readonly isForChanged: boolean;
  readonly isOrdered: boolean;
  readonly call: CallOptions;
}

/** @throws Failure `Misconfigured` when a configured name means no group, or several. */
export async function planGroups(
  deps: Dependencies,
  { settings, directory }: ConnectedTarget,
  { draft, isPreview, isForChanged, isOrdered, call }: GroupPlanning,
): Promise<GroupsOfPlan> {
  const { store } = deps;
  const { problems, pins, groups, scope } = await resolutionOf(store, settings);
  refuseProblems(settings.name, problems);
  await savePins(store, pins);
  const evidence = await sourceEvidence(store);
  const shown = createPolicy(settings, directory.capabilities, { ...scope, evidence });
  const kept = keptGroups(shown, scope.linkedGroups.difference(scope.releasedGroups));
  // With groups switched off nothing is kept in step, but nothing was given up either.
  const settles = !isPreview && !isForChanged && settings.operations.groups;
  if (settles) await settleGroupLinks(store, settings.name, kept);
  // An order that takes memberships needs no proof that a group was deleted, and another leaves those groups to the next run.
  const byOrder = settings.leaver.removeMemberships ? scope.goneGroups : new Set<OktaGroupId>();
  const deletedGroups = isOrdered ? byOrder : await deletedAtOkta(deps, shown, kept, call);
  const policy = createPolicy(settings, directory.capabilities, { ...scope, evidence, deletedGroups });
  const all = decide(await groupFacts(store, policy, groups), policy);
  // That nobody is left in it counts only if the target was read whole.
  if (settles && all.over.size > 0 && (await latestSnapshot(store, settings.name))?.isComplete)
    await settleGroupLinks(store, settings.name, kept.difference(all.over));
  const planned = isForChanged ? linkedGroupsOnly(all) : all;
  const inDoubt = isForChanged ? [] : [...relevantGroups(policy).intersection(evidence.doubtfulGroups)].sort();
  const unproven = inDoubt.map((group) => finding({ group }, 'removal-unproven'));
  await draft.add(planned.changes, [...planned.findings, ...unproven]);
  const administrators = new Administrators(await activeAdministrators(store, policy), planned.managed);
  return { ...planned, administrators };
}

/** So many groups are not deleted at once; then rather the credential sees less. */
const confirmAtMost = 50;

/** Of the linked groups that Okta no longer shows those whose deletion it logged. What cannot be found out is not proven. */
async function deletedAtOkta(
  { source, log }: Dependencies,
  policy: Policy,
  kept: ReadonlySet<OktaGroupId>,
  call: CallOptions,
): Promise<Set<OktaGroupId>> {
  const { settings, managedGroups } = policy;
  const deleted = new Set<OktaGroupId>();
  if (settings.groups.deletedAtOkta === 'keep') return deleted;
  const parts = [...kept.difference(managedGroups)].flatMap((group) => policy.partsOf(group));
  for (const id of parts.slice(0, confirmAtMost)) {
    try {
      if (await isGroupDeleted(source, id, call)) deleted.add(id);
    } catch (error) {
      if (!isFailure(error)) throw error;
      log.warn({ group: id, kind: error.kind }, 'could not find out whether a group was deleted at Okta');
    }
  }
  return deleted;
}
