/** Askings that are shared: how many there are, whom they answer, and that nobody waits longer than they wanted. */
import { expect, it } from 'vitest';
import { askingTogether } from '../../receiver/asking-together.ts';

const forEver = new AbortController().signal;

/** Each asking is answered by hand, with its number. */
function byHand() {
  const askings: { readonly key: string; readonly signal: AbortSignal; answer(): void; fail(): void }[] = [];
  const ask = askingTogether((key, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const number = askings.length;
    askings.push({ key, signal, answer: () => resolve(number), fail: () => reject(new Error('away')) });
    return promise;
  });
  return { askings, ask };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('who comes while it is asked for is answered by the next asking, together', async () => {
  const { askings, ask } = byHand();
  const first = ask('ada', forEver);
  await turn();
  const later = [ask('ada', forEver), ask('ada', forEver)];
  const other = ask('bob', forEver);
  await turn();
  expect(askings.map(({ key }) => key)).toEqual(['ada', 'bob']);
  askings[0]?.answer();
  expect(await first).toBe(0);
  await turn();
  expect(askings.map(({ key }) => key)).toEqual(['ada', 'bob', 'ada']);
  for (const one of askings) one.answer();
  expect(await Promise.all([other, ...later])).toEqual([1, 2, 2]);
});

it('nobody waits longer than they wanted, and an asking that nobody waits for is ended and holds nobody up', async () => {
  const { askings, ask } = byHand();
  const [short, shorter] = [new AbortController(), new AbortController()];
  const first = ask('ada', short.signal);
  await turn();
  const second = ask('ada', shorter.signal);
  shorter.abort();
  expect(await second).toBeUndefined();
  const third = ask('ada', forEver);
  await turn();
  expect([askings.length, askings[0]?.signal.aborted]).toEqual([1, false]);
  short.abort();
  expect(await first).toBeUndefined();
  expect(askings[0]?.signal.aborted).toBe(true);
  await turn();
  askings[1]?.answer();
  expect(await third).toBe(1);
  expect(askings).toHaveLength(2);
});

it('a failure is that of all who shared it, and of nobody else', async () => {
  const { askings, ask } = byHand();
  const first = ask('ada', forEver);
  await turn();
  const second = ask('ada', forEver);
  askings[0]?.fail();
  await expect(first).rejects.toThrow('away');
  await turn();
  askings[1]?.answer();
  expect(await second).toBe(1);
});
