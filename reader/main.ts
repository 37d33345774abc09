/** The reader's process. */
import { oktaCredentials } from '../config/credentials.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { createOktaSource } from '../connectors/okta/directory.ts';
import { isFailure } from '../domain/failure.ts';
import { createLog } from '../process/log.ts';
import { connectStore } from '../store/connect.ts';
import { createPacer } from '../store/pacing/pacer.ts';
import { assertGuarded } from './access.ts';
import { createReader } from './server.ts';

/** Somebody waits for the answer on a screen, and the mirror is the answer while Okta is busy. */
const longestWaitMs = 2_000;

async function main(): Promise<void> {
  const env = readEnvironment([
    'LOCKSTEP_CONFIG',
    'DATABASE_URL',
    'LOCKSTEP_READER_HOST',
    'LOCKSTEP_READER_PORT',
    'LOCKSTEP_READER_TOKEN',
    'LOCKSTEP_LOG_LEVEL',
  ]);
  const { LOCKSTEP_READER_HOST: host, LOCKSTEP_READER_PORT: port, LOCKSTEP_READER_TOKEN: token } = env;
  const readConfig = () => loadConfig(env.LOCKSTEP_CONFIG);
  const config = readConfig();
  assertGuarded({ host, token, isSandbox: config.isSandbox });
  const log = createLog({ service: 'reader', level: env.LOCKSTEP_LOG_LEVEL });
  const store = connectStore({
    url: env.DATABASE_URL.reveal(),
    onError: (error) => log.warn({ error }, 'a database connection broke'),
  });
  const pacer = createPacer(store, {
    lane: 'event',
    maxWaitMs: longestWaitMs,
    allowanceOf: () => config.okta.pacing,
  });
  const credentials = oktaCredentials(config.okta, process.env);
  const connect = (profileAttributes: readonly string[]) =>
    createOktaSource({ orgUrl: config.okta.orgUrl, credentials, pacer, profileAttributes, timeoutMs: 8_000 });
  const app = createReader({ store, config, readConfig, connectOkta: once(connect), token }, log);
  await app.listen({ host, port });

  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    await app.close();
    await store.destroy();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** A connection per set of attributes: it holds an access token, which is not to be asked for with every question. */
function once<T>(connect: (attributes: readonly string[]) => T): (attributes: readonly string[]) => T {
  let last: { key: string; made: T } | undefined;
  return (attributes) => {
    const key = attributes.join(' ');
    if (last?.key !== key) last = { key, made: connect(attributes) };
    return last.made;
  };
}

try {
  await main();
} catch (error) {
  const isConfiguration = error instanceof ConfigError || isFailure(error, 'Misconfigured');
  console.error(error instanceof Error ? (isConfiguration ? error.message : (error.stack ?? error.message)) : error);
  process.exit(isConfiguration ? 2 : 1);
}
