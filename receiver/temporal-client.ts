import { Client, Connection, isRetryableError, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { EncryptionKey } from '../config/encryption-keys.ts';
import type { TemporalConnection } from '../temporal/connection.ts';
import { dataConverter } from '../temporal/data-converter.ts';

/** gRPC alone would wait up to two minutes between two tries, long after Temporal has come back. */
const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };

/** gRPC's status of what is refused for its number. */
export const resourceExhausted = 8;

type Interceptor = ReturnType<typeof makeGrpcRetryInterceptor>;
type Status = Parameters<typeof isRetryableError>[0];

/**
 * An update that is refused for its number is refused again: of one workflow Temporal takes ten at a time ("Update limits"), and
 * those that no worker has seen count although nobody waits for them any more.
 */
const isRefusedUpdate = ({ code, details }: Status): boolean =>
  code === resourceExhausted && details.startsWith('Update-with-Start');

/**
 * The SDK's own waits between tries grow beyond any deadline of ours, and it looks at the deadline only when it tries; so
 * a call would end late, and one that is still waiting when the connection is closed would end the process. Nor does it see
 * that a call was cancelled once it has tried again: then only the first try is.
 */
const retries: Interceptor = (options, nextCall) => {
  let isCancelled = false;
  let latest: ReturnType<typeof nextCall> | undefined;
  const once = makeGrpcRetryInterceptor({
    delayFunction: () => 100,
    retryableDecider: (attempt, status) =>
      !isCancelled && attempt < 30 && isRetryableError(status) && !isRefusedUpdate(status),
  });
  const call = once(options, (its) => {
    latest = nextCall(its);
    return latest;
  });
  const cancelFirst = call.cancelWithStatus.bind(call);
  call.cancelWithStatus = (status, details) => {
    isCancelled = true;
    cancelFirst(status, details);
    latest?.cancelWithStatus(status, details);
  };
  return call;
};

/** Connects when it is first needed, and again by itself: the receiver starts and answers while Temporal is away. */
export function temporalClient({ options, namespace }: TemporalConnection, keys: readonly EncryptionKey[]): Client {
  const connection = Connection.lazy({ ...options, channelArgs, interceptors: [retries] });
  return new Client({ connection, namespace, dataConverter: dataConverter(keys) });
}
