/** What somebody else changed at a target, and how a change of ours that would undo it is told apart from the rest. */
import { type AccountAttribute, type AccountAttributes, sameValue } from './account.ts';
import type { AccountChange, Change } from './change.ts';

export const driftKinds = [
  /** One attribute of a linked account, its `isActive` or its `externalId`. */
  'account-changed',
  'account-gone',
  'member-added',
  'member-removed',
  'group-renamed',
  'group-gone',
] as const;
export type DriftKind = (typeof driftKinds)[number];

type Update = Extract<AccountChange, { readonly kind: 'update-account' }>;

/**
 * Takes apart an update that would undo what was changed outside and bring something new as well, so that the one can be
 * left alone and the other goes its way.
 * @param drifted what attributes of the account were before somebody changed them
 */
export function splitByDrift(changes: readonly Change[], drifted: AccountAttributes): Change[] {
  return changes.flatMap((change): readonly Change[] =>
    change.kind === 'update-account' ? splitUpdate(change, drifted) : [change],
  );
}

function splitUpdate(change: Update, drifted: AccountAttributes): Update[] {
  const names = Object.keys(change.after) as AccountAttribute[];
  const undoes = (name: AccountAttribute): boolean =>
    drifted[name] !== undefined && sameValue(name, drifted[name], change.after[name]);
  const parts = [names.filter((name) => !undoes(name)), names.filter(undoes)].filter(({ length }) => length > 0);
  if (parts.length < 2) return [change];
  return parts.map((part) => ({ ...change, before: pick(change.before, part), after: pick(change.after, part) }));
}

const pick = (attributes: AccountAttributes, names: readonly AccountAttribute[]): AccountAttributes =>
  Object.fromEntries(names.map((name) => [name, attributes[name] ?? '']));
