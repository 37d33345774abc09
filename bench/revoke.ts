/**
 * Time to revoke: from right before HR's signed call to the change of state in each simulator, for arrivals that do not wait
 * for one another. The vendors answer in 50 ms.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Call } from './calls.ts';
import type { Meanwhile } from './meanwhile.ts';
import type { Simulators } from './simulators.ts';
import { callsSoFar, forgetCalls, setLatency, setOktaAway } from './simulators.ts';
import { hrKey, type System } from './system.ts';
import type { VendorApis } from './vendor-apis.ts';

export interface RevokeResult {
  readonly name: string;
  readonly arrivals: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly systems: Readonly<Record<'Okta' | 'target' | 'memberships', Percentiles>>;
  /** What went on meanwhile. Only those who arrived before its last write are counted. */
  readonly meanwhile?: { readonly name: string; readonly writes: number; readonly seconds: number };
  readonly isOktaAway: boolean;
}

export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface RevokeOptions {
  readonly people: readonly string[];
  readonly perSecond: number;
  readonly meanwhile?: Meanwhile;
  /** Okta answers 503 until the last arrival has no access at the target; its part follows when it is back. */
  readonly isOktaAway: boolean;
}

const latencyMs = 50;

/** @throws Error when somebody still has access two minutes after the last arrival */
export async function measureRevoke(
  { system, api }: { readonly system: System; readonly api: VendorApis },
  name: string,
  { people, perSecond, meanwhile, isOktaAway }: RevokeOptions,
): Promise<RevokeResult> {
  await meanwhile?.prepare();
  const personOf = await personByAccount(api);
  await setLatency(system.simulators, latencyMs);
  await forgetCalls(system.simulators);
  const under = await meanwhile?.begin();
  await setOktaAway(system.simulators, isOktaAway);
  const receivedAt = await arrive(system, people, perSecond);
  if (isOktaAway) {
    await untilAllAreOut(system.simulators, people, (calls) => deactivations(calls, personOf));
    await setOktaAway(system.simulators, false);
  }
  const calls = await untilAllAreOut(system.simulators, people, suspensions);
  await under?.asked;
  await setLatency(system.simulators, 0);
  const writes = meanwhile ? calls.filter((call) => meanwhile.isPart(call)) : [];
  const end = meanwhile ? (writes.at(-1)?.at ?? 0) : Number.POSITIVE_INFINITY;
  const counted = people.filter((person) => (receivedAt.get(person) ?? 0) <= end);
  const seconds = (end - (writes[0]?.at ?? 0)) / 1_000;
  return {
    name,
    arrivals: counted.length,
    perSecond,
    systems: {
      Okta: percentiles(counted, receivedAt, suspensions(calls)),
      target: percentiles(counted, receivedAt, deactivations(calls, personOf)),
      memberships: percentiles(counted, receivedAt, lastRemovals(calls, personOf)),
    },
    ...(meanwhile ? { meanwhile: { name: meanwhile.name, writes: writes.length, seconds } } : {}),
    isOktaAway,
  };
}

/** At random, so many a second on average, whatever became of the ones before. @returns when each was asked for */
async function arrive(system: System, people: readonly string[], perSecond: number): Promise<Map<string, number>> {
  const receivedAt = new Map<string, number>();
  const sent: Promise<unknown>[] = [];
  const random = seeded(7);
  let dueAt = performance.now();
  for (const person of people) {
    dueAt += (-Math.log(1 - random()) * 1_000) / perSecond;
    await delay(Math.max(0, dueAt - performance.now()));
    receivedAt.set(person, Date.now());
    sent.push(ask(system, person));
  }
  await Promise.all(sent);
  return receivedAt;
}

/** As HR's system does it. @throws Error when it is not accepted */
async function ask({ receiverUrl }: System, person: string): Promise<void> {
  const body = JSON.stringify({ kind: 'offboard', person: { oktaId: person }, reason: 'bench' });
  const [id, at] = [randomUUID(), new Date()];
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(hrKey).sign(id, at, body),
  };
  const answer = await fetch(`${receiverUrl}/hooks/hr`, { method: 'POST', headers, body });
  if (answer.status !== 202) throw new Error(`the receiver answered ${answer.status}: ${await answer.text()}`);
}

/** The same sequence each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const patienceMs = 120_000;

async function untilAllAreOut(
  simulators: Simulators,
  people: readonly string[],
  outIn: (calls: readonly Call[]) => Times,
): Promise<Call[]> {
  for (const until = Date.now() + patienceMs; ; ) {
    const calls = await callsSoFar(simulators);
    const out = outIn(calls);
    const [left] = people.filter((person) => !out.has(person));
    const isQuiet = Date.now() - (calls.findLast(isRemoval)?.at ?? 0) > 3_000;
    if (left === undefined && isQuiet) return calls;
    if (Date.now() > until) throw new Error(`${left ?? 'somebody'} still has access after ${patienceMs} ms`);
    // Asking for the whole log costs the simulators some of the time that is measured.
    await delay(3_000);
  }
}

const isRemoval = ({ simulator, method }: Call): boolean => simulator === 'atlassian-cloud' && method === 'PATCH';

/** Person → when. */
type Times = ReadonlyMap<string, number>;

const suspensions = (calls: readonly Call[]): Times =>
  new Map(
    calls.flatMap(({ at, method, path, status }) => {
      const person = /\/users\/([^/]+)\/lifecycle\/(?:suspend|deactivate)$/.exec(path)?.[1];
      return method === 'POST' && status === 200 && person !== undefined ? [[person, at] as const] : [];
    }),
  );

function deactivations(calls: readonly Call[], personOf: ReadonlyMap<string, string>): Times {
  return new Map(
    calls.flatMap(({ at, method, path, status, body }) => {
      const person = personOf.get(/\/Users\/([^/]+)$/.exec(path)?.[1] ?? '');
      const isOff = JSON.stringify(body ?? {}).includes('false');
      return method === 'PATCH' && status === 200 && isOff && person !== undefined ? [[person, at] as const] : [];
    }),
  );
}

/** When each was out of the last of their groups. */
function lastRemovals(calls: readonly Call[], personOf: ReadonlyMap<string, string>): Times {
  const times = new Map<string, number>();
  for (const { at, method, path, status, body } of calls) {
    if (method !== 'PATCH' || !/\/Groups\/[^/]+$/.test(path) || status >= 300) continue;
    const text = JSON.stringify(body ?? {});
    if (!text.includes('remove')) continue;
    for (const [account, person] of personOf) if (text.includes(account)) times.set(person, at);
  }
  return times;
}

const personByAccount = async (api: VendorApis): Promise<Map<string, string>> =>
  new Map((await api.accounts()).map(({ id, externalId }) => [id, externalId ?? id]));

function percentiles(who: readonly string[], from: Times, to: Times): Percentiles {
  const waits = who
    .flatMap((person) => {
      const [start, end] = [from.get(person), to.get(person)];
      return start === undefined || end === undefined ? [] : [end - start];
    })
    .sort((a, b) => a - b);
  const at = (share: number): number => waits[Math.min(waits.length - 1, Math.ceil(waits.length * share) - 1)] ?? 0;
  return { count: waits.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
