import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable } from './cache.ts';
import type { Report } from './progress.ts';
import { runTool } from './run-tool.ts';

export interface SdkDownload {
  readonly kind: 'temporal-cli' | 'time-skipping';
  readonly version: string;
  /** Where the program is to be. */
  readonly target: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

const STALLED_AFTER_MS = 10_000;

/**
 * Has the SDK download a server and keeps it at `target`. Where the download is refused this fails at once, where it
 * hangs after ten seconds without a byte.
 */
export async function downloadThroughSdk(download: SdkDownload): Promise<string> {
  const cache = join(download.target, '..');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'download-'));
  const stalled = abortWhenStalled(folder);
  try {
    await runTool({
      command: process.execPath,
      args: [fileURLToPath(new URL('sdk-download.ts', import.meta.url)), download.kind, folder, download.version],
      env: download.env,
      signal: download.signal ? AbortSignal.any([download.signal, stalled.signal]) : stalled.signal,
      report: download.report,
      title: `Downloading the ${download.kind} server through the Temporal SDK`,
    });
    renameSync(programIn(folder), download.target);
    return download.target;
  } catch (error) {
    if (stalled.signal.aborted) throw new Error('the download hangs', { cause: error });
    throw new Error(rootReason((error as Error).message), { cause: error });
  } finally {
    stalled.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function programIn(folder: string): string {
  const file = readdirSync(folder)
    .map((name) => join(folder, name))
    .find(isExecutable);
  if (file === undefined) throw new Error('the SDK downloaded nothing');
  return file;
}

function abortWhenStalled(folder: string): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  let [size, since] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = readdirSync(folder).reduce(
      (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    if (now !== size) [size, since] = [now, performance.now()];
    else if (performance.now() - since > STALLED_AFTER_MS) controller.abort();
  }, 500);
  return { signal: controller.signal, end: () => clearInterval(timer) };
}

/** The SDK's message repeats itself and ends in a stack; the line that begins with the failure says it all. */
function rootReason(message: string): string {
  return /failed to download[^\n]*/.exec(message)?.[0] ?? message;
}
