/** By what a plan and a change are known: hashes of their canonical text, made as it is planned or from what is stored. */
import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Change } from '../domain/change.ts';
import { changeLine, type PlannedLine, planHeader } from '../domain/plan-text.ts';
import type { Store } from './connect.ts';
import type { ChangeRow, PlanRow } from './plans.ts';

export function plannedLine(change: Change): PlannedLine {
  const line = changeLine(change);
  return { change, line, fingerprint: createHash('sha256').update(line).digest('hex') };
}

/** SHA-256 over the first line of a plan and the fingerprints of its changes in order, each on a line of its own. */
export class PlanHash {
  readonly #hash = createHash('sha256');

  constructor(target: string, configuration: string) {
    this.#hash.update(planHeader(target, configuration));
  }

  add({ fingerprint }: PlannedLine): void {
    this.#hash.update(`${fingerprint}\n`);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/**
 * The same over the fingerprints as they are stored, of those changes for which `which` holds; in the database, since a
 * plan may have a million of them and is asked for it at each call that applies.
 */
export async function hashOfFingerprints(
  store: Store,
  { id, target, configuration }: Pick<PlanRow, 'id' | 'target' | 'configuration'>,
  which: RawBuilder<boolean> = sql`true`,
): Promise<string> {
  const { rows } = await sql<{ hash: string }>`
    select encode(sha256(convert_to(
      ${planHeader(target, configuration)}::text || coalesce(string_agg(fingerprint || E'\n', '' order by seq), ''), 'UTF8')), 'hex')
      as hash
    from change where plan_id = ${id} and ${which}`.execute(store);
  return rows[0]?.hash ?? '';
}

const rowsPerRead = 5_000;

/** The hash that a plan's rows make as they lie in the store now, each read and put into words again. */
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
function changeOfRow(row: ChangeRow): Change {
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

/** Whether each change still says what it said when it was planned. Repairs of what the target lost have no fingerprint. */
export const areAsPlanned = (rows: readonly ChangeRow[]): boolean =>
  rows.every((row) => row.fingerprint === null || row.fingerprint === plannedLine(changeOfRow(row)).fingerprint);

/** Whether a plan still has the changes that it was made with; repairs of what the target lost come after and repeat them. */
export const isUnaltered = async (store: Store, plan: PlanRow): Promise<boolean> =>
  plan.hash === (await hashOfFingerprints(store, plan, sql`reason <> 'lost-at-target'`));
