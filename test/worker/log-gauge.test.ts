import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectStore, type Store } from '../../store/connect.ts';
import { logPosition, moveLogPosition } from '../../store/source-positions.ts';
import { registerLogGauge } from '../../worker/log-gauge.ts';
import { freshDatabase } from '../support/servers.ts';

let store: Store;
let drop: () => Promise<unknown>;
beforeAll(async () => {
  const database = await freshDatabase();
  store = connectStore({ url: database.url });
  drop = () => database.drop();
});
afterAll(async () => {
  await store?.destroy();
  await drop?.();
});

const registry = new Registry();
const age = async (): Promise<number | undefined> => {
  const [, seconds] = /^lockstep_okta_log_age_seconds (\S+)$/m.exec(await registry.metrics()) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
};

it("the age of Okta's log counts from when it was due until it is read, and then from when it was read last", async () => {
  registerLogGauge(registry, store, new Date(Date.now() - 600_000));
  expect(await age()).toBeGreaterThanOrEqual(600);
  await moveLogPosition(store, undefined, 'a-place');
  expect(await age()).toBeLessThan(60);
  // A place that Okta takes no more is given up; that alone is no reason to alarm anybody.
  await moveLogPosition(store, await logPosition(store), undefined);
  expect(await age()).toBeLessThan(60);
});

it('there is no value rather than an old one without the database', async () => {
  const away = new Registry();
  const nowhere = connectStore({ url: 'postgres://nobody@127.0.0.1:9/none' });
  registerLogGauge(away, nowhere, new Date());
  expect(await away.metrics()).not.toMatch(/^lockstep_okta_log_age_seconds /m);
  await nowhere.destroy();
});
