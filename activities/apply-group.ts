/** Carries out one change of a group itself; its members are changes of their own. */

import type { TargetGroup } from '../domain/account.ts';
import type { OutcomeDetail } from '../domain/change.ts';
import { isFailure } from '../domain/failure.ts';
import type { OktaGroupId } from '../domain/ids.ts';
import type { LinkOrigin } from '../store/links.ts';
import type { ChangeRow } from '../store/plans.ts';
import { type ApplyContext, type Effect, requestIdOf } from './apply-context.ts';
import { isGroupDeleted } from './group-deletion.ts';

export async function applyGroupChange(context: ApplyContext, row: ChangeRow): Promise<Effect> {
  const { target, call, groups } = context;
  const name = (row.after ?? row.before)?.['name'];
  const group = row.group_id;
  if (group === null || name === undefined) throw new Error(`change ${row.seq} of plan ${row.plan_id} is incomplete`);
  switch (row.kind) {
    case 'create-group':
      if (groups.has(group)) return { seq: row.seq, outcome: 'unchanged' };
      return createGroup(context, row, group, name);
    case 'link-group': {
      const found = await target.directory.findGroup(name, call);
      if (found?.id !== row.target_group_id) return { seq: row.seq, outcome: 'stale', detail: 'group-gone' };
      return linked(row, group, found, 'adopted');
    }
    case 'rename-group': {
      if (row.target_group_id === null) throw new Error(`change ${row.seq} of plan ${row.plan_id} is incomplete`);
      const written = await target.directory.renameGroup(row.target_group_id, name, call);
      return { ...linked(row, group, written.value, 'created'), ...requestIdOf(written) };
    }
    case 'delete-group':
      return deleteGroup(context, row, group);
    default:
      throw new Error(`${row.kind} is no change of a group`);
  }
}

/** Only while Okta says that it was deleted there, and while nobody at all is in it here. */
async function deleteGroup(
  { deps, target, policy, groups, call }: ApplyContext,
  row: ChangeRow,
  group: OktaGroupId,
): Promise<Effect> {
  const { directory } = target;
  const id = row.target_group_id;
  if (id === null) throw new Error(`change ${row.seq} of plan ${row.plan_id} is incomplete`);
  if (groups.get(group) !== id || !policy.emptiedGroups.has(group)) return { seq: row.seq, outcome: 'stale' };
  for (const part of policy.partsOf(group))
    if (!(await isGroupDeleted(deps.source, part, call))) return { seq: row.seq, outcome: 'stale' };
  if (!(await directory.group(id, call))) {
    if (row.attempts === 0) return { seq: row.seq, outcome: 'unchanged', detail: 'group-gone', goneGroup: id };
    return { seq: row.seq, outcome: 'applied', detail: 'found-after-lost-answer', goneGroup: id };
  }
  for await (const members of directory.members(id, call))
    if (members.length > 0) return { seq: row.seq, outcome: 'stale' };
  const written = await directory.deleteGroup(id, call);
  return { seq: row.seq, outcome: 'applied', goneGroup: id, ...requestIdOf(written) };
}

async function createGroup(
  { target, call }: ApplyContext,
  row: ChangeRow,
  group: OktaGroupId,
  name: string,
): Promise<Effect> {
  const { directory } = target;
  if (row.attempts > 0) {
    const found = await directory.findGroup(name, call);
    if (found) return linked(row, group, found, 'created', 'found-after-lost-answer');
  }
  try {
    const written = await directory.createGroup(name, call);
    return { ...linked(row, group, written.value, 'created'), ...requestIdOf(written) };
  } catch (error) {
    const found = isFailure(error, 'Conflict') ? await directory.findGroup(name, call) : undefined;
    if (found) return linked(row, group, found, 'adopted', 'found-after-conflict');
    throw error;
  }
}

const linked = (
  row: ChangeRow,
  group: OktaGroupId,
  found: TargetGroup,
  origin: LinkOrigin,
  detail?: OutcomeDetail,
): Effect => ({
  seq: row.seq,
  outcome: 'applied',
  groupLink: { group, targetGroup: found.id, name: found.name, origin },
  ...(detail === undefined ? {} : { detail }),
});
