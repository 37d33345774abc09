/** The orders about an offboarding, as the reader tells them. */
import { orderedIn } from '../domain/offboarding.ts';
import type { OffboardingCommandRow } from '../store/offboarding-commands.ts';
import type { OffboardingRow } from '../store/offboarding-requests.ts';
import type { OffboardingCommandView } from './offboarding-api.ts';
import { answerTexts } from './offboarding-words.ts';

export function offboardingCommandView(row: OffboardingCommandRow): OffboardingCommandView {
  const ordered = row.wording === null ? undefined : orderedIn(row.wording);
  return {
    id: row.command_id,
    kind: row.kind,
    seq: Number(row.seq),
    takenAt: row.taken_at.toISOString(),
    ...(row.ordered_by === null ? {} : { by: row.ordered_by }),
    ...(ordered === undefined ? {} : { ordered }),
    answer: row.answer,
    answerText: answerTexts[row.answer],
    reason: row.reason,
    ...(row.ticket === null ? {} : { ticket: row.ticket }),
  };
}

/** @param rows all orders of this offboarding, in the order in which they were taken */
export function commandViewsOf(
  { in_effect_at }: OffboardingRow,
  rows: readonly OffboardingCommandRow[],
): OffboardingCommandView[] {
  const counts = ({ kind, answer }: OffboardingCommandRow): boolean =>
    kind === 'request' && (answer === 'accepted' || answer === 'above-limit');
  // From then on a request can only ask for more at Okta.
  const isInTime = ({ taken_at }: OffboardingCommandRow): boolean => in_effect_at === null || taken_at <= in_effect_at;
  // What waits to be confirmed changes what is in force no earlier.
  const stands = ({ answer, seq }: OffboardingCommandRow): boolean =>
    answer === 'accepted' ||
    rows.some((other) => other.kind === 'confirm' && other.answer === 'accepted' && other.seq === seq);
  return rows.map((row, index) => {
    const view = offboardingCommandView(row);
    if (!counts(row)) return view;
    if (!isInTime(row))
      return { ...view, answerText: `${view.answerText}, but it was in effect already: its time counts for nothing` };
    const next = rows
      .slice(index + 1)
      .find((later) => counts(later) && isInTime(later) && (stands(later) || !stands(row)));
    return next === undefined ? view : { ...view, replacedBy: Number(next.seq) };
  });
}
