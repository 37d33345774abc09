/** Which Okta groups a target's configuration means, by what the mirror and the links hold. */
import type { OktaGroupId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import type { ResolvedScope } from '../domain/policy.ts';
import { type ResolvedTarget, resolveTarget } from '../domain/resolve-target.ts';
import type { TargetSettings } from '../domain/settings.ts';
import type { Store } from './connect.ts';
import { groupLinkRows } from './links.ts';
import { allGroups, loadPins, missingGroups } from './okta-mirror.ts';

export interface TargetResolution extends Pick<ResolvedTarget, 'pins' | 'problems'> {
  /** All that Okta shows. */
  readonly groups: readonly Group[];
  /** To make a policy of, once there are no problems. */
  readonly scope: Omit<ResolvedTarget, 'pins' | 'problems'> &
    ResolvedScope & {
      readonly linkedGroups: ReadonlySet<OktaGroupId>;
      readonly releasedGroups: ReadonlySet<OktaGroupId>;
    };
}

export async function resolutionOf(store: Store, settings: TargetSettings): Promise<TargetResolution> {
  const groups = await allGroups(store);
  const { pins, problems, ...scope } = resolveTarget(
    settings,
    groups,
    await loadPins(store),
    await missingGroups(store),
  );
  const links = await groupLinkRows(store, settings.name);
  const linkedGroups = new Set(links.map(({ group_id }) => group_id));
  const released = links.filter(({ origin }) => origin === 'released');
  const releasedGroups = new Set(released.map(({ group_id }) => group_id));
  return { groups, pins, problems, scope: { ...scope, linkedGroups, releasedGroups } };
}
