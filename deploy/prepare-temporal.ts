/**
 * `node deploy/prepare-temporal.ts`: adds Lockstep's namespace and search attributes to the Temporal server that the
 * `TEMPORAL_*` variables name, where they are missing.
 */
import { temporalConnection } from '../temporal/connection.ts';
import { prepareGivenTemporal } from '../temporal/given-temporal.ts';

if (import.meta.main) {
  try {
    await prepareGivenTemporal(temporalConnection(process.env), console.error);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
