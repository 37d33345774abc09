import { join } from 'node:path';
import { type Config, hookNames } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { prepareGivenTemporal } from '../temporal/given-temporal.ts';
import { searchAttributes } from '../workflows/contract.ts';
import type { Launch } from './child.ts';
import { registerEventHook } from './event-hook.ts';
import {
  readerUrl,
  receiverUrl,
  secretsAsEnv,
  startReader,
  startReceiver,
  startSandbox,
  startWorker,
} from './own-processes.ts';
import { assertPortsFree, type PortName } from './ports.ts';
import { endLeftPostgres, startPostgres } from './postgres.ts';
import { postgresHomeFor } from './postgres-home.ts';
import type { Report } from './progress.ts';
import { runTool } from './run-tool.ts';
import { type SandboxSecrets, sandboxSecrets } from './secrets.ts';
import type { UpSettings } from './settings.ts';
import { ensureTemporalCli } from './temporal-cli.ts';
import { startTemporal } from './temporal-server.ts';

export interface UpContext {
  readonly settings: UpSettings;
  /** The environment that the user gave. */
  readonly env: NodeJS.ProcessEnv;
  readonly launch: Launch;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface RunningSystem {
  readonly isSandbox: boolean;
  /** What the command line needs to talk to it. */
  readonly env: NodeJS.ProcessEnv;
  /** Addresses by what they are, to show. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Starts everything in order: what a later process needs is ready before it starts. */
export async function startSystem(context: UpContext): Promise<RunningSystem> {
  const { settings, report, launch, signal } = context;
  const config = loadConfig(settings.configFile);
  await assertPortsFree(settings.ports, portsToOpen(settings, config));
  const database = await databaseUrl(context);
  const temporal = await temporalServer(context);
  const common = {
    ...context.env,
    DATABASE_URL: database,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: settings.namespace,
    LOCKSTEP_CONFIG: settings.configFile,
  };
  const secrets = config.isSandbox ? sandboxSecrets(join(settings.stateDir, 'secrets.json')) : undefined;
  const env = secrets === undefined ? common : { ...common, ...secretsAsEnv(secrets) };
  if (secrets !== undefined) {
    report('Starting the simulators');
    const directoryId = config.targets.flatMap(({ baseUrl }) => directoryOf(baseUrl) ?? []).at(0);
    await startSandbox({ settings, env, launch }, { secrets, directoryId });
  }
  report('Bringing the database up to date');
  const migrate = [join(settings.root, 'store', 'migrate.ts')];
  await runTool({ command: process.execPath, args: migrate, env, signal, report, title: 'Migrating the database' });
  report('Starting the worker');
  await startWorker({ settings, env, launch });
  report('Starting the reader');
  await startReader({ settings, env, launch });
  if (servesHooks(config)) {
    report('Starting the receiver');
    await startReceiver({ settings, env, launch });
    if (secrets !== undefined && config.receiver.okta !== undefined) await setUpEventHook(context, secrets);
  } else report('lockstep.yaml has no `receiver`, so none is started; docs/events.md says what it is for');
  return describe(settings, { ...temporal, config });
}

const servesHooks = ({ receiver }: Config): boolean => hookNames.some((name) => receiver[name] !== undefined);

/** Without it changes still arrive, by Okta's log. */
async function setUpEventHook({ settings, report, signal }: UpContext, secrets: SandboxSecrets): Promise<void> {
  const { ports } = settings;
  try {
    await registerEventHook({
      orgUrl: `http://127.0.0.1:${ports.sandboxOkta}`,
      apiToken: secrets.oktaApiToken,
      receiverUrl: receiverUrl(ports),
      secret: secrets.oktaHookSecret,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    report(`The event hook of the Okta simulator was not set up: ${(error as Error).message}`);
  }
}

function portsToOpen(settings: UpSettings, config: Config): PortName[] {
  return [
    'reader',
    'workerHealth',
    ...(servesHooks(config) ? (['receiver'] as const) : []),
    ...(config.isSandbox ? (['sandboxControl', 'sandboxOkta', 'sandboxCloud'] as const) : []),
    ...(settings.temporal === undefined ? (['temporal', 'temporalUi'] as const) : []),
  ];
}

async function databaseUrl({ settings, env, launch, report }: UpContext): Promise<string> {
  if (settings.databaseUrl !== undefined) {
    report('PostgreSQL: using the server that DATABASE_URL names');
    return settings.databaseUrl;
  }
  report('Starting PostgreSQL');
  const home = await postgresHomeFor(settings.stateDir, env);
  await endLeftPostgres(home, report);
  await assertPortsFree(settings.ports, ['postgres']);
  const logFile = join(settings.stateDir, 'logs', 'postgres.log');
  const server = await startPostgres({ home, logFile, env, report, launch, port: settings.ports.postgres });
  return server.database('lockstep');
}

async function temporalServer(context: UpContext): Promise<{ address: string; uiUrl?: string }> {
  const { settings, env, launch, report } = context;
  if (settings.temporal !== undefined) {
    await prepareGivenTemporal(settings.temporal, report);
    return { address: settings.temporal.address };
  }
  const cli = await ensureTemporalCli(context);
  report('Starting Temporal');
  return startTemporal({
    cli,
    namespace: settings.namespace,
    searchAttributes: Object.values(searchAttributes),
    dbFile: join(settings.stateDir, 'temporal.db'),
    port: settings.ports.temporal,
    uiPort: settings.ports.temporalUi,
    logFile: join(settings.stateDir, 'logs', 'temporal.log'),
    cwd: settings.stateDir,
    env,
    launch,
  });
}

/** The id in `…/scim/directory/<id>`, the address of an Atlassian directory. */
function directoryOf(baseUrl: string): string | undefined {
  return /\/scim\/directory\/([^/]+)/.exec(baseUrl)?.[1];
}

function describe(
  settings: UpSettings,
  { address, uiUrl, config }: { address: string; uiUrl?: string; config: Config },
): RunningSystem {
  const { ports } = settings;
  const { isSandbox } = config;
  return {
    isSandbox,
    env: {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: settings.namespace,
      LOCKSTEP_READER_URL: readerUrl(ports),
      LOCKSTEP_CONFIG: settings.configFile,
    },
    addresses: {
      ...(uiUrl === undefined ? { Temporal: address } : { 'Temporal UI': uiUrl }),
      Reader: readerUrl(ports),
      ...(servesHooks(config) ? { Receiver: receiverUrl(ports) } : {}),
      ...(isSandbox
        ? {
            'Sandbox control': `http://127.0.0.1:${ports.sandboxControl}`,
            'Okta simulator': `http://127.0.0.1:${ports.sandboxOkta}`,
            'Atlassian simulator': `http://127.0.0.1:${ports.sandboxCloud}`,
          }
        : {}),
      'State and logs': settings.stateDir,
    },
  };
}
