import { NativeConnection } from '@temporalio/worker';
import { Failure } from '../domain/failure.ts';
import type { TemporalConnection } from '../temporal/connection.ts';

/** The SDK alone waits for half a minute, and for ever where the handshake of TLS is not answered. */
const patienceMs = 10_000;

/** @throws Failure `Unavailable`, in words for whoever starts the worker */
export async function connectTemporal({ address, options }: TemporalConnection): Promise<NativeConnection> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${patienceMs / 1_000} s`)), patienceMs);
  try {
    return await Promise.race([NativeConnection.connect(options), late.promise]);
  } catch (error) {
    throw new Failure(
      'Unavailable',
      `Temporal at ${address} cannot be reached: ${reasonOf(error)}\n` +
        '      is it running, is TEMPORAL_ADDRESS right, and do the TEMPORAL_TLS* and TEMPORAL_API_KEY variables fit it?',
      { system: 'temporal', operation: 'connect', cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The SDK tells errors as Rust prints its values; the words are in the innermost message. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /.*message: "([^"]+)"/.exec(text)?.[1] ?? text;
}
