import { Connection } from '@temporalio/client';
import { searchAttributes } from '../workflows/contract.ts';
import type { TemporalConnection } from './connection.ts';
import { prepareNamespace } from './prepare-namespace.ts';

/**
 * Makes a Temporal server that runs already ready for Lockstep, and tells what it changed there.
 *
 * @param report takes lines of words for whoever watches
 * @throws Error in words when the server cannot be reached, or does not let Lockstep add what is missing
 */
export async function prepareGivenTemporal(
  { address, namespace, options }: TemporalConnection,
  report: (line: string) => void,
): Promise<void> {
  report(`Temporal: using the server that TEMPORAL_ADDRESS names (${address}, namespace ${namespace})`);
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: '10 seconds' });
    try {
      const wanted = { namespace, searchAttributes: Object.values(searchAttributes) };
      const { isNew, added } = await prepareNamespace(connection, wanted);
      if (isNew) report(`Temporal: registered the namespace ${namespace}, which was missing`);
      if (added.length > 0) report(`Temporal: added the search attributes ${added.join(', ')}`);
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw new Error(`Temporal at ${address} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
