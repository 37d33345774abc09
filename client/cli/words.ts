/** Changes, findings, counts and times as lines that a person reads. */
import { accountAttributes } from '../../domain/account.ts';
import type { AuditKind, CommandKind } from '../../domain/audit-text.ts';
import type { ChangeKind, Outcome } from '../../domain/change.ts';
import {
  type AccountRef,
  type ChangeView,
  type FindingView,
  type GroupRef,
  kindWords,
  number,
  outcomeWords,
  type PersonRef,
  type PlannedChange,
  type PlanView,
  type RunView,
  visibleText,
} from '../../reader/client.ts';

const commandWords: Readonly<Record<CommandKind, string>> = {
  link: 'link by hand',
  unlink: 'unlink by hand',
  pause: 'pause',
  resume: 'resume',
  'accept-reading': 'accept reading',
  retry: 'retry',
  approve: 'approve',
  reject: 'reject',
  expire: 'expire',
  offboard: 'offboard',
  'cancel-offboard': 'cancel offboarding',
  release: 'release',
  'confirm-offboarding': 'confirm offboarding',
};

const allWords: Readonly<Record<AuditKind, string>> = { ...kindWords, ...commandWords };

const widest = Math.max(...Object.values(kindWords).map((words) => words.length));

/** Who, what, before → after, and why. */
export const changeLine = (change: ChangeView): string =>
  lineOf(change.kind, [subjectOf(change), ...valuesOf(change)], change.why);

/** In somebody's own history: without the names of today, which may not be those of then. */
export function ownChangeLine({ person: _, account, ...change }: ChangeView<AuditKind>): string {
  const { kind, group, why } = change;
  const isMembership = kind === 'add-member' || kind === 'remove-member';
  const where = isMembership && group ? `${memberArrow(kind)} ${groupName(group)}` : '';
  const values = valuesOf({ ...change, ...(account ? { account: { id: account.id } } : {}) });
  return lineOf(kind, [where, ...values], why);
}

const lineOf = (kind: AuditKind, parts: readonly string[], why: string): string =>
  visibleText(`${[allWords[kind].padEnd(widest), ...parts].filter((part) => part !== '').join('  ')}  (${why})`);

const memberArrow = (kind: 'add-member' | 'remove-member'): string => (kind === 'add-member' ? '→' : '✕');

/** With what became of it, or why it waits. */
export function plannedChangeLine(change: PlannedChange): string {
  const since = change.changedOutsideSince === undefined ? '' : '  [changed at the target since]';
  const standing = standingOf(change);
  return `${changeLine(change)}${since}${standing === '' ? '' : `  [${standing}]`}`;
}

/** Empty when nothing became of it yet. */
export function standingOf({ outcome, detail, stoppedBy, stoppedWhy, approvedBy }: PlannedChange): string {
  const isHeld = stoppedWhy !== undefined && approvedBy === undefined && (outcome ?? 'waiting') === 'waiting';
  if (isHeld) return stoppedBy === 'rejected' ? `rejected: ${stoppedWhy}` : `waits: ${stoppedWhy}`;
  const more = detail === undefined ? '' : `: ${detail}`;
  return outcome === undefined ? '' : `${outcomeWords[outcome]}${more}`;
}

function subjectOf({ kind, person, group, account }: ChangeView): string {
  const who = person ? personName(person) : account ? accountName(account) : '';
  if (kind === 'add-member' || kind === 'remove-member')
    return `${who} ${memberArrow(kind)} ${group ? groupName(group) : '?'}`;
  return who || (group ? groupName(group) : '');
}

/** Of a new account, the first few say who it is; `--output json` has them all. */
const valuesOfNewAccount = 3;

function valuesOf({ kind, before, after, account, person, group }: ChangeView<AuditKind>): string[] {
  if (kind === 'link-account' || kind === 'link' || kind === 'unlink')
    return account ? [`account ${accountName(account)}`] : [];
  const named = [person?.email, person?.login, group?.name];
  const isNew = before === undefined;
  const values = inOrder(after ?? {}).filter(([, value]) => !isNew || (value !== '' && !named.includes(value)));
  const shown = isNew ? values.slice(0, valuesOfNewAccount) : values;
  const lines = shown.map(([name, value]) =>
    isNew ? `${name}: ${quoted(value)}` : `${name}: ${quoted(before[name] ?? '')} → ${quoted(value)}`,
  );
  const more = values.length - shown.length;
  return more === 0 ? lines : [...lines, `+${more} more`];
}

/** JSON from the database comes in an order of its own. */
const inOrder = (values: Readonly<Record<string, string>>): [string, string][] => {
  const place = (name: string): number => (accountAttributes as readonly string[]).indexOf(name);
  return Object.entries(values).sort(([a], [b]) => place(a) - place(b));
};

