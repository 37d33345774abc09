import { Connection } from '@temporalio/client';
import { type SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { SearchAttributeKey } from '@temporalio/common/lib/search-attributes.js';
import { type ChildSpec, EndedAtOnce, type Launch, launchOnce, type Running, waitUntilReady } from './child.ts';
import { freePort, withPortTries } from './ports.ts';

export interface TemporalOptions {
  /** The `temporal` command, see `ensureTemporalCli`. */
  readonly cli: string;
  readonly namespace: string;
  readonly searchAttributes: readonly SearchAttributeKey<SearchAttributeType>[];
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** State is kept here; without it, in memory only. */
  readonly dbFile?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Without it there is no UI. */
  readonly uiPort?: number;
  readonly launch?: Launch;
}

export interface TemporalServer extends Running {
  readonly address: string;
  readonly uiUrl?: string;
}

/**
 * Starts a Temporal dev server on 127.0.0.1 and waits until its namespace answers. It looks for free ports for its inner
 * services and binds them later. Where something else took one meanwhile, it ends with a panic
 * (https://github.com/temporalio/cli/issues/667), and is started again.
 */
export function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  return withPortTries(
    () => launchServer(options),
    (error) => error instanceof EndedAtOnce,
  );
}

async function launchServer(options: TemporalOptions): Promise<TemporalServer> {
  const port = options.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const spec: ChildSpec = {
    name: 'temporal',
    command: options.cli,
    args: serverArguments(options, port),
    cwd: options.cwd,
    // Built without cgo, the server fails without USER where the user has no entry in /etc/passwd, as in containers.
    env: { ...options.env, USER: options.env['USER'] || 'lockstep' },
    logFile: options.logFile,
  };
  const launch = options.launch ?? launchOnce;
  const running = await launch(spec, (child) =>
    waitUntilReady(child, spec, () => hasNamespace(address, options.namespace)),
  );
  return {
    address,
    ...(options.uiPort === undefined
      ? {}
      : { uiUrl: `http://127.0.0.1:${options.uiPort}/namespaces/${options.namespace}/workflows` }),
    pid: running.pid,
    stop: (hurry) => running.stop(hurry),
  };
}

function serverArguments(options: TemporalOptions, port: number): string[] {
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    `--namespace=${options.namespace}`,
    '--log-level=warn',
    ...(options.uiPort === undefined ? ['--headless'] : [`--ui-port=${options.uiPort}`, '--ui-disable-news-fetch']),
    ...(options.dbFile === undefined ? [] : [`--db-filename=${options.dbFile}`]),
    // The dev server otherwise asks on the internet whether it is the newest.
    '--dynamic-config-value=frontend.enableServerVersionCheck=false',
    ...options.searchAttributes.map(
      ({ name, type }) => `--search-attribute=${name}=${TypedSearchAttributes.toMetadataType(type)}`,
    ),
  ];
}

/** True when a Temporal server answers there and knows the namespace. */
async function hasNamespace(address: string, namespace: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '1s' });
    await connection.withDeadline(Date.now() + 2_000, () =>
      (connection as Connection).workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
