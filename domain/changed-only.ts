/** What a plan of only those people who changed takes from planning the groups. */
import type { ChangeKind } from './change.ts';
import type { OktaGroupId } from './ids.ts';
import type { PlannedGroups } from './plan-groups.ts';
import { withReadyGroups } from './policy.ts';

const beginnings: ReadonlySet<ChangeKind> = new Set(['create-group', 'link-group']);

/**
 * Groups as they are linked already, without changes or findings of their own: those belong to a plan of everybody, which
 * tells them again. A group that would only come to be by this plan gets nobody yet, since nobody else is planned into it.
 */
export function linkedGroupsOnly<Planned extends PlannedGroups>(planned: Planned): Planned {
  const isNew = new Set<OktaGroupId>(
    planned.changes.flatMap(({ kind, group }) => (beginnings.has(kind) ? [group] : [])),
  );
  const { managedGroups, emptiedGroups } = planned.policy;
  return {
    ...planned,
    changes: [],
    findings: [],
    policy: withReadyGroups(planned.policy, managedGroups.union(emptiedGroups).difference(isNew)),
    managed: new Map([...planned.managed].filter(([, group]) => !isNew.has(group))),
  };
}
