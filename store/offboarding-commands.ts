/** Commands about offboardings as they are recorded, and whether one that comes is among them. */
import { type Selectable, sql } from 'kysely';
import type { OktaUserId } from '../domain/ids.ts';
import { mattersNow, type OffboardingCommand, type OffboardingState, wordingOf } from '../domain/offboarding.ts';
import type { Store } from './connect.ts';
import type { Database } from './schema.ts';

export type OffboardingCommandRow = Selectable<Database['offboarding_command']>;

/** In the audit log; further orders under an id that was used before have chains of their own. */
export const chainOfCommand = ({
  person_id,
  command_id,
  nth,
}: Pick<OffboardingCommandRow, 'person_id' | 'command_id' | 'nth'>): string =>
  nth === 1 ? `${person_id}/${command_id}` : `${person_id}/${command_id}/${nth}`;

export interface CommandsBefore {
  /** Of those that counted; 0 when there are none. */
  readonly highest: number;
  /** Those with the id of the one that comes, oldest first. */
  readonly underItsId: readonly OffboardingCommandRow[];
}

export async function commandsBefore(tx: Store, person: OktaUserId, id: string): Promise<CommandsBefore> {
  const [{ highest } = { highest: null }] = (
    await sql<{ highest: string | null }>`
      select max(seq) as highest from offboarding_command
      where person_id = ${person} and answer <> 'outdated'`.execute(tx)
  ).rows;
  const underItsId = await tx
    .selectFrom('offboarding_command')
    .selectAll()
    .where('person_id', '=', person)
    .where('command_id', '=', id)
    .orderBy('nth')
    .execute();
  return { highest: Number(highest ?? 0), underItsId };
}

/**
 * Whether the command came before. Its id alone does not tell: some senders have one for all orders about a case, and what
 * says something else is another order. When the first comes again after the others, it may be sent again, or meant anew.
 */
export function cameBefore(
  command: OffboardingCommand,
  { underItsId }: CommandsBefore,
  open: OffboardingState | undefined,
): 'no' | 'yes' | { readonly unclear: OffboardingCommandRow } {
  const same = underItsId.filter((row) => saysTheSame(row, command));
  const [first] = same;
  if (!first) return 'no';
  if (same.some((row) => isSameTry(row, command))) return 'yes';
  // Whoever numbers their orders has said which of them counts.
  const isOvertaken = command.seq === undefined && underItsId.some((row) => Number(row.seq) > Number(first.seq));
  return isOvertaken && mattersNow(open, command) ? { unclear: first } : 'yes';
}

const saysTheSame = ({ wording, kind }: OffboardingCommandRow, command: OffboardingCommand): boolean =>
  wording === null ? kind === command.kind : wording === wordingOf(command);

/** Signals are taken again after a failure, with all that was in them. */
const isSameTry = ({ received_at }: OffboardingCommandRow, { receivedAt }: OffboardingCommand): boolean =>
  received_at === null || received_at.getTime() === Date.parse(receivedAt);
