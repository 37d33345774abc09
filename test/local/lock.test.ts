import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { acquireLock, LockHeldError } from '../../local/lock.ts';
import { ownIdentity } from '../../local/process-identity.ts';
import { scratchFolder } from './scratch.ts';

const program = fileURLToPath(new URL('programs/hold-lock.ts', import.meta.url));

function contender(file: string): { answer: Promise<string>; process: ChildProcess } {
  const child = spawn(process.execPath, [program, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  return { process: child, answer: once(child.stdout, 'data').then(([text]) => String(text).trim()) };
}

test('a lock held by a living process is refused, and says whose it is', async () => {
  const file = join(scratchFolder(), 'lock');
  const lock = await acquireLock(file, { note: { task: 'first' } });
  const refused = await acquireLock(file).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LockHeldError);
  expect((refused as LockHeldError).holder).toMatchObject({ pid: process.pid, note: { task: 'first' } });
  lock.release();
  (await acquireLock(file)).release();
});

test('whoever waits gets the lock when it is released', async () => {
  const file = join(scratchFolder(), 'lock');
  const first = await acquireLock(file);
  let looks = 0;
  const second = acquireLock(file, { shouldWait: () => ++looks > 0 });
  await expect.poll(() => looks).toBeGreaterThan(0);
  first.release();
  (await second).release();
});

test('waiting ends when it is aborted', async () => {
  const file = join(scratchFolder(), 'lock');
  await acquireLock(file);
  await expect(acquireLock(file, { shouldWait: () => true, signal: AbortSignal.timeout(50) })).rejects.toThrow();
});

test('the lock of a process that is gone is taken over', async () => {
  const file = join(scratchFolder(), 'lock');
  const { pid } = spawnSync('true');
  writeFileSync(file, JSON.stringify({ pid, startedAt: 'once', note: {} }));
  (await acquireLock(file)).release();
});

test('the lock of a process whose pid belongs to another one now is taken over', async () => {
  const file = join(scratchFolder(), 'lock');
  writeFileSync(file, JSON.stringify({ ...ownIdentity(), startedAt: 'before the reboot', note: {} }));
  (await acquireLock(file)).release();
});

test('of many who come upon the lock of a dead process at once, exactly one gets it', async () => {
  const file = join(scratchFolder(), 'lock');
  writeFileSync(file, JSON.stringify({ ...ownIdentity(), startedAt: 'before the reboot', note: {} }));
  const contenders = Array.from({ length: 6 }, () => contender(file));
  const answers = await Promise.all(contenders.map(({ answer }) => answer));
  expect(answers.toSorted()).toEqual(['held', 'held', 'held', 'held', 'held', 'taken']);
  for (const each of contenders) each.process.stdin?.end();
});
