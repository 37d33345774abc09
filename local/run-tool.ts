import { spawn } from 'node:child_process';
import { describeExit, killGroup } from './child.ts';
import { type Report, withProgress } from './progress.ts';

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Exit codes that are not failures. Default 0. */
  readonly okCodes?: readonly number[];
  /** With `title`: says every few seconds that it is still running. */
  readonly report?: Report;
  readonly title?: string;
  readonly uid?: number;
  readonly gid?: number;
}

const LAST_LINES = 12;

/**
 * Runs a command to its end and returns what it wrote to stdout.
 *
 * @throws Error with the last lines of its output when it cannot start, fails, takes too long or is aborted.
 */
export function runTool(run: ToolRun): Promise<string> {
  const work = () => execute(run);
  return run.report && run.title ? withProgress(run.report, run.title, work) : work();
}

function execute(run: ToolRun): Promise<string> {
  const { okCodes = [0] } = run;
  return new Promise((resolve, reject) => {
    const child = spawn(run.command, [...run.args], {
      cwd: run.cwd ?? process.cwd(),
      env: run.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(run.uid === undefined ? {} : { uid: run.uid }),
      ...(run.gid === undefined ? {} : { gid: run.gid }),
    });
    let stdout = '';
    let output = '';
    let endedBy: string | undefined;
    const end = (reason: string) => {
      endedBy = reason;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const timer =
      run.timeoutMs === undefined
        ? undefined
        : setTimeout(() => end(`no end after ${run.timeoutMs} ms`), run.timeoutMs);
    const onAbort = () => end('interrupted');
    run.signal?.addEventListener('abort', onAbort, { once: true });
    if (run.signal?.aborted) onAbort();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const settle = () => {
      clearTimeout(timer);
      run.signal?.removeEventListener('abort', onAbort);
    };
    child.once('error', (cause: NodeJS.ErrnoException) => {
      settle();
      reject(new Error(cause.code === 'ENOENT' ? `\`${run.command}\` is not installed` : cause.message, { cause }));
    });
    child.once('close', (code, signal) => {
      settle();
      if (code !== null && okCodes.includes(code) && endedBy === undefined) return resolve(stdout);
      const lines = output.trim().split('\n').slice(-LAST_LINES).join('\n');
      const why = endedBy ?? describeExit({ code, signal });
      reject(new Error(`\`${run.command} ${run.args[0] ?? ''}\` failed (${why})${lines === '' ? '' : `: ${lines}`}`));
    });
  });
}
