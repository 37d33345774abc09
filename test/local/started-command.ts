import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { isPortFree, portOffsets } from '../../local/ports.ts';
import { identify } from '../../local/process-identity.ts';
import { endWithThisProcess } from '../../local/throw-away.ts';

/** A command that was started; it is ended with the test. */
export interface Started {
  readonly process: ChildProcess;
  /** Everything said so far. */
  words(): string;
  /** Waits for words; fails at once when the command ends without them. */
  says(words: string | RegExp, timeoutMs?: number): Promise<void>;
  readonly exitCode: Promise<number | null>;
}

/** Runs `bin/lockstep.mjs` of a checkout, from a folder that is not the checkout's. */
export function startCommand(root: string, args: readonly string[], env: NodeJS.ProcessEnv): Started {
  const child = spawn(process.execPath, [join(root, 'bin', 'lockstep.mjs'), ...args], {
    cwd: '/',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  let hasEnded = false;
  const exitCode = once(child, 'close').then(([code]) => {
    hasEnded = true;
    return code as number | null;
  });
  // Also when the test run itself is killed.
  const release = endWithThisProcess(child.pid ?? 0);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exitCode;
    release();
  });
  const says = async (words: string | RegExp, timeout = 60_000) => {
    await expect.poll(() => hasEnded || text.search(words) >= 0, { timeout, message: `says ${words}` }).toBe(true);
    expect(text).toMatch(words);
  };
  return { process: child, words: () => text, says, exitCode };
}

/** A base from which all ports of a system are free. */
export async function freePortBase(): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const areFree = await Promise.all(Object.values(portOffsets).map((offset) => isPortFree(base + offset)));
    if (areFree.every(Boolean)) return base;
  }
}

/** What a system with this state folder has written down about its children. */
export function recordedPids(stateDir: string): number[] {
  const records = JSON.parse(readFileSync(join(stateDir, 'children.json'), 'utf8')) as { pid: number }[];
  return records.map(({ pid }) => pid);
}

export const running = (pids: readonly number[]): number[] => pids.filter((pid) => identify(pid) !== undefined);