/** What it is and of what: `target-sync cloud`, `person alice@example.com`. */
export const runName = ({ kind, target, person }: Pick<RunView, 'kind' | 'target' | 'person'>): string =>
  visibleText([kind, target ?? (person && personName(person))].filter(Boolean).join(' '));

export const quoted = (value: string): string => (value === '' ? 'nothing' : `"${value}"`);

export const personName = ({ email, login, id }: PersonRef): string => email || login || id;
export const groupName = ({ name, id }: GroupRef): string => name ?? id;
const accountName = ({ userName, id }: AccountRef): string => userName ?? id;

/** @param target where it was found, which completes the command that the advice may hold */
export function findingLines(finding: FindingView, target: string): string[] {
  const { group, text, attention } = finding;
  const advice = visibleText(adviceFor(finding, target));
  const { person, others: named } = apart(finding);
  const who = person ?? (group ? groupName(group) : '');
  const others = named.length === 0 ? '' : ` [${named.join(', ')}]`;
  const line = visibleText(`${attention ? '!' : '·'} ${who === '' ? '' : `${who}: `}${text}${others}`);
  return advice === '' ? [line] : [line, `    → ${advice}`];
}

/** With ids in the place of `<person>` and `<account>` where there can be no doubt: a name may be somebody else's too. */
function adviceFor({ advice, person, subjects }: FindingView, target: string): string {
  const [account, ...others] = subjects.filter(({ isPerson }) => !isPerson);
  if (!person || !account || others.length > 0) return advice;
  return advice.replace('<person> <account> --target <name>', () => `${person.id} ${account.id} --target ${target}`);
}

/** Names of whom a finding is about; with login and id where the names alone would not tell them apart. */
function apart({ person, subjects }: FindingView): { readonly person?: string; readonly others: readonly string[] } {
  const short = [...(person ? [personName(person)] : []), ...subjects.map(({ name, id }) => name ?? id)];
  const areAlike = new Set(short.map((name) => name.toLowerCase())).size < short.length;
  const isExact = areAlike || subjects.some(({ isPerson }) => isPerson);
  const label = (name: string | undefined, id: string): string =>
    name === undefined ? id : isExact ? `${name} (${id})` : name;
  const others = subjects.map(({ name, id }) => label(name, id));
  if (!person) return { others };
  return { person: isExact ? label(person.login, person.id) : personName(person), others };
}

/** As `outcomeWords` say it of several. */
const outcomeWordsOfMany: Readonly<Record<Outcome, string>> = {
  applied: 'done',
  unchanged: 'were so already',
  stale: 'no longer needed',
  waiting: 'wait for approval',
  parked: 'need attention',
};

/** `3 create account, 1 add to group`, in the order in which a plan is carried out. */
export function kindCounts(counts: Readonly<Partial<Record<ChangeKind, number>>>): string {
  const kinds = Object.keys(kindWords) as ChangeKind[];
  return kinds.flatMap((kind) => (counts[kind] ? [`${number(counts[kind])} ${kindWords[kind]}`] : [])).join(', ');
}

/** `rejected`: how many of those that wait were rejected and so wait for nobody. */
export function outcomeCounts(all: Readonly<Partial<Record<Outcome, number>>>, rejected = 0): string {
  const outcomes = Object.keys(outcomeWords) as Outcome[];
  const counts = { ...all, waiting: (all.waiting ?? 0) - rejected };
  const words = (one: Outcome): string => (counts[one] === 1 ? outcomeWords : outcomeWordsOfMany)[one];
  const parts = outcomes.flatMap((one) => (counts[one] ? [`${number(counts[one])} ${words(one)}`] : []));
  return [...parts, ...(rejected > 0 ? [`${number(rejected)} rejected`] : [])].join(', ');
}

/** Changes of a plan that stay undone since somebody rejected them: settled until that expires. */
export const rejectedIn = (plan: Pick<PlanView, 'stoppedBy'> | undefined): number =>
  plan?.stoppedBy.find(({ rule }) => rule === 'rejected')?.count ?? 0;

/** `1 change`, `1,240 changes`. */
export const counted = (count: number, noun: string, nouns: string = `${noun}s`): string =>
  `${number(count)} ${count === 1 ? noun : nouns}`;

/** `2026-11-05 09:30:07 UTC, 3 min ago` */
export function whenAgo(iso: string, now: number = Date.now()): string {
  return `${moment(iso)}, ${duration(now - Date.parse(iso))} ago`;
}

export const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** Columns as wide as their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
