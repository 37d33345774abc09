/** Rows and the domain's facts as the reader's answers. */
import type { AuditKind } from '../domain/audit-text.ts';
import { type ChangeKind, findingCodes, type Reason } from '../domain/change.ts';
import { entitlementOf } from '../domain/entitlement.ts';
import type { Person } from '../domain/person.ts';
import type { ChangeRow, FindingRow } from '../store/plans.ts';
import type { Names } from '../store/reading-people.ts';
import type { RunRow } from '../store/runs.ts';
import type {
  AccountRef,
  ChangeView,
  FindingView,
  GroupRef,
  PersonRef,
  PersonView,
  PlannedChange,
  RunView,
} from './api.ts';
import { findingTexts } from './finding-texts.ts';
import { stopTexts } from './plan-guard-texts.ts';
import { reasonTexts } from './reason-texts.ts';

/** What rows, audit rows and changes that were never stored have in common. */
export interface ChangeParts<Kind extends AuditKind = ChangeKind> {
  readonly kind: Kind;
  readonly reason: string;
  readonly person_id?: string | null;
  readonly group_id?: string | null;
  readonly account_id?: string | null;
  readonly target_group_id?: string | null;
  readonly before?: Readonly<Record<string, string>> | null;
  readonly after?: Readonly<Record<string, string>> | null;
}

export function changeView<Kind extends AuditKind>(parts: ChangeParts<Kind>, names: Names): ChangeView<Kind> {
  const { kind, person_id, group_id, account_id, before, after } = parts;
  const reason = parts.reason as Reason;
  return {
    kind,
    reason,
    why: reasonTexts[reason] ?? reason,
    ...(person_id ? { person: personRef(person_id, names) } : {}),
    ...(group_id ? { group: groupRef(group_id, names, parts.target_group_id) } : {}),
    ...(account_id ? { account: accountRef(account_id, names) } : {}),
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
  };
}

export function plannedChange(row: ChangeRow, names: Names): PlannedChange {
  const { seq, outcome, detail, vendor_request_id, finished_at, stopped_by, approved_by } = row;
  return {
    seq,
    ...changeView(row, names),
    ...(outcome ? { outcome } : {}),
    ...(detail ? { detail } : {}),
    ...(vendor_request_id ? { vendorRequestId: vendor_request_id } : {}),
    ...(finished_at ? { finishedAt: finished_at.toISOString() } : {}),
    ...(stopped_by ? { stoppedBy: stopped_by, stoppedWhy: stopTexts[stopped_by].why } : {}),
    ...(approved_by ? { approvedBy: approved_by } : {}),
  };
}

/** Ids whose names a list of changes needs. */
export const idsOfChanges = (changes: readonly ChangeParts<AuditKind>[]) => ({
  people: changes.map(({ person_id }) => person_id),
  groups: changes.map(({ group_id }) => group_id),
  targetGroups: changes.map(({ target_group_id }) => target_group_id),
  accounts: changes.map(({ account_id }) => account_id),
});

export type FindingParts = Pick<FindingRow, 'code' | 'subjects'> & {
  readonly person_id?: string | null;
  readonly group_id?: string | null;
};

export function findingView({ code, person_id, group_id, subjects }: FindingParts, names: Names): FindingView {
  return {
    code,
    attention: findingCodes[code].attention,
    ...findingTexts[code],
    ...(person_id ? { person: personRef(person_id, names) } : {}),
    ...(group_id ? { group: groupRef(group_id, names) } : {}),
    subjects: subjects.map((id) => {
      const login = names.people.get(id)?.login;
      const name = names.accounts.get(id) ?? login ?? names.groups.get(id) ?? names.targetGroups.get(id);
      return { id, ...(name === undefined ? {} : { name }), isPerson: login !== undefined };
    }),
  };
}

/** Subjects may be accounts, people or groups of either side; their ids do not collide. */
export const idsOfFindings = (findings: readonly FindingParts[]) => {
  const subjects = findings.flatMap((one) => one.subjects);
  return {
    people: [...findings.map(({ person_id }) => person_id), ...subjects],
    groups: [...findings.map(({ group_id }) => group_id), ...subjects],
    targetGroups: subjects,
    accounts: subjects,
  };
};

export const personRef = (id: string, names: Names): PersonRef => ({ id, ...names.people.get(id) });

export function groupRef(id: string, names: Names, targetGroup?: string | null): GroupRef {
  const name = names.groups.get(id) ?? (targetGroup ? names.targetGroups.get(targetGroup) : undefined);
  return name === undefined ? { id } : { id, name };
}

export function accountRef(id: string, names: Names): AccountRef {
  const userName = names.accounts.get(id);
  return userName === undefined ? { id } : { id, userName };
}

export function personView(person: Person): PersonView {
  const { id, login, email, status, isTransitioning, lastUpdated } = person;
  const displayName = displayNameOf(person);
  const entitlement = entitlementOf(person);
  return {
    id,
    login,
    email,
    status,
    isTransitioning,
    entitlement,
    ...(displayName === undefined ? {} : { displayName }),
    lastUpdated,
  };
}

/** The profile holds only what the configuration reads, so there may be no name in it. */
function displayNameOf({ profile }: Person): string | undefined {
  const text = (name: string): string => (typeof profile[name] === 'string' ? profile[name].trim() : '');
  return text('displayName') || `${text('firstName')} ${text('lastName')}`.trim() || undefined;
}

/** The Okta id of whom a run is about, which its workflow is named after. */
export const personOfRun = ({ kind, workflow_id }: Pick<RunRow, 'kind' | 'workflow_id'>): string | undefined =>
  kind === 'person' || kind === 'offboarding' ? workflow_id.split('/')[1] : undefined;

export function withPerson(view: RunView, row: RunRow, names: Names): RunView {
  const person = personOfRun(row);
  return person === undefined ? view : { ...view, person: personRef(person, names) };
}

/** @param rejected how many of its changes that wait were rejected */
export function runView(row: RunRow, progress?: RunView['progress'], rejected = 0): RunView {
  return {
    id: row.id,
    kind: row.kind,
    ...(row.target === null ? {} : { target: row.target }),
    workflowId: row.workflow_id,
    workflowRunId: row.workflow_run_id,
    covers: row.covers,
    phase: row.phase,
    startedAt: row.started_at.toISOString(),
    ...(row.finished_at ? { finishedAt: row.finished_at.toISOString() } : {}),
    ...(row.plan_id === null ? {} : { planId: row.plan_id }),
    ...(progress ? { progress } : {}),
    outcomes: row.outcomes,
    ...(rejected > 0 ? { rejected } : {}),
    ...(Object.keys(row.notes).length > 0 ? { notes: row.notes } : {}),
    ...(row.audit_head !== null && row.audit_length !== null
      ? { audit: { hash: row.audit_head, length: row.audit_length } }
      : {}),
    ...(row.problem ? { problem: row.problem } : {}),
  };
}
