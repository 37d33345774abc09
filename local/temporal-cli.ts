import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, isExecutable, onPath, whileFillingCache } from './cache.ts';
import { downloadThroughSdk } from './download-through-sdk.ts';
import { firstThatWorks } from './first-that-works.ts';
import type { Report } from './progress.ts';
import { runTool } from './run-tool.ts';

/** Built from the module in `temporal-cli/`, whose go.mod pins the same version. */
const TEMPORAL_CLI_VERSION = '1.8.2';
const OLDEST_ACCEPTED = [1, 8, 0] as const;
const MODULE_DIR = fileURLToPath(new URL('temporal-cli', import.meta.url));
const COMMAND_PACKAGE = 'github.com/temporalio/cli/cmd/temporal';

export interface CliRequest {
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** For tests, which must not reach the internet. */
  readonly download?: typeof downloadThroughSdk;
}

/**
 * The path of a `temporal` command that can run the dev server: the one on the PATH if it is recent, the one kept in the
 * cache, the SDK's download, or one built with Go (minutes; kept in the cache).
 *
 * @throws Error that names each way with the reason why it failed.
 */
export async function ensureTemporalCli(request: CliRequest): Promise<string> {
  const folder = join(cacheDir(request.env), `temporal-cli-${TEMPORAL_CLI_VERSION}`);
  const cached = join(folder, 'temporal');
  const { download = downloadThroughSdk } = request;
  const kept = [
    { name: '`temporal` on the PATH', get: () => recentOnPath(request) },
    { name: `the cache (${cached})`, get: () => fromCache(cached, request) },
  ];
  const fetched = [
    {
      name: "the Temporal SDK's own download",
      get: () => download({ ...request, kind: 'temporal-cli', version: `v${TEMPORAL_CLI_VERSION}`, target: cached }),
    },
    { name: `building version ${TEMPORAL_CLI_VERSION} with Go`, get: () => build(cached, request) },
  ];
  for (const source of kept) {
    const found = await source.get().catch(() => undefined);
    if (found !== undefined) return found;
  }
  // What is kept is looked at again under the lock: another process may have filled the cache meanwhile.
  const all = [...kept, ...fetched];
  return whileFillingCache(folder, request, () => firstThatWorks('a Temporal server', all, ADVICE));
}

const ADVICE =
  'Do one of these: install the Temporal CLI (1.8.0 or newer) on the PATH; install Go; allow the download; ' +
  'or set TEMPORAL_ADDRESS to a server that runs already.';

async function recentOnPath({ env }: CliRequest): Promise<string> {
  const file = onPath('temporal', env);
  if (file === undefined) throw new Error('there is none');
  const version = await versionOf(file, env);
  if (!isRecent(version)) throw new Error(`${file} is version ${version}, and ${OLDEST_ACCEPTED.join('.')} is needed`);
  return file;
}

async function fromCache(file: string, { env }: CliRequest): Promise<string> {
  if (!isExecutable(file)) throw new Error('there is none yet');
  await versionOf(file, env);
  return file;
}

/** `temporal --version` prints "temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)". */
async function versionOf(file: string, env: NodeJS.ProcessEnv): Promise<string> {
  const output = await runTool({ command: file, args: ['--version'], env, timeoutMs: 10_000 });
  const version = /version v?(\d+\.\d+\.\d+\S*)/.exec(output)?.[1];
  if (version === undefined) throw new Error(`${file} does not tell its version: ${output.trim()}`);
  return version;
}

function isRecent(version: string): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, least] of OLDEST_ACCEPTED.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/** Builds beside the cached file and renames, so that a build that is killed leaves nothing that looks whole. */
async function build(target: string, { env, report, signal }: CliRequest): Promise<string> {
  const draft = `${target}.${process.pid}.building`;
  const title = `Building the Temporal server ${TEMPORAL_CLI_VERSION} with Go (once, about four minutes)`;
  report(title);
  mkdirSync(join(target, '..'), { recursive: true });
  try {
    await runTool({
      command: 'go',
      args: [
        'build',
        '-mod=readonly',
        '-trimpath',
        '-ldflags',
        // Without the version the program calls itself 0.0.0-DEV.
        `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_CLI_VERSION}`,
        '-o',
        draft,
        COMMAND_PACKAGE,
      ],
      cwd: MODULE_DIR,
      env: { ...env, CGO_ENABLED: '0', GOWORK: 'off' },
      signal,
      report,
      title,
    });
    await versionOf(draft, env);
    renameSync(draft, target);
    return target;
  } finally {
    rmSync(draft, { force: true });
  }
}
