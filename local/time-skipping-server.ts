import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, isExecutable, whileFillingCache } from './cache.ts';
import { downloadThroughSdk } from './download-through-sdk.ts';
import { firstThatWorks } from './first-that-works.ts';
import type { Report } from './progress.ts';
import { runTool } from './run-tool.ts';

/** The version in `time-skipping/pom.xml`. */
const VERSION = '1.38.0';
const POM = fileURLToPath(new URL('time-skipping/pom.xml', import.meta.url));

export interface TimeSkippingRequest {
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** For tests, which must not reach the internet. */
  readonly download?: typeof downloadThroughSdk;
}

/**
 * The path of the time-skipping test server, for `TestWorkflowEnvironment.createTimeSkipping` with
 * `executable: { type: 'existing-path', path }`: from the cache, the SDK's download, or Maven (Java 11 or newer).
 *
 * @throws Error that names each way with the reason why it failed.
 */
export async function ensureTimeSkippingServer(request: TimeSkippingRequest): Promise<string> {
  const folder = join(cacheDir(request.env), `temporal-test-server-${VERSION}`);
  const target = join(folder, 'temporal-test-server');
  if (isExecutable(target)) return target;
  const { download = downloadThroughSdk } = request;
  const cached = async () => {
    if (!isExecutable(target)) throw new Error('there is none yet');
    return target;
  };
  const sources = [
    { name: `the cache (${target})`, get: cached },
    {
      name: "the Temporal SDK's own download",
      get: () => download({ ...request, kind: 'time-skipping', version: `v${VERSION}`, target }),
    },
    { name: 'Maven and Java', get: () => fromMaven(folder, target, request) },
  ];
  const advice = 'Do one of these: install Java and Maven, or allow the download.';
  return whileFillingCache(folder, request, () => firstThatWorks('the time-skipping test server', sources, advice));
}

async function fromMaven(
  folder: string,
  target: string,
  { env, report, signal }: TimeSkippingRequest,
): Promise<string> {
  await runTool({ command: 'java', args: ['-version'], env, timeoutMs: 20_000 });
  const draft = mkdtempSync(join(folder, 'maven-'));
  try {
    await runTool({
      command: 'mvn',
      args: ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${join(draft, 'lib')}`],
      env,
      signal,
      report,
      title: 'Getting the time-skipping test server with Maven (once)',
    });
    const lib = join(folder, 'lib');
    rmSync(lib, { recursive: true, force: true });
    renameSync(join(draft, 'lib'), lib);
    writeFileSync(join(draft, 'wrapper'), wrapperFor(lib), { mode: 0o755 });
    renameSync(join(draft, 'wrapper'), target);
    return target;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * The SDK passes the port as the only argument, waits five seconds for an answer (hence the two -XX flags) and kills the
 * process that it started itself (hence `exec`). `--enable-time-skipping` must not be passed: the SDK unlocks time itself.
 */
function wrapperFor(lib: string): string {
  const quoted = `'${join(lib, '*').replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp ${quoted} io.temporal.testserver.TestServer "$@"\n`;
}
