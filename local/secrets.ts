import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Credentials of the sandbox, made up once per state folder. They open nothing but the simulators on this machine. */
export interface SandboxSecrets {
  /** By this a simulator proves that it is one. */
  readonly sandboxSecret: string;
  readonly oktaApiToken: string;
  readonly atlassianScimApiKey: string;
}

/** Reads the secrets, or makes them and keeps them where only their owner may read. */
export function sandboxSecrets(file: string): SandboxSecrets {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as SandboxSecrets;
  const secret = () => randomBytes(24).toString('base64url');
  const secrets = { sandboxSecret: secret(), oktaApiToken: secret(), atlassianScimApiKey: secret() };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}
