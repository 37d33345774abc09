/** The way of urgent work to a system: one that hangs or is away holds up nobody else, and is asked no more than it takes. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it, vi } from 'vitest';
import { type Passing, throughGate } from '../../activities/system-gate.ts';
import { Failure } from '../../domain/failure.ts';

const away = () => Promise.reject(new Failure('Unavailable', 'away'));
const pass = (directory: object, attempt: number, passing: Partial<Passing<string>>): Promise<string> =>
  new MockActivityEnvironment({ attempt }).run(() =>
    throughGate(directory, {
      system: 'cloud',
      signal: new AbortController().signal,
      ask: async () => {},
      work: async () => 'done',
      ...passing,
    }),
  );
const isRefused = { message: 'cloud: does not answer' };

it('a system that hangs is worked on by 40 at a time, and another one as ever', async () => {
  const [hanging, other] = [{}, {}];
  const { promise: never, resolve } = Promise.withResolvers<string>();
  const work = vi.fn(() => never);
  const all = Array.from({ length: 100 }, () => pass(hanging, 1, { work }));
  await expect(pass(other, 1, {})).resolves.toBe('done');
  expect(work).toHaveBeenCalledTimes(40);
  resolve('at last');
  expect(new Set(await Promise.all(all))).toEqual(new Set(['at last']));
});

it('those who wait behind others are refused once somebody has found it away', async () => {
  const directory = {};
  const { promise: never, reject } = Promise.withResolvers<string>();
  const first = Array.from({ length: 40 }, () => pass(directory, 1, { work: () => never }));
  const behind = pass(directory, 1, {});
  await expect(pass(directory, 2, { ask: away })).rejects.toMatchObject(isRefused);
  await expect(pass(directory, 1, {})).rejects.toMatchObject(isRefused);
  reject(new Error('timed out'));
  await Promise.allSettled(first);
  await expect(behind).rejects.toMatchObject(isRefused);
});

it('while somebody asks again, the others keep to what was said last', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const directory = {};
    await expect(pass(directory, 2, { ask: away })).rejects.toMatchObject(isRefused);
    vi.advanceTimersByTime(1_001);
    const { promise, resolve } = Promise.withResolvers<void>();
    const asking = pass(directory, 5, { ask: () => promise });
    const ask = vi.fn(away);
    await expect(pass(directory, 5, { ask })).rejects.toMatchObject(isRefused);
    expect(ask).not.toHaveBeenCalled();
    resolve();
    await expect(asking).resolves.toBe('done');
    await expect(pass(directory, 1, { ask })).resolves.toBe('done');
  } finally {
    vi.useRealTimers();
  }
});

it.each(['AccessDenied', 'Rejected'] as const)('who is answered %s does not find it away', async (kind) => {
  const ask = () => Promise.reject(new Failure(kind, 'no'));
  await expect(pass({}, 2, { ask })).resolves.toBe('done');
});

it('whoever is told to stop while waiting does nothing any more', async () => {
  const directory = {};
  const { promise: never, resolve } = Promise.withResolvers<string>();
  const first = Array.from({ length: 40 }, () => pass(directory, 1, { work: () => never }));
  const stop = new AbortController();
  const work = vi.fn(async () => 'done');
  const behind = pass(directory, 1, { work, signal: stop.signal });
  stop.abort();
  resolve('');
  await Promise.all(first);
  await expect(behind).rejects.toThrow();
  expect(work).not.toHaveBeenCalled();
});
