/** How client and worker reach Temporal: address, namespace, TLS and API key from the environment or a profile file. */
import {
  type ClientConfigProfile,
  type ClientConnectConfig,
  loadClientConfigProfile,
  toClientOptions,
} from '@temporalio/envconfig';
import { ConfigError } from '../config/problems.ts';

export interface TemporalConnection {
  readonly address: string;
  readonly namespace: string;
  /** For `Connection.connect` and `NativeConnection.connect` alike. */
  readonly options: ClientConnectConfig['connectionOptions'] & { readonly address: string };
}

const defaults = { address: '127.0.0.1:7233', namespace: 'default' };

/**
 * Reads `TEMPORAL_*` and, if there is one, the profile file that the `temporal` command uses too. Opens nothing.
 * @throws ConfigError naming the variable that is wrong
 */
export function temporalConnection(env: NodeJS.ProcessEnv): TemporalConnection {
  const { connectionOptions, namespace = defaults.namespace } = load(givenOnly(env));
  const { address = defaults.address } = connectionOptions;
  if (!/^[^\s/]+:\d{1,5}$/.test(address))
    throw problem('TEMPORAL_ADDRESS', 'is not host:port', 'such as 127.0.0.1:7233, without http://');
  return { address, namespace, options: { ...connectionOptions, address } };
}

/** An empty variable counts as not set, as everywhere in Lockstep. */
const givenOnly = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()] as const] : [])),
  );

function load(env: Record<string, string>): ClientConnectConfig {
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars: env });
    assertSafe(profile);
    return toClientOptions(profile);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw problem('TEMPORAL_*', `cannot be used: ${message}`, 'see .env.example for the variables and their notation');
  }
}

/** The SDK would go on without a client certificate when half of the pair is missing, and send a key in the clear. */
function assertSafe({ tls, apiKey }: ClientConfigProfile): void {
  if (apiKey !== undefined && tls?.disabled) {
    const hint = 'unset TEMPORAL_API_KEY, or let TEMPORAL_TLS be true';
    throw problem('TEMPORAL_TLS', 'is false although there is an API key, which must not travel in the clear', hint);
  }
  if ((tls?.clientCert === undefined) === (tls?.clientKey === undefined)) return;
  const missing = tls?.clientKey === undefined ? 'KEY' : 'CERT';
  const hint = 'a client certificate needs both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH';
  throw problem(`TEMPORAL_TLS_CLIENT_${missing}_PATH`, 'is not set', hint);
}

const problem = (path: string, message: string, hint: string): ConfigError =>
  new ConfigError('environment', [{ path, message, hint }]);
