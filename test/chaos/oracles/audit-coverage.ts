/** Everything that was done is in the audit log, and everything that the log calls done was done. */
import type { AuditRow, Call, Effect, Evidence } from '../evidence.ts';
import { groupsByName } from '../history.ts';
import { isLost } from './needless-writes.ts';

export function auditCoverage(evidence: Evidence): string[] {
  const done = new Map<string, { times: number; lost: number }>();
  const groups = groupsByName(evidence.timeline);
  for (const call of evidence.calls.filter(({ by }) => by === 'lockstep')) {
    for (const effect of call.effects) {
      const key = keyOf(effect, groups);
      if (key === undefined) continue;
      const { times, lost } = done.get(key) ?? { times: 0, lost: 0 };
      done.set(key, { times: times + 1, lost: lost + (mayBeLost(evidence, call) ? 1 : 0) });
    }
  }
  const told = new Map<string, number>();
  for (const row of evidence.audit) {
    const key = row.outcome === 'applied' ? keyOfRow(row) : undefined;
    if (key !== undefined) told.set(key, (told.get(key) ?? 0) + 1);
  }
  const pretences = evidence.calls.filter(({ fault }) => fault?.endsWith(':lose-members')).length;
  const untold = [...done].flatMap(([key, { times, lost }]) => {
    const entries = told.get(key) ?? 0;
    return times - lost > entries ? [`${key}: done ${times} times, ${entries} times in the audit log`] : [];
  });
  const undone = [...told].flatMap(([key, entries]) => {
    const times = done.get(key)?.times ?? 0;
    // The directory said that it had done it, and verifying found that it had not.
    const pretended = key.startsWith('add-member') ? pretences : 0;
    return entries > times + pretended ? [`${key}: ${entries} times in the audit log, done ${times} times`] : [];
  });
  return [...untold, ...undone];
}

/** Whoever was killed after a call took effect cannot have told of it; the next one may find nothing left to do. */
const mayBeLost = ({ isBroken }: Evidence, call: Call): boolean => isBroken || isLost(call);

function keyOf(effect: Effect, groups: ReadonlyMap<string, string>): string | undefined {
  switch (effect.kind) {
    case 'create':
      return `create-account ${effect.person}`;
    case 'activate':
      return `reactivate-account ${effect.person}`;
    case 'deactivate':
      return `deactivate-account ${effect.person}`;
    case 'update':
      return effect.isLink ? `link-account ${effect.person}` : `update-account ${effect.person}`;
    case 'join':
      return `add-member ${effect.person} ${groups.get(effect.groupName)}`;
    case 'leave':
      return `remove-member ${effect.person} ${groups.get(effect.groupName)}`;
    case 'create-group':
      return `create-group ${groups.get(effect.groupName)}`;
    default:
      return undefined;
  }
}

function keyOfRow({ kind, person_id, group_id }: AuditRow): string | undefined {
  if (kind === 'add-member' || kind === 'remove-member') return `${kind} ${person_id} ${group_id}`;
  if (kind === 'create-group') return `${kind} ${group_id}`;
  // A group or account that is linked need not be written to.
  const isAccount = ['create-account', 'reactivate-account', 'deactivate-account', 'update-account'].includes(kind);
  return isAccount ? `${kind} ${person_id}` : undefined;
}
