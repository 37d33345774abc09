import { isGrpcServiceError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { Failure, type FailureKind } from '../domain/failure.ts';
import type { TemporalConnection } from '../temporal/connection.ts';

/** The SDK alone waits for half a minute, and for ever where the handshake of TLS is not answered. */
const patienceMs = 10_000;

/**
 * @throws Failure in words for whoever starts the worker: `Unavailable`, or `Misconfigured` when Temporal answers and
 * does not know the namespace or does not let this worker in
 */
export async function connectTemporal({ address, namespace, options }: TemporalConnection): Promise<NativeConnection> {
  const connection = await inTime(NativeConnection.connect(options)).catch((error: unknown) => {
    const hint = 'is it running, is TEMPORAL_ADDRESS right, and do the TEMPORAL_TLS* and TEMPORAL_API_KEY fit it?';
    throw failed('Unavailable', `Temporal at ${address} cannot be reached`, error, hint);
  });
  await inTime(connection.workflowService.describeNamespace({ namespace })).catch((error: unknown) => {
    const hint = 'is TEMPORAL_NAMESPACE right, and may the key or certificate of this worker use it?';
    const kind = isRefusal(error) ? 'Misconfigured' : 'Unavailable';
    throw failed(kind, `Temporal at ${address} does not tell about its namespace ${namespace}`, error, hint);
  });
  return connection;
}

async function inTime<T>(call: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${patienceMs / 1_000} s`)), patienceMs);
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** gRPC's NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED. */
const isRefusal = (error: unknown): boolean => isGrpcServiceError(error) && [5, 7, 16].includes(error.code);

function failed(kind: FailureKind, what: string, cause: unknown, hint: string): Failure {
  const details = { system: 'temporal', operation: 'connect', cause };
  return new Failure(kind, `${what}: ${reasonOf(cause)}\n      ${hint}`, details);
}

/** The SDK tells errors as Rust prints its values; the words are in the innermost message. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /.*message: "([^"]+)"/.exec(text)?.[1] ?? text;
}
