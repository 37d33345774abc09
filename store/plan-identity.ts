/** By what a plan and a change are known: hashes of their canonical text, made as it is planned or from what is stored. */
import { createHash } from 'node:crypto';
import type { Change } from '../domain/change.ts';
import { changeLine, type PlannedLine, planHeader } from '../domain/plan-text.ts';
import type { Store } from './connect.ts';
import type { ChangeRow, PlanRow } from './plans.ts';

export function plannedLine(change: Change): PlannedLine {
  const line = changeLine(change);
  return { change, line, fingerprint: createHash('sha256').update(line).digest('hex') };
}

/** SHA-256 over the whole text of a plan, a line at a time. */
export class PlanHash {
  readonly #hash = createHash('sha256');

  constructor(target: string, configuration: string) {
    this.#hash.update(planHeader(target, configuration));
  }

  add({ line }: PlannedLine): void {
    this.#hash.update(line);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

const rowsPerRead = 5_000;

/** The hash of a plan as it lies in the store now; whoever altered a row altered this. */
export async function hashOfStored(store: Store, plan: PlanRow): Promise<string> {
  const hash = new PlanHash(plan.target, plan.configuration);
  let after = -1;
  for (;;) {
    const rows = await store
      .selectFrom('change')
      .selectAll()
      .where('plan_id', '=', plan.id)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(rowsPerRead)
      .execute();
    for (const row of rows) hash.add(plannedLine(changeOfRow(row)));
    const last = rows.at(-1);
    if (!last) return hash.digest();
    after = last.seq;
  }
}

/** The change that a row holds, as it was planned. */
export function changeOfRow(row: ChangeRow): Change {
  const { kind, reason } = row;
  switch (kind) {
    case 'create-account':
      return { kind, reason, person: whole(row, row.person_id), after: whole(row, row.after) };
    case 'update-account':
      return {
        kind,
        reason,
        person: whole(row, row.person_id),
        account: whole(row, row.account_id),
        before: whole(row, row.before),
        after: whole(row, row.after),
      };
    case 'link-account':
    case 'reactivate-account':
    case 'deactivate-account':
      return { kind, reason, person: whole(row, row.person_id), account: whole(row, row.account_id) };
    case 'add-member':
      return { kind, reason, person: whole(row, row.person_id), group: whole(row, row.group_id) };
    case 'remove-member': {
      const rest = { group: whole(row, row.group_id), account: whole(row, row.account_id) };
      return row.person_id === null ? { kind, reason, ...rest } : { kind, reason, person: row.person_id, ...rest };
    }
    case 'link-group':
      return {
        kind,
        reason,
        group: whole(row, row.group_id),
        targetGroup: whole(row, row.target_group_id),
        name: whole(row, row.after?.['name']),
      };
    case 'create-group':
      return { kind, reason, group: whole(row, row.group_id), name: whole(row, row.after?.['name']) };
    case 'rename-group':
      return {
        kind,
        reason,
        group: whole(row, row.group_id),
        targetGroup: whole(row, row.target_group_id),
        before: whole(row, row.before?.['name']),
        after: whole(row, row.after?.['name']),
      };
    case 'delete-group':
      return {
        kind,
        reason,
        group: whole(row, row.group_id),
        targetGroup: whole(row, row.target_group_id),
        name: whole(row, row.before?.['name']),
      };
    default:
      return kind satisfies never;
  }
}

function whole<T>({ plan_id, seq }: ChangeRow, value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error(`change ${seq} of plan ${plan_id} is incomplete`);
  return value;
}
