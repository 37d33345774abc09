import { isOktaUserId } from '../../domain/ids.ts';
import type { PeopleFound, PersonView } from '../../reader/client.ts';
import { ClientError } from '../client-error.ts';
import type { Context } from './command.ts';
import { columns, counted } from './words.ts';

/** `source` when they were looked up by a name. */
export interface FoundPerson {
  readonly id: string;
  readonly source?: PeopleFound['source'];
}

/** `several` were listed for the operator to choose from. */
export type Found = FoundPerson | 'several' | { readonly nobody: PeopleFound };

/**
 * The Okta id of whom the text means: an id, an e-mail address or a login. Undefined when several people were listed.
 * @throws ClientError when there is nobody
 */
export async function findPerson(context: Context, text: string): Promise<string | undefined> {
  const found = await lookUp(context, text);
  if (found === 'several') return undefined;
  if ('nobody' in found) throw nobodyNamed(text);
  return found.id;
}

/** An Okta id is taken as it is. */
export async function lookUp({ lockstep, out }: Context, text: string): Promise<Found> {
  if (isOktaUserId(text)) return { id: text };
  const found = await lockstep.reader.findPeople(text);
  const { people, note } = found;
  if (note !== undefined) out.note(note);
  const [only, ...more] = people;
  if (!only) return { nobody: found };
  if (more.length === 0) return { id: only.id, source: found.source };
  out.note(`${counted(people.length, 'person', 'people')} match; name the one you mean by Okta id.`);
  out.result({ ambiguous: true, people }, () => columns(people.map(row)));
  return 'several';
}

export const nobodyNamed = (text: string): ClientError =>
  new ClientError(
    'not-found',
    `nobody has the e-mail address or login ${text}`,
    'write the whole e-mail address or login as Okta has it, or the Okta user id (00u…)',
  );

const row = ({ id, status, login, email }: PersonView): string[] => [id, status, login, email];
