/** All that a worker is told, read and checked before it opens anything. */
import type { Config } from '../config/config.ts';
import { oktaCredentials, type ResolvedOktaCredentials } from '../config/credentials.ts';
import { type EncryptionKey, encryptionKeys } from '../config/encryption-keys.ts';
import { type Environment, readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError, type ConfigProblem } from '../config/problems.ts';
import { resolveSecrets, type Secret } from '../config/secret.ts';
import { type TemporalConnection, temporalConnection } from '../temporal/connection.ts';
import { notifySecrets } from './notify.ts';

const variableNames = [
  'LOCKSTEP_CONFIG',
  'DATABASE_URL',
  'LOCKSTEP_WORKER_HTTP_HOST',
  'LOCKSTEP_WORKER_HTTP_PORT',
  'LOCKSTEP_SANDBOX_SECRET',
  'LOCKSTEP_READER_URL',
  'LOCKSTEP_LOG_LEVEL',
  'LOCKSTEP_BUILD_ID',
  'LOCKSTEP_WORKFLOW_BUNDLE',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
] as const;

export interface Credentials {
  readonly okta: ResolvedOktaCredentials;
  /** By target. */
  readonly apiKeys: Readonly<Record<string, Secret>>;
  /** By place in lockstep.yaml. */
  readonly notify: Readonly<Record<string, Secret>>;
  /** Of payloads in Temporal; none where nothing is encrypted. */
  readonly encryption: readonly EncryptionKey[];
}

export interface Settings {
  readonly variables: Environment<(typeof variableNames)[number]>;
  readonly config: Config;
  readonly temporal: TemporalConnection;
  readonly credentials: Credentials;
  /** Where spans go; absent: nowhere. */
  readonly tracesUrl?: string;
}

/** Whoever sets up sees everything that is wrong at once: the environment, the file and the secrets. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';

  constructor(problems: ReadonlyMap<string, readonly ConfigProblem[]>) {
    super([...problems].map(([subject, found]) => new ConfigError(subject, found).message).join('\n\n'));
  }
}

/** @throws WrongSettings */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const problems = new Map<string, readonly ConfigProblem[]>();
  const attempt = <T>(subject: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.set(subject, [...(problems.get(subject) ?? []), ...error.problems]);
      return undefined;
    }
  };
  const variables = attempt('environment', () => readEnvironment(variableNames, env));
  const temporal = attempt('environment', () => temporalConnection(env));
  const path = readEnvironment(['LOCKSTEP_CONFIG'], env).LOCKSTEP_CONFIG;
  const config = attempt(path, () => loadConfig(path));
  const okta = config && attempt('secrets', () => oktaCredentials(config.okta, env));
  const apiKeys = config && attempt('secrets', () => resolveSecrets(apiKeyReferences(config), env));
  const notify = config && attempt('secrets', () => resolveSecrets(notifySecrets(config.notify), env));
  const encryption = config && attempt('secrets', () => encryptionKeys(config.encryption, env));
  if (!variables || !temporal || !config || !okta || !apiKeys || !notify || !encryption)
    throw new WrongSettings(problems);
  const tracesUrl = config.telemetry.tracesEndpoint ?? tracesBelow(variables.OTEL_EXPORTER_OTLP_ENDPOINT);
  const credentials = { okta, apiKeys, notify, encryption };
  return { variables, config, temporal, credentials, ...(tracesUrl ? { tracesUrl } : {}) };
}

const apiKeyReferences = ({ targets }: Config) =>
  Object.fromEntries(targets.map(({ settings, credentials }) => [settings.name, credentials.apiKey]));

/** OpenTelemetry's variable names the collector; each kind of signal has its path below it. */
const tracesBelow = (collector: string | undefined): string | undefined =>
  collector && `${collector.replace(/\/$/, '')}/v1/traces`;

/** Every secret of the process, so that the log can leave them out wherever they occur. */
export function secretsOf({ variables, temporal, credentials }: Settings): string[] {
  const { okta, apiKeys, notify } = credentials;
  const { apiKey } = temporal.options;
  return [
    ...('apiToken' in okta ? [okta.apiToken] : [okta.privateKey]),
    ...[...Object.values(apiKeys), ...Object.values(notify)].map((secret) => secret.reveal()),
    ...(variables.LOCKSTEP_SANDBOX_SECRET ? [variables.LOCKSTEP_SANDBOX_SECRET.reveal()] : []),
    ...(typeof apiKey === 'string' ? [apiKey] : []),
    variables.DATABASE_URL.reveal(),
  ];
}
