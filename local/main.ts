/** `lockstep up`: everything on this machine, until Ctrl-C. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/problems.ts';
import { EndedAtOnce } from './child.ts';
import { ChildRecords } from './child-records.ts';
import { settingsFrom, type UpSettings } from './settings.ts';
import { becomeSingleInstance } from './single-instance.ts';
import { listenForStop, type StopRequest } from './stop-request.ts';
import { Supervisor } from './supervisor.ts';
import { type RunningSystem, startSystem } from './up.ts';
import { runUpSteps } from './up-steps.ts';

const report = (line: string) => process.stderr.write(`${line}\n`);
const print = (text: string) => process.stdout.write(`${text}\n`);
// A terminal that was closed takes no more words; that must not keep us from stopping cleanly.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exit(await main());

async function main(): Promise<number> {
  if (process.argv.length > 2) {
    report(`lockstep up takes no arguments (${process.argv.slice(2).join(' ')})`);
    return 2;
  }
  try {
    const settings = settingsFrom(process.env);
    const { launchers } = settings;
    const request = listenForStop(launchers);
    const lockFile = join(settings.stateDir, 'lock');
    const lock = await becomeSingleInstance(lockFile, { launchers, report, signal: request.stop });
    request.stop.addEventListener('abort', () => lock.markStopping());
    try {
      return await runUntilStopped(settings, request);
    } finally {
      lock.release();
    }
  } catch (error) {
    report(`lockstep up: ${(error as Error).message}`);
    return isMisconfiguration(error) ? 2 : 1;
  }
}

/** Our own processes tell by exit code 2 that their configuration is the trouble. */
const isMisconfiguration = (error: unknown): boolean =>
  error instanceof ConfigError || (error instanceof EndedAtOnce && error.exit.code === 2);

async function runUntilStopped(settings: UpSettings, { stop, hurry }: StopRequest): Promise<number> {
  const records = new ChildRecords(join(settings.stateDir, 'children.json'));
  const runFile = join(settings.stateDir, 'run.json');
  await records.endLeftOvers(report);
  const supervisor = new Supervisor({ report, records });
  const stopped = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve());
  });
  const givenUp = supervisor.givenUp.then((reason) => {
    throw reason;
  });
  const ran = serve(settings, { supervisor, stop, runFile });
  // After a stop the rest of the work fails, as it should, and nobody waits for it any more.
  ran.catch(() => undefined);
  try {
    await Promise.race([stopped, givenUp, ran.then(() => stopped)]);
    report(String(stop.reason));
    return 0;
  } finally {
    rmSync(runFile, { force: true });
    await supervisor.stopAll(hurry);
    report('Stopped; nothing is left running');
  }
}

async function serve(
  settings: UpSettings,
  { supervisor, stop, runFile }: { supervisor: Supervisor; stop: AbortSignal; runFile: string },
): Promise<void> {
  const { LOCKSTEP_LAUNCHER_PID: _, ...env } = process.env;
  const system = await startSystem({ settings, env, launch: supervisor.launch, report, signal: stop });
  writeFileSync(runFile, JSON.stringify({ pid: process.pid, ...system }, null, 2), { mode: 0o600 });
  const { isSandbox } = system;
  await runUpSteps(settings, { isSandbox, env: { ...env, ...system.env }, report, print, signal: stop });
  if (!stop.aborted) print(summaryOf(system));
}

function summaryOf({ addresses, isSandbox }: RunningSystem): string {
  const width = Math.max(...Object.keys(addresses).map((name) => name.length));
  const lines = Object.entries(addresses).map(([name, address]) => `  ${name.padEnd(width)}  ${address}`);
  const hint =
    isSandbox && addresses['Receiver']
      ? '\nOffboard somebody as HR would: docs/offboarding.md, "Try it in the sandbox".\n'
      : '';
  return `\nLockstep is running. Ctrl-C stops it.\n\n${lines.join('\n')}\n${hint}`;
}
