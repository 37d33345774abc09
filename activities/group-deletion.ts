import type { CallOptions, SourceDirectory } from '../domain/directory.ts';
import type { OktaGroupId } from '../domain/ids.ts';

/**
 * Whether Okta itself says that a group was deleted: it does not answer by id any more, and the System Log shows the
 * deletion. Not being listed, or 404 alone, may as well mean that this credential no longer sees it (law 4).
 */
export const isGroupDeleted = async (
  source: SourceDirectory,
  group: OktaGroupId,
  call: CallOptions,
): Promise<boolean> => !(await source.group(group, call)) && (await source.deletionLogged(group, call));
