/** One more worker beside the stage's own, with the same environment but for its port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { freePort } from '../../local/ports.ts';
import type {} from '../support/provided.ts';
import { until } from '../support/until.ts';

export interface SecondWorker {
  start(): Promise<void>;
  end(): Promise<void>;
  /** What it has printed since the suite began. */
  log(): string;
}

export function secondWorker(env: NodeJS.ProcessEnv): SecondWorker {
  const logFile = join(inject('servers').runDir, 'second-worker.log');
  const output = createWriteStream(logFile, { flags: 'a' });
  let child: ChildProcess | undefined;
  return {
    async start() {
      const port = await freePort();
      const started = spawn(process.execPath, ['worker/main.ts'], {
        env: { ...env, LOCKSTEP_WORKER_HTTP_PORT: String(port) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      for (const stream of [started.stdout, started.stderr]) stream.pipe(output, { end: false });
      await until('the second worker is ready', async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
    },
    async end() {
      const ending = child;
      child = undefined;
      if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill('SIGTERM');
      await ended;
    },
    log: () => readFileSync(logFile, 'utf8'),
  };
}
