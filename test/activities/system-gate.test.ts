/** The way of urgent work to a system: one that hangs or is away holds up nobody else, and is asked no more than it takes. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { type Passing, throughGate } from '../../activities/system-gate.ts';
import type { CheckResult } from '../../domain/directory.ts';

const says =
  (status: CheckResult['status'], check = 'connection') =>
  async () => [{ check, status, message: '' }];
/** A connection whose checks end as they are told. */
const directory = (check: () => Promise<CheckResult[]> = says('ok')) => ({ check: vi.fn(check) });
type Directory = ReturnType<typeof directory>;

const pass = (to: Directory, attempt: number, passing: Partial<Passing<string>> = {}): Promise<string> =>
  new MockActivityEnvironment({ attempt }).run(() =>
    throughGate(to, { system: 'cloud', signal: new AbortController().signal, work: async () => 'done', ...passing }),
  );
const isRefused = { kind: 'Unavailable', message: 'cloud: does not answer' };

/** Forty whose work does not end before it is told to. */
function occupy(to: Directory) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = vi.fn(() => promise);
  return { all: Array.from({ length: 40 }, () => pass(to, 1, { work })), work, end: resolve, fail: reject };
}

afterEach(() => {
  vi.useRealTimers();
});

it('a system that hangs is worked on by forty at a time, and another one as ever', async () => {
  const [hanging, other] = [directory(), directory()];
  const { all, work, end } = occupy(hanging);
  const behind = Array.from({ length: 60 }, () => pass(hanging, 1, { work }));
  await expect(pass(other, 1)).resolves.toBe('done');
  expect(work).toHaveBeenCalledTimes(40);
  end('at last');
  expect(new Set(await Promise.all([...all, ...behind]))).toEqual(new Set(['at last']));
});

it('nobody waits behind it for long', async () => {
  const timeout = new AbortController();
  const timeouts = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timeout.signal);
  const hanging = directory();
  const { all, end } = occupy(hanging);
  const work = vi.fn(async () => 'done');
  const behind = pass(hanging, 1, { work });
  timeout.abort(new DOMException('', 'TimeoutError'));
  await expect(behind).rejects.toMatchObject({ kind: 'Unavailable', message: 'cloud: too many are at work there' });
  expect([work.mock.calls.length, timeouts.mock.calls[0]]).toEqual([0, [10_000]]);
  timeouts.mockRestore();
  end('');
  await Promise.all(all);
  await expect(pass(hanging, 1)).resolves.toBe('done');
});

it('of all who try again at once one asks, and nobody does within a second', async () => {
  const away = directory(says('failed'));
  const tries = (attempt: number) => Promise.allSettled(Array.from({ length: 20 }, () => pass(away, attempt)));
  for (const tried of [...(await tries(2)), ...(await tries(3))])
    expect(tried).toMatchObject({ status: 'rejected', reason: isRefused });
  expect(away.check).toHaveBeenCalledTimes(1);
});

it('while somebody asks again the others keep to what was said last, and go on once it answers', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const to = directory(says('failed'));
  await expect(pass(to, 2)).rejects.toMatchObject(isRefused);
  vi.advanceTimersByTime(1_001);
  const { promise, resolve } = Promise.withResolvers<CheckResult[]>();
  to.check.mockReturnValue(promise);
  const asking = pass(to, 5);
  await expect(pass(to, 5)).rejects.toMatchObject(isRefused);
  resolve(await says('ok')());
  await expect(asking).resolves.toBe('done');
  await expect(pass(to, 5)).resolves.toBe('done');
  expect(to.check).toHaveBeenCalledTimes(2);
});

it('whoever comes for the first time tries for themselves', async () => {
  const away = directory(says('failed'));
  await expect(pass(away, 2)).rejects.toMatchObject(isRefused);
  await expect(pass(away, 1)).resolves.toBe('done');
});

it.each(['credentials', 'list-accounts'])(
  'a system that answers, if only to refuse, is not away: %s',
  async (check) => {
    await expect(pass(directory(says('failed', check)), 2)).resolves.toBe('done');
  },
);

it('when the one who asks is told to stop, nothing was found out', async () => {
  const to = directory(() => Promise.reject(new DOMException('', 'AbortError')));
  await expect(pass(to, 2)).resolves.toBe('done');
  to.check.mockImplementation(says('failed'));
  await expect(pass(to, 2)).rejects.toMatchObject(isRefused);
});

it('whoever is told to stop while waiting is gone at once, and the place is not lost', async () => {
  const to = directory();
  const { all, end } = occupy(to);
  const stop = new AbortController();
  const work = vi.fn(async () => 'done');
  const behind = pass(to, 1, { work, signal: stop.signal });
  stop.abort(new Error('told to stop'));
  await expect(behind).rejects.toThrow('told to stop');
  expect(work).not.toHaveBeenCalled();
  end('');
  await Promise.all(all);
  await expect(pass(to, 1)).resolves.toBe('done');
});
