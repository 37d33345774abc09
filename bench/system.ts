/** Everything that a measurement needs, each in a process of its own; all of it ends with this process, however that ends. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { type ChildSpec, launchOnce, type Running, waitUntilReady } from '../local/child.ts';
import { workerNodeArgs } from '../local/own-processes.ts';
import { answers, freePort } from '../local/ports.ts';
import { startPostgres } from '../local/postgres.ts';
import { throwAwayHome, throwAwayParent } from '../local/postgres-home.ts';
import type { Report } from '../local/progress.ts';
import { runTool } from '../local/run-tool.ts';
import { ensureTemporalCli } from '../local/temporal-cli.ts';
import { startTemporal } from '../local/temporal-server.ts';
import { endWithThisProcess } from '../local/throw-away.ts';
import { migrate } from '../store/migrate.ts';
import { searchAttributes } from '../workflows/contract.ts';
import type { Simulators } from './simulators.ts';

export interface SystemOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
  /** Population of the Okta simulator; see its seed options. */
  readonly seed: Readonly<Record<string, number>>;
  /** Arguments for the worker's Node, such as `--cpu-prof`. */
  readonly workerNodeArgs: readonly string[];
  /** Between two looks at Okta's log, once somebody has it followed; the default of lockstep.yaml unless given. */
  readonly catchUpEveryMs?: number;
}

