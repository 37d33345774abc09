/** The codec server's process. It knows the keys of payloads, and reaches neither Temporal nor any vendor. */
import { encryptionKeys } from '../config/encryption-keys.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { resolveSecret } from '../config/secret.ts';
import { createLog } from '../process/log.ts';
import { payloadEncryption } from '../temporal/payload-encryption.ts';
import { createCodecServer } from './server.ts';

/** Whoever can try it must not find it out. */
const shortestToken = 24;

async function main(): Promise<void> {
  const env = readEnvironment(['LOCKSTEP_CONFIG', 'TEMPORAL_NAMESPACE', 'LOCKSTEP_LOG_LEVEL']);
  const { encryption } = loadConfig(env.LOCKSTEP_CONFIG);
  const server = encryption.codecServer;
  if (!server) throw wrong(env.LOCKSTEP_CONFIG, 'encryption.codecServer', 'is not there', 'see docs/encryption.md');
  const keys = encryptionKeys(encryption, process.env);
  const token = resolveSecret(server.token, process.env);
  if (token.reveal().length < shortestToken)
    throw wrong('secrets', 'encryption.codecServer.token', 'is too short', 'make one with `openssl rand -hex 32`');
  const log = createLog({ service: 'codec', level: env.LOCKSTEP_LOG_LEVEL });
  const { uiOrigin } = server;
  const namespace = env.TEMPORAL_NAMESPACE;
  const app = createCodecServer({ codec: payloadEncryption(keys), token, uiOrigin, namespace }, log);
  await app.listen(listenOn(server.listen));

  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    await app.close();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Addresses of IPv6 stand in brackets, which Node does not want. */
function listenOn(hostAndPort: string): { readonly host: string; readonly port: number } {
  const at = hostAndPort.lastIndexOf(':');
  return { host: hostAndPort.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(hostAndPort.slice(at + 1)) };
}

const wrong = (subject: string, path: string, message: string, hint: string): ConfigError =>
  new ConfigError(subject, [{ path, message, hint }]);

try {
  await main();
} catch (error) {
  const isConfiguration = error instanceof ConfigError;
  console.error(error instanceof Error ? (isConfiguration ? error.message : (error.stack ?? error.message)) : error);
  process.exit(isConfiguration ? 2 : 1);
}
