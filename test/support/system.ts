/** A whole Lockstep for one test file: simulators, a database, a Temporal namespace, worker and reader as processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { freePort } from '../../local/ports.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { lockstepYaml, openGuards, withAddresses } from './lockstep-yaml.ts';
import { registerNamespace } from './namespace.ts';
import type {} from './provided.ts';
import { freshDatabase, temporalAddress } from './servers.ts';
import { until } from './until.ts';

export interface SystemOptions {
  /** Okta's population; see the sandbox's seed. */
  readonly seed?: Record<string, unknown>;
  /** lockstep.yaml of the system; `{okta}` and `{cloud}` stand for the simulators' addresses. */
  readonly config?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** `host:port` of a Temporal server of the test's own; that of the run unless given. */
  readonly temporal?: string;
  /** Default true. */
  readonly reader?: boolean;
}

export interface System {
  readonly sandbox: Sandbox;
  readonly store: Store;
  readonly client: Client;
  readonly namespace: string;
  /** What the processes of this system get as environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly worker: Service;
  readonly reader: Service | undefined;
  stop(): Promise<void>;
}

export interface Service {
  /** Resolves when it answers that it is ready. */
  start(): Promise<void>;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<void>;
  readonly pid: number | undefined;
  readonly url: string;
  /** What it has printed so far. */
  log(): string;
}

export const testSecrets = { OKTA_API_TOKEN: 'test-okta-token', ATLASSIAN_SCIM_API_KEY: 'test-scim-key' };

const defaultConfig = lockstepYaml({ target: { guards: openGuards } });

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  try {
    return await compose(options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function compose(
  { seed, config = defaultConfig, env = {}, temporal = temporalAddress(), reader: withReader = true }: SystemOptions,
  undo: (() => Promise<unknown> | unknown)[],
  stop: () => Promise<void>,
): Promise<System> {
  const dir = mkdtempSync(join(inject('servers').runDir, 'system-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  const secret = randomUUID();
  const sandbox = await startSandbox({
    secret,
    oktaApiToken: testSecrets.OKTA_API_TOKEN,
    atlassianScimApiKey: testSecrets.ATLASSIAN_SCIM_API_KEY,
    ...(seed ? { seed } : {}),
  });
  undo.push(() => sandbox.close());
  const database = await freshDatabase();
  undo.push(() => database.drop());
  const store = connectStore({ url: database.url });
  undo.push(() => store.destroy());
  const connection = await Connection.connect({ address: temporal });
  undo.push(() => connection.close());
  const namespace = await registerNamespace(connection);
  const configFile = join(dir, 'lockstep.yaml');
  writeFileSync(configFile, withAddresses(config, sandbox));

  const [workerPort, readerPort] = [await freePort(), await freePort()];
  const processEnv: NodeJS.ProcessEnv = {
    ...withoutOwnSettings(process.env),
    ...testSecrets,
    LOCKSTEP_CONFIG: configFile,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal,
    TEMPORAL_NAMESPACE: namespace,
    LOCKSTEP_SANDBOX_SECRET: secret,
    LOCKSTEP_WORKER_HTTP_PORT: String(workerPort),
    LOCKSTEP_READER_PORT: String(readerPort),
    LOCKSTEP_READER_URL: `http://127.0.0.1:${readerPort}`,
    ...env,
  };
  const worker = service('worker/main.ts', `http://127.0.0.1:${workerPort}`, processEnv, dir);
  const reader = withReader ? service('reader/main.ts', `http://127.0.0.1:${readerPort}`, processEnv, dir) : undefined;
  undo.push(() => Promise.all([worker.end(), reader?.end()]));
  await Promise.all([worker.start(), reader?.start()]);
  return {
    sandbox,
    store,
    client: new Client({ connection, namespace }),
    namespace,
    env: processEnv,
    worker,
    reader,
    stop,
  };
}

/** Settings of whoever runs the tests must not leak into the system under test. */
const withoutOwnSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(TEMPORAL_|LOCKSTEP_|OKTA_|DATABASE_URL|OTEL_)/.test(name)),
  );

function service(main: string, url: string, env: NodeJS.ProcessEnv, dir: string): Service {
  const logFile = join(dir, `${main.split('/')[0]}.log`);
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  const log = (): string => readFileSync(logFile, 'utf8');
  return {
    url,
    log,
    get pid() {
      return child?.pid;
    },
    async start() {
      const output = createWriteStream(logFile, { flags: 'a' });
      const started = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      started.stdout.pipe(output, { end: false });
      started.stderr.pipe(output, { end: false });
      ended = new Promise((resolve) => started.once('exit', () => resolve()));
      await until(`${main} is ready`, async () => {
        if (started.exitCode !== null) throw new Error(`${main} ended with ${started.exitCode}:\n${log()}`);
        return (await fetch(`${url}/readyz`)).ok;
      });
    },
    async end(signal = 'SIGTERM') {
      if (child && child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
