import type { VendorFault } from '../kit/vendor.ts';
import type { GroupRecord } from './directory.ts';
import type { MemberChange } from './groups.ts';

/** What this directory can do wrong while it answers success; both were seen at other SCIM servers. */
export const memberFaults = ['lose-members', 'drop-members'] as const;

/**
 * The changes that are really made: without every second new member, the first included (`lose-members`), or with the
 * removal of every second of the members that nobody named, the first included (`drop-members`).
 */
export function misapplied(
  group: GroupRecord,
  changes: readonly MemberChange[],
  fault: VendorFault,
): readonly MemberChange[] {
  const affected = new Set(
    everySecond(fault.action === 'lose-members' ? additions(group, changes) : bystanders(group, changes)),
  );
  if (affected.size === 0) return changes;
  fault.hadEffect = true;
  if (fault.action === 'drop-members') return [...changes, { kind: 'remove', userIds: [...affected] }];
  return changes.map(({ kind, userIds }) => ({ kind, userIds: userIds.filter((id) => !affected.has(id)) }));
}

function additions(group: GroupRecord, changes: readonly MemberChange[]): string[] {
  return changes.flatMap(({ kind, userIds }) => (kind === 'add' ? userIds.filter((id) => !group.members.has(id)) : []));
}

function bystanders(group: GroupRecord, changes: readonly MemberChange[]): string[] {
  const named = new Set(changes.flatMap(({ userIds }) => userIds));
  return changes.length === 0 ? [] : [...group.members.ids()].filter((id) => !named.has(id));
}

function everySecond(ids: readonly string[]): string[] {
  return ids.filter((_, at) => at % 2 === 0);
}
