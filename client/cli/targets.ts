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

/**
 * What a list of one target is to say when it is empty: a target that was taken out of the configuration may still have
 * its past, so that only where nothing was found is a name looked at.
 * @throws ClientError `unknown-target`
 */
export async function knownWhereEmpty(
  context: Pick<Context, 'lockstep'>,
  target: string | undefined,
  found: number,
): Promise<void> {
  if (target !== undefined && found === 0) await targetsOf(context, { target: [target] });
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
