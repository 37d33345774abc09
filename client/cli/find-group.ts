import { isOktaGroupId } from '../../domain/ids.ts';
import { ClientError } from '../client-error.ts';
import type { Context } from './command.ts';
import { columns, counted } from './words.ts';

/**
 * The Okta id of the group that the text means: an id is taken as it is. Undefined when several groups were listed.
 * @throws ClientError when there is none
 */
export async function findGroup({ lockstep, out }: Context, text: string): Promise<string | undefined> {
  if (isOktaGroupId(text)) return text;
  const { groups } = await lockstep.reader.findGroups(text);
  const [only, ...more] = groups;
  if (!only)
    throw new ClientError(
      'not-found',
      `no group of Okta was called ${text} when it was last read`,
      'write its whole name as Okta has it, or its Okta id (00g…)',
    );
  if (more.length === 0) return only.id;
  out.note(`${counted(groups.length, 'group')} have this name; name the one you mean by Okta id.`);
  out.result({ ambiguous: true, groups }, () => columns(groups.map(({ id, name = '' }) => [id, name])));
  return undefined;
}
