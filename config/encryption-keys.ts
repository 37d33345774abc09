/** Turns the references in `encryption.keys` into keys. Only processes that read or write payloads call this. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { EncryptionConfig } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load.ts';
import { ConfigError, type ConfigProblem } from './problems.ts';
import { resolveSecrets } from './secret.ts';

export interface EncryptionKey {
  readonly id: string;
  /** 256 bits. It shows nothing of itself when it is printed. */
  readonly key: KeyObject;
}

const keyBytes = 32;

/**
 * The first is the current one.
 * @throws ConfigError naming every key that is missing or is no key
 */
export function encryptionKeys({ keys }: EncryptionConfig, env: NodeJS.ProcessEnv): EncryptionKey[] {
  const secrets = resolveSecrets(Object.fromEntries(keys.map(({ id, key }) => [id, key])), env);
  const problems: ConfigProblem[] = [];
  const resolved = keys.flatMap(({ id }) => {
    const bytes = bytesOf(secrets[id]?.reveal() ?? '');
    if (bytes) return [{ id, key: createSecretKey(bytes) }];
    const hint = `make one with \`openssl rand -base64 ${keyBytes}\`; it must be the same wherever Lockstep runs`;
    problems.push({ path: `encryption.keys ${id}`, message: `is not ${keyBytes} bytes as base64`, hint });
    return [];
  });
  if (problems.length > 0) throw new ConfigError('secrets', problems);
  return resolved;
}

/**
 * The keys for a process that can do without lockstep.yaml, as the command line does: none where there is no such file.
 * @throws ConfigError when there is one, and it or a key cannot be used
 */
export function encryptionKeysIfConfigured(env: NodeJS.ProcessEnv): EncryptionKey[] {
  const { LOCKSTEP_CONFIG: path } = readEnvironment(['LOCKSTEP_CONFIG'], env);
  return existsSync(path) ? encryptionKeys(loadConfig(path).encryption, env) : [];
}

/** Node would skip over what is not base64, and make a key of half a text. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === keyBytes && bytes.toString('base64') === text ? bytes : undefined;
}
