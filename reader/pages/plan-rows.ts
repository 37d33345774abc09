/** Changes as the page carries them: small, since there may be tens of thousands, and safe within a script element. */
import { accountAttributes } from '../../domain/account.ts';
import { type ChangeKind, memberKinds } from '../../domain/change.ts';
import type { ChangeView, PlannedChange } from '../api.ts';

/** `[seq, kind, who, id, where, values, why, held by, released by, outcome, detail]` */
type Row = readonly [
  seq: number,
  kind: string,
  who: string,
  /** Ids of person, account and group, for whoever looks one up. */
  ids: string,
  where: string,
  /** Attribute, before and after; `null` where there was nothing to compare with. */
  values: readonly (readonly [string, string | null, string | null])[],
  why: string,
  stoppedWhy: string,
  approvedBy: string,
  outcome: string,
  detail: string,
];

export function rowOf(change: PlannedChange): Row {
  const { person, account, group } = change;
  const isMembership = memberKinds.has(change.kind);
  const who = person ? person.email || person.login || person.id : (account?.userName ?? account?.id ?? '');
  const ids = [person?.id, account?.id, group?.id].filter((id) => id !== undefined && id !== who);
  return [
    change.seq,
    change.kind,
    isMembership || who !== '' ? who : (group?.name ?? group?.id ?? ''),
    ids.join(' · '),
    isMembership ? (group?.name ?? group?.id ?? '') : (account?.userName ?? ''),
    valuesOf(change),
    change.changedOutsideSince === undefined ? change.why : `${change.why}; changed at the target since`,
    change.stoppedWhy ?? '',
    change.approvedBy ?? '',
    change.outcome ?? '',
    change.detail ?? '',
  ];
}

/** What a change without values of its own turns into what. */
const turns: Readonly<Partial<Record<ChangeKind, readonly [attribute: string, before: string, after: string]>>> = {
  'deactivate-account': ['account', 'active', 'deactivated'],
  'reactivate-account': ['account', 'deactivated', 'active'],
  'link-account': ['account', 'not linked', 'linked'],
  'add-member': ['member', 'no', 'yes'],
  'remove-member': ['member', 'yes', 'no'],
};

/** In the order of the attributes; JSON from the database comes in one of its own. */
function valuesOf({ kind, before, after }: ChangeView): Row[5] {
  const turn = turns[kind];
  if (turn) return [turn];
  const names = [...new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})])];
  const place = (name: string): number => (accountAttributes as readonly string[]).indexOf(name);
  return names.sort((a, b) => place(a) - place(b)).map((name) => [name, before?.[name] ?? null, after?.[name] ?? null]);
}

/** With `<` written otherwise nothing within ends the script element or begins a comment. */
export const scriptJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
