/** Secrets are named in the configuration and read only by the process that needs them, when it starts. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { ConfigError, type ConfigProblem } from './problems.ts';

/** Where a secret lies, never the secret itself. */
export type SecretRef = { readonly env: string } | { readonly file: string };

const redacted = '[redacted]';

/** A secret's value. However it is printed, logged or serialised, it shows as `[redacted]`; only `reveal` tells it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Whether that is the value; takes the same time whatever was given. */
  matches(given: string): boolean {
    return timingSafeEqual(digest(given), digest(this.#value));
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}

/** Of equal length whatever the text, so that comparing takes the same time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @throws ConfigError when the variable or file is missing or empty */
export const resolveSecret = (ref: SecretRef, env: NodeJS.ProcessEnv): Secret =>
  resolveSecrets({ secret: ref }, env).secret;

/**
 * Resolves all that a main needs, so that all that is missing is told at once. Line breaks around a value are dropped:
 * files written by editors and secret stores end with one.
 * @throws ConfigError
 */
export function resolveSecrets<Name extends string>(
  refs: Readonly<Record<Name, SecretRef>>,
  env: NodeJS.ProcessEnv,
): Record<Name, Secret> {
  const problems: ConfigProblem[] = [];
  const secrets: Partial<Record<Name, Secret>> = {};
  for (const name of Object.keys(refs) as Name[]) {
    const found = 'env' in refs[name] ? readVariable(refs[name].env, env) : readSecretFile(refs[name].file);
    if (typeof found === 'string') secrets[name] = new Secret(found);
    else problems.push(found);
  }
  if (problems.length > 0) throw new ConfigError('secrets', problems);
  return secrets as Record<Name, Secret>;
}

function readVariable(name: string, env: NodeJS.ProcessEnv): string | ConfigProblem {
  const value = env[name]?.trim() ?? '';
  if (value !== '') return value;
  return {
    path: name,
    message: 'is not set',
    hint: `set the environment variable ${name}; lockstep.yaml refers to it`,
  };
}

function readSecretFile(path: string): string | ConfigProblem {
  try {
    const value = readFileSync(path, 'utf8').trim();
    if (value !== '') return value;
    return { path, message: 'is empty', hint: 'put the secret into this file; lockstep.yaml refers to it' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    const hint = 'lockstep.yaml refers to this file; create it, readable by the user that runs Lockstep';
    return { path, message: `cannot be read (${code})`, hint };
  }
}
