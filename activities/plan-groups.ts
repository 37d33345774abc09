/** Plans the managed groups of a target from the mirror, before anybody is planned into them. */
import type { Capabilities } from '../domain/directory.ts';
import { finding } from '../domain/finding.ts';
import { planGroups as decide, type PlannedGroups } from '../domain/plan-groups.ts';
import { createPolicy } from '../domain/policy.ts';
import { refuseProblems, resolveTarget } from '../domain/resolve-target.ts';
import type { TargetSettings } from '../domain/settings.ts';
import type { Store } from '../store/connect.ts';
import { groupFacts } from '../store/group-facts.ts';
import { allGroups, loadPins, missingGroups, savePins } from '../store/okta-mirror.ts';
import { relevantGroups } from '../store/person-facts.ts';
import { sourceEvidence } from '../store/source-evidence.ts';
import type { PlanDraft } from './plan-draft.ts';

/** @throws Failure `Misconfigured` when a configured name means no group, or several. */
export async function planGroups(
  store: Store,
  settings: TargetSettings,
  capabilities: Capabilities,
  draft: PlanDraft,
): Promise<PlannedGroups> {
  const groups = await allGroups(store);
  const { problems, pins, ...resolved } = resolveTarget(
    settings,
    groups,
    await loadPins(store),
    await missingGroups(store),
  );
  refuseProblems(settings.name, problems);
  await savePins(store, pins);
  const evidence = await sourceEvidence(store);
  const policy = createPolicy(settings, capabilities, { ...resolved, evidence });
  const planned = decide(await groupFacts(store, policy, groups), policy);
  const inDoubt = [...relevantGroups(policy).intersection(evidence.doubtfulGroups)].sort();
  const unproven = inDoubt.map((group) => finding({ group }, 'removal-unproven'));
  await draft.add(planned.changes, [...planned.findings, ...unproven]);
  return planned;
}
