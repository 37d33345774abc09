/** Plans the managed groups of a target from the mirror, before anybody is planned into them. */
import type { Capabilities } from '../domain/directory.ts';
import { planGroups as decide, type PlannedGroups } from '../domain/plan-groups.ts';
import { createPolicy } from '../domain/policy.ts';
import { refuseProblems, resolveTarget } from '../domain/resolve-target.ts';
import type { TargetSettings } from '../domain/settings.ts';
import type { Store } from '../store/connect.ts';
import { groupFacts } from '../store/group-facts.ts';
import { allGroups, loadPins, missingGroups, savePins } from '../store/okta-mirror.ts';
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
  const policy = createPolicy(settings, capabilities, resolved);
  const planned = decide(await groupFacts(store, policy, groups), policy);
  await draft.add(planned.changes, planned.findings);
  return planned;
}
