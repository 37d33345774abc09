import { Client, Connection, isRetryableError, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { EncryptionKey } from '../config/encryption-keys.ts';
import type { TemporalConnection } from '../temporal/connection.ts';
import { dataConverter } from '../temporal/data-converter.ts';

/** gRPC alone would wait up to two minutes between two tries, long after Temporal has come back. */
const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };

/**
 * The SDK's own waits between tries grow beyond any deadline of ours, and it looks at the deadline only when it tries; so
 * a call would end late, and one that is still waiting when the connection is closed would end the process.
 */
const retries = makeGrpcRetryInterceptor({
  delayFunction: () => 100,
  retryableDecider: (attempt, status) => attempt < 30 && isRetryableError(status),
});

/** Connects when it is first needed, and again by itself: the receiver starts and answers while Temporal is away. */
export function temporalClient({ options, namespace }: TemporalConnection, keys: readonly EncryptionKey[]): Client {
  const connection = Connection.lazy({ ...options, channelArgs, interceptors: [retries] });
  return new Client({ connection, namespace, dataConverter: dataConverter(keys) });
}
