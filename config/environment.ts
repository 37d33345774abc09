/** The environment of a process, read once by its main. Nothing below a main looks at `process.env`. */
import { z } from 'zod';
import { advice, ConfigError, type ConfigProblem } from './problems.ts';
import { Secret } from './secret.ts';

const secret = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));

const port = z
  .string()
  .regex(/^\d{1,5}$/, advice('is not a port', 'write a number from 0 to 65535; 0 takes any free one'))
  .transform(Number)
  .refine((value) => value <= 65_535, advice('is not a port', 'write a number from 0 to 65535; 0 takes any free one'));

const flag = z
  .enum(['true', 'false'], advice('must be true or false', 'nothing else is understood, neither 1 nor yes'))
  .transform((value) => value === 'true');

const httpUrl = z.url({
  protocol: /^https?$/,
  error: advice('is not an http(s) address', 'such as http://127.0.0.1:8080'),
});

const databaseUrl = secret.refine(
  (value) => /^postgres(ql)?:\/\/\S+$/.test(value.reveal()),
  advice('is not the address of a PostgreSQL database', 'write postgresql://user:password@host:5432/database'),
);

const hostAndPort = z
  .string()
  .regex(/^[^\s:/]+:\d{1,5}$/, advice('is not host:port', 'such as 127.0.0.1:7233, without http://'));

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/**
 * Every variable that Lockstep itself reads. Further `TEMPORAL_*` ones (TLS files, profiles) are read by
 * `@temporalio/envconfig`, and secrets under the names that lockstep.yaml gives them.
 */
const variables = {
  LOCKSTEP_CONFIG: z.string().default('lockstep.yaml'),
  DATABASE_URL: databaseUrl,
  TEMPORAL_ADDRESS: hostAndPort.default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_API_KEY: secret.optional(),
  TEMPORAL_TLS: flag.optional(),
  LOCKSTEP_READER_URL: httpUrl.default('http://127.0.0.1:14010'),
  LOCKSTEP_READER_TOKEN: secret.optional(),
  LOCKSTEP_READER_HOST: z.string().default('127.0.0.1'),
  LOCKSTEP_READER_PORT: port.default(14_010),
  LOCKSTEP_WORKER_HTTP_HOST: z.string().default('127.0.0.1'),
  LOCKSTEP_WORKER_HTTP_PORT: port.default(14_011),
  LOCKSTEP_RECEIVER_HOST: z.string().default('127.0.0.1'),
  LOCKSTEP_RECEIVER_PORT: port.default(14_013),
  LOCKSTEP_SANDBOX_SECRET: secret.optional(),
  LOCKSTEP_LOG_LEVEL: z
    .enum(logLevels, advice('is not a log level', `write one of ${logLevels.join(', ')}`))
    .default('info'),
  LOCKSTEP_BUILD_ID: z.string().optional(),
  LOCKSTEP_WORKFLOW_BUNDLE: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  LOCKSTEP_PORT_BASE: port.default(14_000),
  LOCKSTEP_STATE_DIR: z.string().default('.lockstep'),
  LOCKSTEP_CACHE_DIR: z.string().optional(),
} as const;

type Variables = typeof variables;
export type VariableName = keyof Variables;
export type Environment<Name extends VariableName = VariableName> = Readonly<{
  [N in Name]: z.output<Variables[N]>;
}>;

export const variableNames = Object.keys(variables) as readonly VariableName[];

/** The value that a variable has when it is not set; undefined when there is none. */
export function defaultOf(name: VariableName): string | undefined {
  const result = variables[name].safeParse(undefined);
  return result.success && result.data !== undefined ? String(result.data) : undefined;
}

/**
 * Reads the variables that a main asks for. An empty variable counts as not set.
 * @throws ConfigError with every problem at once, each by the name of its variable
 */
export function readEnvironment<Name extends VariableName>(
  names: readonly Name[],
  env: NodeJS.ProcessEnv = process.env,
): Environment<Name> {
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const given = env[name]?.trim() || undefined;
    const result = variables[name].safeParse(given);
    if (result.success) values[name] = result.data;
    else problems.push(problemOf(name, given, result.error.issues[0]?.message ?? ''));
  }
  if (problems.length > 0) throw new ConfigError('environment', problems);
  return Object.freeze(values) as Environment<Name>;
}

function problemOf(name: VariableName, given: string | undefined, wording: string): ConfigProblem {
  if (given === undefined) return { path: name, message: 'is not set', hint: `set it; .env.example shows how` };
  const [message = '', hint = 'see .env.example'] = wording.split('\n');
  return { path: name, message, hint };
}