export interface System {
  readonly simulators: Simulators;
  /** A second set with the same seed, for the bare loop. */
  readonly replica: Simulators;
  readonly client: Client;
  readonly pids: Readonly<Record<'worker' | 'simulators' | 'PostgreSQL' | 'Temporal', number>>;
  readonly workerUrl: string;
  readonly receiverUrl: string;
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

/** HR signs by it, as Standard Webhooks describe. */
export const hrKey = `whsec_${Buffer.from('the key that HR signs by: bench').toString('base64')}`;
export const oktaSecret = 'the secret of the event hook: bench';
export const secrets = { OKTA_API_TOKEN: 'bench-okta-token', ATLASSIAN_SCIM_API_KEY: 'bench-scim-key' } as const;
export const directoryPath = '/scim/directory/bench-directory';
export const memberBatch = 100;
export const concurrency = 16;
/** Loads and offboardings are what is measured, not whether somebody is asked about them. */
const everything = '{ percent: 100, atLeast: 1000000, atMost: 1000000 }';
const namespace = 'lockstep';
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const configOf = ({ okta, cloud }: Simulators, catchUpEveryMs = 10_000): string => `version: 1
sandbox: true
source:
  okta:
    orgUrl: ${okta}
    credentials: { apiToken: { env: OKTA_API_TOKEN } }
targets:
  cloud:
    kind: atlassian-cloud
    baseUrl: ${cloud}${directoryPath}
    credentials: { apiKey: { env: ATLASSIAN_SCIM_API_KEY } }
    scope: { groups: [atlassian-users] }
    groups: { include: ['/.+-.+/'], exclude: [atlassian-users] }
    memberBatch: ${memberBatch}
    pacing: { concurrency: ${concurrency} }
    guards: { creations: { perRun: ${everything}, perDay: ${everything} } }
schedule: { every: 1d, paused: true }
catchUp: { every: ${catchUpEveryMs / 1_000}s }
offboarding: { limit: ${everything} }
receiver: { hr: { secrets: [{ env: HR_KEY }] }, okta: { secrets: [{ env: OKTA_HOOK_SECRET }] } }
`;

export async function startSystem(options: SystemOptions): Promise<System> {
  const undo: (() => Promise<unknown> | unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await compose(options, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function compose(
  { env, report, seed, workerNodeArgs, catchUpEveryMs }: SystemOptions,
  undo: (() => Promise<unknown> | unknown)[],
  stop: () => Promise<void>,
): Promise<System> {
  const runDir = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  undo.push(() => rmSync(runDir, { recursive: true, force: true }));
  const keep = <T extends Running>(running: T, folder?: string): T => {
    const release = endWithThisProcess(running.pid, folder);
    undo.push(async () => {
      await running.stop();
      release();
    });
    return running;
  };

  report('Starting PostgreSQL and Temporal');
  const parent = throwAwayParent(tmpdir());
  mkdirSync(parent, { recursive: true });
  const home = await throwAwayHome(parent, `lockstep-bench-${randomUUID()}`, env);
  undo.push(() => rmSync(home.dir, { recursive: true, force: true }));
  // With the settings of `npm start`, not those of a server whose data may be lost: commits cost what they cost.
  const postgres = keep(await startPostgres({ home, env, report, logFile: join(home.dir, 'postgres.log') }), home.dir);
  const databaseUrl = await postgres.database('lockstep');
  await migrate(databaseUrl);
  const cli = await ensureTemporalCli({ env, report });
  const temporal = keep(
    await startTemporal({
      cli,
      namespace,
      searchAttributes: Object.values(searchAttributes),
      logFile: join(runDir, 'temporal.log'),
      env,
      cwd: runDir,
    }),
  );
  const connection = await Connection.connect({ address: temporal.address });
  undo.push(() => connection.close());

  report('Seeding the simulators');
  const commonEnv = { ...withoutOwnSettings(env), ...secrets, LOCKSTEP_SANDBOX_SECRET: randomUUID() };
  const startOne = async (name: string) => {
    const started = await startSimulators(name, runDir, { ...commonEnv, SANDBOX_SEED: JSON.stringify(seed) });
    keep(started.running);
    return started.simulators;
  };
  const simulators = await startOne('sandbox');
  const replica = await startOne('replica');

  report('Starting the worker');
  const bundle = join(runDir, 'workflows.js');
  // As in production. Bundling in the worker's process would be its peak of memory.
  await runTool({
    command: process.execPath,
    args: [join(root, 'worker', 'build-bundle.ts'), bundle],
    cwd: root,
    env,
    report,
    title: 'Bundling the workflows',
  });
  const configFile = join(runDir, 'lockstep.yaml');
  writeFileSync(configFile, configOf(simulators, catchUpEveryMs));
  const ownEnv = {
    ...commonEnv,
    LOCKSTEP_CONFIG: configFile,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: namespace,
  };
  const worker = await startWorker(runDir, workerNodeArgs, {
    ...ownEnv,
    LOCKSTEP_WORKFLOW_BUNDLE: bundle,
    DATABASE_URL: databaseUrl,
  });
  keep(worker.running, runDir);
  const receiver = await startReceiver(runDir, { ...ownEnv, HR_KEY: hrKey, OKTA_HOOK_SECRET: oktaSecret });
  keep(receiver.running, runDir);
  return {
    simulators,
    replica,
    client: new Client({ connection, namespace }),
    pids: {
      worker: worker.running.pid,
      simulators: simulators.pid,
      PostgreSQL: postgres.pid,
      Temporal: temporal.pid,
    },
    workerUrl: worker.url,
    receiverUrl: receiver.url,
    databaseUrl,
    stop,
  };
}

/** Settings of whoever measures must not leak into what is measured. */
const withoutOwnSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(TEMPORAL_|LOCKSTEP_|OKTA_|SANDBOX_|DATABASE_URL|OTEL_)/.test(name)),
  );

async function startSimulators(
  name: string,
  runDir: string,
  env: NodeJS.ProcessEnv,
): Promise<{ running: Running; simulators: Simulators }> {
  const [okta, cloud, control] = [await freePort(), await freePort(), await freePort()];
  const spec = nodeProcess(name, ['sandbox/main.ts'], runDir, {
    ...env,
    SANDBOX_CLOUD_DIRECTORY_ID: directoryPath.split('/').at(-1),
    SANDBOX_OKTA_PORT: String(okta),
    SANDBOX_CLOUD_PORT: String(cloud),
    SANDBOX_CONTROL_PORT: String(control),
  });
  // The control endpoint comes last.
  const running = await launchOnce(spec, (child) => waitUntilReady(child, spec, () => answers(control), 300_000));
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return { running, simulators: { pid: running.pid, okta: at(okta), cloud: at(cloud), control: at(control) } };
}

async function startWorker(
  runDir: string,
  nodeArgs: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ running: Running; url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const main = [...workerNodeArgs, ...nodeArgs, 'worker/main.ts'];
  const spec = {
    ...nodeProcess('worker', main, runDir, { ...env, LOCKSTEP_WORKER_HTTP_PORT: String(port) }),
    graceMs: 30_000,
  };
  return launch(spec, url);
}

async function startReceiver(runDir: string, env: NodeJS.ProcessEnv): Promise<{ running: Running; url: string }> {
  const port = await freePort();
  const spec = nodeProcess('receiver', ['receiver/main.ts'], runDir, { ...env, LOCKSTEP_RECEIVER_PORT: String(port) });
  return launch(spec, `http://127.0.0.1:${port}`);
}

async function launch(spec: ChildSpec, url: string): Promise<{ running: Running; url: string }> {
  const isReady = async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true;
  return { running: await launchOnce(spec, (child) => waitUntilReady(child, spec, isReady)), url };
}

const nodeProcess = (name: string, args: readonly string[], runDir: string, env: NodeJS.ProcessEnv): ChildSpec => ({
  name,
  command: process.execPath,
  args,
  cwd: root,
  env,
  logFile: join(runDir, `${name}.log`),
});
