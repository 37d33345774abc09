/** A process that observes a side for as long as it is allowed to, and tells its parent how that ends. */
import { connectStore } from '../../store/connect.ts';
import { withSides } from '../../store/side-lock.ts';

const [url = '', side = ''] = process.argv.slice(2);
const store = connectStore({ url });
const untilAborted = (signal: AbortSignal): Promise<never> => {
  process.send?.('holds it');
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
};
await withSides(store, [side], 'observe', new AbortController().signal, untilAborted).catch((error: unknown) =>
  process.send?.(error instanceof Error ? error.message : String(error)),
);
await store.destroy();
process.disconnect();
