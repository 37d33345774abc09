/** The targets that a command is for. */
import { type Page, ReaderError, type TargetRef } from '../../reader/client.ts';
import { ClientError } from '../client-error.ts';
import type { Context, TargetOptions } from './command.ts';

/**
 * As the options name them; none named means all. A name that nobody knows is told before anything is started.
 * @throws ClientError `unknown-target`
 */
export async function targetsOf(
  { lockstep }: Pick<Context, 'lockstep'>,
  { target: named }: TargetOptions,
): Promise<{ readonly targets?: readonly string[] }> {
  if (!named) return {};
  const known = (await configured(lockstep))?.items.map(({ name }) => name);
  const unknown = known ? named.filter((name) => !known.includes(name)) : [];
  if (known && unknown.length > 0)
    throw new ClientError('unknown-target', `no target ${unknown.join(', ')}`, `there are: ${known.join(', ')}`);
  return { targets: named };
}

/** The reader is asked as a courtesy: without it the worker says the same, only later. */
async function configured({ reader }: Context['lockstep']): Promise<Page<TargetRef> | undefined> {
  try {
    return await reader.targets();
  } catch (error) {
    if (error instanceof ReaderError) return undefined;
    throw error;
  }
}
