/** The receiver's process. It knows the secrets of senders, none of a vendor, and no database. */
import { encryptionKeys } from '../config/encryption-keys.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { receiverSecrets } from '../config/receiver-secrets.ts';
import { createLog } from '../process/log.ts';
import { ReaderClient } from '../reader/client.ts';
import { temporalConnection } from '../temporal/connection.ts';
import { readerTimeoutMs } from './dependencies.ts';
import { createMetrics } from './metrics.ts';
import { createReceiver } from './server.ts';
import { createSignals } from './signals.ts';
import { temporalClient } from './temporal-client.ts';

async function main(): Promise<void> {
  const env = readEnvironment([
    'LOCKSTEP_CONFIG',
    'LOCKSTEP_RECEIVER_HOST',
    'LOCKSTEP_RECEIVER_PORT',
    'LOCKSTEP_READER_URL',
    'LOCKSTEP_READER_TOKEN',
    'LOCKSTEP_LOG_LEVEL',
  ]);
  const { LOCKSTEP_RECEIVER_HOST: host, LOCKSTEP_RECEIVER_PORT: port, LOCKSTEP_READER_TOKEN: token } = env;
  const config = loadConfig(env.LOCKSTEP_CONFIG);
  const secrets = receiverSecrets(config.receiver, process.env);
  const temporal = temporalConnection(process.env);
  const client = temporalClient(temporal, encryptionKeys(config.encryption, process.env));
  const log = createLog({ service: 'receiver', level: env.LOCKSTEP_LOG_LEVEL });
  const app = createReceiver(
    {
      secrets,
      signals: createSignals(client),
      reader: new ReaderClient({
        url: env.LOCKSTEP_READER_URL,
        timeoutMs: readerTimeoutMs,
        ...(token ? { token: token.reveal() } : {}),
      }),
      metrics: createMetrics(),
      trustedProxies: config.receiver.trustedProxies,
    },
    log,
  );
  await app.listen({ host, port });
  log.info({ hooks: Object.keys(secrets), namespace: temporal.namespace }, 'receiver started');

  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    // Requests that are under way are answered; new ones are refused.
    await app.close();
    await client.connection.close();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  const isConfiguration = error instanceof ConfigError;
  console.error(error instanceof Error ? (isConfiguration ? error.message : (error.stack ?? error.message)) : error);
  process.exit(isConfiguration ? 2 : 1);
}
