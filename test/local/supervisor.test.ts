import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ChildSpec, startChild } from '../../local/child.ts';
import { ChildRecords } from '../../local/child-records.ts';
import { identify } from '../../local/process-identity.ts';
import { Supervisor } from '../../local/supervisor.ts';
import { scratchFolder } from './scratch.ts';

const quickPolicy = { quickDeathMs: 5_000, maxQuickDeaths: 3, firstDelayMs: 10 };
const atOnce = async () => undefined;

interface Desk {
  readonly folder: string;
  readonly records: ChildRecords;
  readonly supervisor: Supervisor;
  readonly words: string[];
  spec(name: string, script: string, more?: Partial<ChildSpec>): ChildSpec;
}

function desk(): Desk {
  const folder = scratchFolder();
  const words: string[] = [];
  const records = new ChildRecords(join(folder, 'children.json'));
  const supervisor = new Supervisor({ report: (line) => words.push(line), records, policy: quickPolicy });
  onTestFinished(() => supervisor.stopAll(AbortSignal.abort()));
  const spec = (name: string, script: string, more: Partial<ChildSpec> = {}): ChildSpec => ({
    name,
    command: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    env: process.env,
    logFile: join(folder, `${name}.log`),
    ...more,
  });
  return { folder, records, supervisor, words, spec };
}

const recordedPids = (folder: string) =>
  (JSON.parse(readFileSync(join(folder, 'children.json'), 'utf8')) as { pid: number }[]).map(({ pid }) => pid);

test('a child that dies is started again, and a line says so', async () => {
  const { folder, supervisor, words, spec } = desk();
  const { pid } = await supervisor.launch(spec('worker', 'exec sleep 60'), atOnce);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => words.at(-1)).toBe('worker runs again');
  expect(words[0]).toContain('worker ended unexpectedly (signal SIGKILL); starting it again in 0.01 s');
  expect(recordedPids(folder)).not.toContain(pid);
  expect(recordedPids(folder)).toHaveLength(1);
});

test('a child that keeps dying is given up with the last lines of its log', async () => {
  const { supervisor, spec } = desk();
  await supervisor.launch(spec('reader', 'echo the port is taken; sleep 0.05; exit 7'), atOnce);
  const reason = await supervisor.givenUp;
  expect(reason.message).toContain('reader ended 3 times shortly after its start and is given up');
  expect(reason.message).toContain('the port is taken');
});

test('children are stopped in reverse order of their start', async () => {
  const { folder, supervisor, spec } = desk();
  const said = join(folder, 'said');
  const script = (name: string) =>
    `trap 'echo ${name} >> ${said}; exit' TERM; touch ${name}.up; while :; do sleep 0.02; done`;
  for (const name of ['first', 'second', 'third']) {
    const isUp = () => expect.poll(() => existsSync(join(folder, `${name}.up`))).toBe(true);
    await supervisor.launch(spec(name, script(name)), isUp);
  }
  await supervisor.stopAll();
  expect(readFileSync(said, 'utf8').trim().split('\n')).toEqual(['third', 'second', 'first']);
  expect(recordedPids(folder)).toEqual([]);
});

test('a child that does not end within its grace is killed with its own children', async () => {
  const { folder, supervisor, spec } = desk();
  const stubborn = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > inner; while :; do sleep 1; done' & while :; do sleep 1; done`;
  const hasInner = () =>
    expect.poll(() => existsSync(join(folder, 'inner')) && readFileSync(join(folder, 'inner'), 'utf8')).toMatch(/\d\n/);
  const { pid } = await supervisor.launch(spec('stubborn', stubborn, { graceMs: 100 }), hasInner);
  await supervisor.stopAll();
  expect(identify(pid)).toBeUndefined();
  const inner = Number(readFileSync(join(folder, 'inner'), 'utf8'));
  await expect.poll(() => identify(inner)).toBeUndefined();
});

test('whoever is in a hurry need not wait for the grace', async () => {
  const { supervisor, spec } = desk();
  const { pid } = await supervisor.launch(
    spec('slow', `trap '' TERM; while :; do sleep 1; done`, { graceMs: 600_000 }),
    atOnce,
  );
  const hurry = new AbortController();
  const stopped = supervisor.stopAll(hurry.signal);
  hurry.abort();
  await stopped;
  expect(identify(pid)).toBeUndefined();
});

test('a child that ends before it is ready fails its start with its log', async () => {
  const { spec, supervisor } = desk();
  const { waitUntilReady } = await import('../../local/child.ts');
  const broken = spec('broken', 'echo no database >&2; exit 2');
  const starting = supervisor.launch(broken, (child) => waitUntilReady(child, broken, async () => false));
  await expect(starting).rejects.toThrow(/broken ended at once \(exit code 2\)\n {4}no database/);
});

test('of a log only what was written since this start is shown', async () => {
  const { folder, spec, supervisor } = desk();
  const { EndedAtOnce, waitUntilReady } = await import('../../local/child.ts');
  appendFileSync(join(folder, 'broken.log'), 'of the start before\n');
  const broken = spec('broken', 'echo OKTA_API_TOKEN is not set >&2; exit 2');
  const starting = supervisor.launch(broken, (child) => waitUntilReady(child, broken, async () => false));
  const error = await starting.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EndedAtOnce);
  expect(error).toMatchObject({ exit: { code: 2 }, message: expect.stringContaining('OKTA_API_TOKEN is not set') });
  expect(String(error)).not.toContain('of the start before');
});

test('nothing is started any more once all is being stopped', async () => {
  const { spec, supervisor } = desk();
  await supervisor.stopAll();
  await expect(supervisor.launch(spec('late', 'sleep 60'), atOnce)).rejects.toThrow();
});

test('children that an earlier process left running are found by its record and ended; strangers are not', async () => {
  const { folder, spec } = desk();
  const left = await startChild(spec('left', 'exec sleep 60'));
  const stranger = await startChild(spec('stranger', 'exec sleep 60'));
  onTestFinished(() => stranger.stop());
  const record = { name: 'left', stopSignal: 'SIGTERM', graceMs: 1_000 };
  const reused = { ...record, name: 'reused', pid: stranger.pid, startedAt: 'before the reboot' };
  const file = join(folder, 'left.json');
  writeFileSync(file, JSON.stringify([{ ...record, ...left.identity }, reused]));
  const words: string[] = [];
  await new ChildRecords(file).endLeftOvers((line) => words.push(line));
  expect(identify(left.pid)).toBeUndefined();
  expect(identify(stranger.pid)).toBeDefined();
  expect(words).toEqual([`Ending left (pid ${left.pid}), which an earlier start left running`]);
});

test('a log that has grown large is put aside', async () => {
  const { folder, spec } = desk();
  const log = join(folder, 'talker.log');
  appendFileSync(log, 'x'.repeat(11 * 1024 * 1024));
  const child = await startChild(spec('talker', 'echo fresh'));
  await child.exited;
  expect(readFileSync(log, 'utf8')).toBe('fresh\n');
  expect(existsSync(`${log}.old`)).toBe(true);
});
