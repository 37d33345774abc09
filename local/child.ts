import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, type ProcessIdentity } from './process-identity.ts';

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Asks for a clean end. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long a clean end may take before SIGKILL. Default 10 s. */
  readonly graceMs?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Something that runs and can be ended. */
export interface Running {
  readonly pid: number;
  /** Ends it and returns when it is gone; an aborted `hurry` cuts the grace short. */
  stop(hurry?: AbortSignal): Promise<void>;
}

export interface Child extends Running {
  /** How long its log was when it started: what stands before is of an earlier start. */
  readonly logFrom: number;
  readonly identity: ProcessIdentity | undefined;
  readonly exited: Promise<Exit>;
}

/** Starts a child, waits until it is ready, and leaves its end to the caller. The supervisor has its own. */
export type Launch = (spec: ChildSpec, untilReady: (child: Child) => Promise<void>) => Promise<Running>;

export const DEFAULT_GRACE_MS = 10_000;
const LONGEST_LINE = 300;
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/**
 * Starts a process in a session of its own, so that a Ctrl-C in the terminal reaches only whoever decides on the order
 * of ending, and with its output in a file, so that it survives a starter that was killed.
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const log = openLog(spec.logFile);
  const logFrom = fstatSync(log).size;
  let child: ChildProcess;
  try {
    child = spawn(spec.command, [...spec.args], {
      cwd: spec.cwd,
      env: spec.env,
      stdio: ['ignore', log, log],
      detached: true,
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    });
  } finally {
    closeSync(log);
  }
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new Error(`${spec.name} cannot be started: ${cause.message}`, { cause })));
  });
  const pid = child.pid as number;
  return { pid, identity: identify(pid), exited, logFrom, stop: (hurry) => stopChild(spec, child, exited, hurry) };
}

/** Launches once, without supervision: what tests and benchmarks need. */
export const launchOnce: Launch = async (spec, untilReady) => {
  const child = await startChild(spec);
  try {
    await untilReady(child);
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
};

/**
 * Asks `isReady` until it says yes.
 *
 * @throws when the child ends first or `timeoutMs` passes, with the last lines of its log.
 */
export async function waitUntilReady(
  child: Child,
  spec: ChildSpec,
  isReady: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let exit: Exit | undefined;
  void child.exited.then((value) => {
    exit = value;
  });
  while (!(await isReady())) {
    if (exit !== undefined) throw new EndedAtOnce(spec, child, exit);
    if (performance.now() > deadline) {
      throw new Error(`${spec.name} was not ready after ${Math.round(timeoutMs / 1000)} s${logTail(spec, child)}`);
    }
    await delay(50);
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/** A process that never got ready; what it wrote stands in the message. */
export class EndedAtOnce extends Error {
  override readonly name = 'EndedAtOnce';
  readonly exit: Exit;

  constructor(spec: ChildSpec, child: Child, exit: Exit) {
    super(`${spec.name} ended at once (${describeExit(exit)})${logTail(spec, child)}`);
    this.exit = exit;
  }
}

/** The last lines that a child wrote since its start, indented to stand below a message; empty when there are none. */
export function logTail({ logFile }: ChildSpec, { logFrom }: Pick<Child, 'logFrom'>, lines = 15): string {
  try {
    const own = readFileSync(logFile).subarray(logFrom).toString('utf8').trimEnd();
    if (own === '') return `\n  (nothing in ${logFile})`;
    const tail = own.split('\n').slice(-lines);
    return `\n${tail.map((line) => `    ${line.slice(0, LONGEST_LINE)}`).join('\n')}\n  (from ${logFile})`;
  } catch {
    return '';
  }
}

async function stopChild(
  spec: ChildSpec,
  child: ChildProcess,
  exited: Promise<Exit>,
  hurry?: AbortSignal,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(spec.stopSignal ?? 'SIGTERM');
  const timers = new AbortController();
  const cutShort = new Promise<void>((resolve) => {
    if (hurry?.aborted) resolve();
    hurry?.addEventListener('abort', () => resolve(), { once: true });
  });
  const grace = delay(spec.graceMs ?? DEFAULT_GRACE_MS, undefined, { signal: timers.signal }).catch(() => undefined);
  const ended = await Promise.race([exited.then(() => true), cutShort.then(() => false), grace.then(() => false)]);
  timers.abort();
  if (ended) return;
  killGroup(child.pid as number);
  await exited;
}

/** The child leads its own process group, so this takes its own children along. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(file, `${file}.old`);
  return openSync(file, 'a', 0o600);
}
