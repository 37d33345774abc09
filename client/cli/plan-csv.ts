/** Changes of a plan as comma-separated values, a line each. */
import type { PlannedChange } from '../../reader/client.ts';
import { csvLine } from './csv.ts';

const head = [
  ...['target', 'plan', 'seq', 'kind', 'reason', 'why'],
  ...['person_id', 'login', 'email', 'group_id', 'group', 'account_id', 'account'],
  ...['before', 'after', 'stopped_by', 'approved_by', 'outcome', 'detail', 'vendor_request_id', 'finished_at'],
];

export const planCsvHead = (): string => csvLine(head);

/** `before` and `after` hold JSON, since a change may be of several attributes. */
export function planCsvLine({ target, id }: { readonly target: string; readonly id: string }, change: PlannedChange) {
  const { person, group, account } = change;
  return csvLine([
    ...[target, id, change.seq, change.kind, change.reason, change.why],
    ...[person?.id, person?.login, person?.email, group?.id, group?.name, account?.id, account?.userName],
    ...[json(change.before), json(change.after), change.stoppedBy, change.approvedBy],
    ...[change.outcome, change.detail, change.vendorRequestId, change.finishedAt],
  ]);
}

const json = (values: Readonly<Record<string, string>> | undefined): string | undefined =>
  values && JSON.stringify(values);
