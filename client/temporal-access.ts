/** The connection to Temporal, opened when it is first needed, with its errors in words. */
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { EncryptionKey } from '../config/encryption-keys.ts';
import type { TemporalConnection } from '../temporal/connection.ts';
import { dataConverter } from '../temporal/data-converter.ts';
import { PayloadEncryptionError } from '../temporal/payload-encryption.ts';
import { ClientError } from './client-error.ts';

/** gRPC's status codes. */
const grpc = { deadlineExceeded: 4, notFound: 5, permissionDenied: 7, unavailable: 14, unauthenticated: 16 };

export class TemporalAccess {
  readonly #connection: TemporalConnection;
  readonly #readKeys: () => readonly EncryptionKey[];
  #client: Promise<Client> | undefined;

  /** @param readKeys asked for the keys of payloads when the connection is opened; there are none unless it is given */
  constructor(connection: TemporalConnection, readKeys: () => readonly EncryptionKey[] = () => []) {
    this.#connection = connection;
    this.#readKeys = readKeys;
  }

  /** @throws ClientError, or ConfigError from `readKeys` */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      this.#client ??= this.#connect();
      return await work(await this.#client);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.connection.close();
  }

  async #connect(): Promise<Client> {
    const { options, namespace } = this.#connection;
    const converter = dataConverter(this.#readKeys());
    const connection = await Connection.connect({ ...options, connectTimeout: '5 seconds' });
    return new Client({ connection, namespace, dataConverter: converter });
  }

  #explained(error: unknown): unknown {
    if (error instanceof ClientError) return error;
    const { address, namespace } = this.#connection;
    const undecrypted = undecryptedIn(error);
    if (undecrypted) {
      const hint =
        'let LOCKSTEP_CONFIG name the lockstep.yaml that the worker has, and have its encryption keys here too';
      return new ClientError('misconfigured', undecrypted.message, hint, error);
    }
    const code = grpcCodeOf(error);
    if (code === grpc.permissionDenied || code === grpc.unauthenticated) {
      const hint = 'see TEMPORAL_API_KEY, or the client certificate in TEMPORAL_TLS_CLIENT_CERT_PATH';
      return new ClientError('temporal-refused', `Temporal at ${address} refuses the credentials`, hint, error);
    }
    if (error instanceof NamespaceNotFoundError || (code === grpc.notFound && /namespace/i.test(textOf(error)))) {
      const hint = 'create it, or set TEMPORAL_NAMESPACE to the one that Lockstep uses';
      return new ClientError('namespace-unknown', `Temporal at ${address} has no namespace ${namespace}`, hint, error);
    }
    if (code === grpc.unavailable || code === grpc.deadlineExceeded || isConnectTimeout(error)) {
      const hint = 'start it (`npm start` starts everything on this machine), or set TEMPORAL_ADDRESS to its address';
      return new ClientError('temporal-unreachable', `Temporal at ${address} cannot be reached`, hint, error);
    }
    return error;
  }
}

/** The SDK wraps what gRPC raised, sometimes more than once. */
function grpcCodeOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? grpcCodeOf(error.cause) : undefined;
}

const undecryptedIn = (error: unknown): PayloadEncryptionError | undefined => {
  if (error instanceof PayloadEncryptionError) return error;
  return error instanceof Error ? undecryptedIn(error.cause) : undefined;
};

const textOf = (error: unknown): string => (error instanceof Error ? `${error.message} ${textOf(error.cause)}` : '');

const isConnectTimeout = (error: unknown): boolean =>
  error instanceof Error && /Failed to connect before the deadline/i.test(error.message);
