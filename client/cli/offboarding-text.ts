/** Offboardings as text: a line in a list, or the evidence of one. */
import {
  type AuditView,
  number,
  type OffboardedSystem,
  type OffboardingCommandView,
  type OffboardingSummary,
  type OffboardingView,
  orderedByTexts,
  orderedText,
  outcomeWords,
  type StepView,
  visibleText,
} from '../../reader/client.ts';
import type { Output } from './output.ts';
import { columns, moment, ownChangeLine, personName, whenAgo } from './words.ts';

type Paint = Output['paint'];

export const offboardingColumns = (all: readonly OffboardingSummary[]): string[] =>
  columns([
    ['PERSON', 'STATE', 'TAKES EFFECT', 'NOT DONE', 'OFFBOARDING'],
    ...all.map((one) => [
      personName(one.person),
      one.standing,
      effectiveText(one),
      one.open.map(({ system, text }) => `${system}: ${text}`).join('; ') || '-',
      one.id,
    ]),
  ]).map(visibleText);

/** `2026-11-30 16:00:00 UTC (2026-11-30T17:00 Europe/Berlin)` */
export function effectiveText({ effective }: Pick<OffboardingSummary, 'effective'>): string {
  const { at, isAtOnce, local, zone } = effective;
  if (isAtOnce) return `${moment(at)} (at once)`;
  return local === undefined ? moment(at) : `${moment(at)} (${local} ${zone ?? ''})`;
}

export function* offboardingLines(view: OffboardingView, paint: Paint): Generator<string> {
  yield* orderLines(view, paint);
  for (const system of view.systems) {
    yield '';
    yield* systemLines(system, paint);
  }
  yield '';
  yield paint('bold', 'orders');
  yield* view.commands.map((command) => `  ${commandLine(command)}`);
  yield '';
  yield paint('bold', 'audit log');
  if (view.audit.length === 0) yield '  nothing yet';
  yield* view.audit.map((entry) => `  ${auditLine(entry)}`);
  yield '';
  yield view.nextStep.text;
  yield* view.nextStep.commands.map((command) => `    → ${command}`);
}

function* orderLines(view: OffboardingView, paint: Paint): Generator<string> {
  const { person, inEffectAt, completedAt, endedAt, ticket } = view;
  const name = personName(person);
  yield paint('bold', visibleText(person.displayName === undefined ? name : `${person.displayName} <${name}>`));
  yield `  ${paint(view.needsAttention ? 'yellow' : 'green', view.standingText)}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Okta id', person.id],
    ['takes effect', effectiveText(view)],
    ['received', whenAgo(view.receivedAt)],
    ['in effect', inEffectAt && exact(inEffectAt)],
    ['completed', completedAt && exact(completedAt)],
    ['ended', endedAt && `${whenAgo(endedAt)}, ${view.state}`],
    ['at Okta', view.okta],
    ['reason', ticket === undefined ? view.reason : `${view.reason}, ticket ${ticket}`],
    ['number', String(view.seq)],
    ['offboarding', view.id],
  ];
  yield* facts.flatMap(([label, value]) => (value === undefined ? [] : [`  ${label.padEnd(12)}  ${value}`]));
  yield* view.notes.map((note) => `  ${note}`);
  yield* view.open.map(({ system, text }) => `  ${paint('yellow', visibleText(`! ${system}: ${text}`))}`);
}

function* systemLines(
  { system, confirmedAt, steps, cannot, others }: OffboardedSystem,
  paint: Paint,
): Generator<string> {
  const state = confirmedAt === undefined ? paint('yellow', 'not confirmed') : `confirmed ${exact(confirmedAt)}`;
  yield `${paint('bold', system)}  ${state}`;
  yield* columns(steps.map(stepRow)).map((line) => visibleText(`  ${line}`));
  yield* others.map(({ id, userName }) => visibleText(`  ! not linked to them: ${userName ?? id} (${id})`));
  yield* cannot.map((text) => paint('dim', `  cannot: ${text}`));
}

function stepRow({ name, stateText, at, afterMs, detailText, vendorRequestId }: StepView): string[] {
  const after = afterMs === undefined ? '' : `+${number(afterMs)} ms`;
  const request = vendorRequestId === undefined ? '' : `request ${vendorRequestId}`;
  return [name, stateText, exact(at), after, [detailText, request].filter(Boolean).join('; ')];
}

function commandLine(command: OffboardingCommandView): string {
  const { takenAt, kind, seq, by, ordered, replacedBy, answerText, reason, ticket, id } = command;
  const what = ordered === undefined ? '' : `, ${orderedText(ordered)}`;
  const who = by === undefined ? '' : `by ${orderedByTexts[by]}, `;
  const why = ticket === undefined ? reason : `${reason}, ticket ${ticket}`;
  const since = replacedBy === undefined ? '' : `; replaced by ${replacedBy}`;
  return visibleText(`${moment(takenAt)}  ${kind} ${seq}${what} (${who}${why}): ${answerText}${since}  [${id}]`);
}

function auditLine({ at, target, change, outcome, detail, vendorRequestId }: AuditView): string {
  const more = detail === undefined ? '' : `: ${detail}`;
  const request = vendorRequestId === undefined ? '' : `  request ${vendorRequestId}`;
  return visibleText(`${exact(at)}  ${target}  ${ownChangeLine(change)}  [${outcomeWords[outcome]}${more}]${request}`);
}

/** To the millisecond: it is a matter of seconds. */
const exact = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC`;
