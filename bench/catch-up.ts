/**
 * How long a change at Okta takes to its target where no hook tells of it: by the System Log alone. Each change is made at a
 * random moment between two looks at the log, once the one before has arrived. The vendors answer in 50 ms.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { keepCatchingUp } from '../temporal/ask.ts';
import type { Call } from './calls.ts';
import { type Percentiles, percentilesOf } from './percentiles.ts';
import { seeded } from './random.ts';
import { callsSoFar, countOf, forgetCalls, type Simulators, setLatency, vendorLatencyMs } from './simulators.ts';
import type { System } from './system.ts';
import type { VendorApis } from './vendor-apis.ts';

export interface CatchUpResult {
  /** Between two looks at the log, as configured. Milliseconds, as are the waits. */
  readonly everyMs: number;
  readonly waits: Percentiles;
}

export interface CatchUpOptions {
  /** Okta ids of people in scope who are in step; one change for each of them. */
  readonly people: readonly string[];
  readonly everyMs: number;
}

const patienceMs = 120_000;

/** @throws Error when a change has not arrived two minutes after it was made */
export async function measureCatchUp(
  { system: { simulators, client }, api }: { readonly system: System; readonly api: VendorApis },
  { people, everyMs }: CatchUpOptions,
): Promise<CatchUpResult> {
  await setLatency(simulators, vendorLatencyMs);
  await forgetCalls(simulators);
  await keepCatchingUp(client);
  await inTime('a look at the log', async () => (await looks(simulators)) > 1);
  const random = seeded(11);
  for (const [index, person] of people.entries()) {
    await delay(random() * everyMs);
    await api.updateUser(person, { title: titleOf(person) });
    await inTime(`change ${index + 1} at the target`, async () => (await writes(simulators)) > index);
  }
  const calls = await callsSoFar(simulators);
  await setLatency(simulators, 0);
  return { everyMs, waits: percentilesOf(people.map((person) => waitOf(person, calls))) };
}

const titleOf = (person: string): string => `Caught up with ${person}`;

/** From the change at Okta to the change at the target, each by the simulators' clock. */
function waitOf(person: string, calls: readonly Call[]): number {
  const about = calls.filter(
    ({ status, body }) => status === 200 && JSON.stringify(body ?? {}).includes(titleOf(person)),
  );
  const [made, arrived] = (['okta', 'atlassian-cloud'] as const).map((side) =>
    about.find(({ simulator }) => simulator === side),
  );
  if (!made || !arrived) throw new Error(`the change of ${person} is not in the simulators' logs`);
  return arrived.at - made.at;
}

const looks = (simulators: Simulators): Promise<number> => countOf(simulators, 'okta', /^GET .*\/logs$/);
const writes = (simulators: Simulators): Promise<number> => countOf(simulators, 'atlassian-cloud', /^P.*\/Users\/:id$/);

async function inTime(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + patienceMs; !(await isSo()); await delay(100))
    if (Date.now() > until) throw new Error(`there was not ${what} within ${patienceMs} ms`);
}
