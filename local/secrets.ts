import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Credentials of the sandbox, made up once per state folder. They open nothing but what runs on this machine. */
export interface SandboxSecrets {
  /** By this a simulator proves that it is one. */
  readonly sandboxSecret: string;
  readonly oktaApiToken: string;
  readonly atlassianScimApiKey: string;
  /** What the event hook of the simulated Okta proves itself by. */
  readonly oktaHookSecret: string;
  /** `whsec_…`, with which HR signs. */
  readonly hrSecret: string;
  readonly loginSecret: string;
}

/** Reads the secrets, or makes them and keeps them where only their owner may read. A file of an older version gets what it lacks. */
export function sandboxSecrets(file: string): SandboxSecrets {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<SandboxSecrets>) : {};
  const secrets: SandboxSecrets = { ...newSecrets(), ...kept };
  if (Object.keys(secrets).some((name) => !Object.hasOwn(kept, name))) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  }
  return secrets;
}

function newSecrets(): SandboxSecrets {
  const secret = () => randomBytes(24).toString('base64url');
  return {
    sandboxSecret: secret(),
    oktaApiToken: secret(),
    atlassianScimApiKey: secret(),
    oktaHookSecret: secret(),
    hrSecret: `whsec_${randomBytes(32).toString('base64')}`,
    loginSecret: secret(),
  };
}
