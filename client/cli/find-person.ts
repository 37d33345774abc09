import { isOktaUserId } from '../../domain/ids.ts';
import type { PersonView } from '../../reader/client.ts';
import { ClientError } from '../client-error.ts';
import type { Context } from './command.ts';
import { columns } from './words.ts';

/**
 * The Okta id of whom the text means: an id, an e-mail address or a login. Several people are listed for the operator
 * to choose from; undefined then. @throws ClientError when there is nobody
 */
export async function findPerson({ lockstep, out }: Context, text: string): Promise<string | undefined> {
  if (isOktaUserId(text)) return text;
  const { people, note } = await lockstep.reader.findPeople(text);
  if (note !== undefined) out.note(note);
  const [only, ...more] = people;
  if (!only) {
    const hint = 'write the whole e-mail address or login as Okta has it, or the Okta user id (00u…)';
    throw new ClientError('not-found', `nobody has the e-mail address or login ${text}`, hint);
  }
  if (more.length === 0) return only.id;
  out.note(`${people.length} people match; name the one you mean by Okta id.`);
  out.result({ ambiguous: true, people }, () => columns(people.map(row)));
  return undefined;
}

const row = ({ id, status, login, email }: PersonView): string[] => [id, status, login, email];
