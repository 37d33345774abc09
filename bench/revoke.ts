/**
 * Time to revoke: from right before HR's signed call to the change of state in each simulator, and until the evidence is
 * complete, for arrivals that do not wait for one another. The vendors answer in 50 ms.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Call } from './calls.ts';
import { evidenceOf } from './evidence.ts';
import type { Meanwhile } from './meanwhile.ts';
import { type Percentiles, percentilesOf } from './percentiles.ts';
import { seeded } from './random.ts';
import { deactivations, leavings, suspensions, type Times } from './revocations.ts';
import type { Simulators } from './simulators.ts';
import { callsSoFar, forgetCalls, setLatency, setOktaAway, vendorLatencyMs } from './simulators.ts';
import { hrKey, type System } from './system.ts';
import type { VendorApis } from './vendor-apis.ts';

export interface RevokeResult {
  readonly name: string;
  readonly arrivals: number;
  readonly perSecond: number;
  /** Answers of 503, to all who were ordered: the same was sent again, as HR's system does, while its clock went on. */
  readonly sentAgain: number;
  /** Milliseconds. */
  readonly systems: Readonly<Record<'Okta' | 'target' | 'memberships' | 'evidence', Percentiles>>;
  /** What went on meanwhile. Only those who arrived before its last write are counted. */
  readonly meanwhile?: { readonly name: string; readonly writes: number; readonly seconds: number };
  readonly isOktaAway: boolean;
}

export interface RevokeOptions {
  readonly people: readonly string[];
  readonly perSecond: number;
  readonly meanwhile?: Meanwhile;
  /** Okta answers 503 until the last arrival has no access at the target; its part follows when it is back. */
  readonly isOktaAway: boolean;
}

/** @throws Error when somebody still has access two minutes after the last arrival */
export async function measureRevoke(
  { system, api }: { readonly system: System; readonly api: VendorApis },
  name: string,
  { people, perSecond, meanwhile, isOktaAway }: RevokeOptions,
): Promise<RevokeResult> {
  await meanwhile?.prepare();
  const personOf = await personByAccount(api);
  await setLatency(system.simulators, vendorLatencyMs);
  await forgetCalls(system.simulators);
  const under = await meanwhile?.begin();
  // Should it fail, that is told below, by whoever awaits it.
  under?.asked.catch(() => undefined);
  await setOktaAway(system.simulators, isOktaAway);
  const { receivedAt, sentAgain } = await arrive(system, people, perSecond);
  if (isOktaAway) {
    await untilAllAreOut(system.simulators, people, (calls) => deactivations(calls, personOf));
    await setOktaAway(system.simulators, false);
  }
  const calls = await untilAllAreOut(system.simulators, people, suspensions);
  const completeAt = await evidenceOf(system.databaseUrl, people);
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
    sentAgain,
    systems: {
      Okta: percentiles(counted, receivedAt, suspensions(calls)),
      target: percentiles(counted, receivedAt, deactivations(calls, personOf)),
      memberships: percentiles(counted, receivedAt, leavings(calls, personOf)),
      evidence: percentiles(counted, receivedAt, completeAt),
    },
    ...(meanwhile ? { meanwhile: { name: meanwhile.name, writes: writes.length, seconds } } : {}),
    isOktaAway,
  };
}

interface Arrivals {
  /** When each was first asked for. */
  readonly receivedAt: ReadonlyMap<string, number>;
  readonly sentAgain: number;
}

/** At random, so many a second on average, whatever became of the ones before. */
async function arrive(system: System, people: readonly string[], perSecond: number): Promise<Arrivals> {
  const receivedAt = new Map<string, number>();
  const sent: Promise<number>[] = [];
  const random = seeded(7);
  let dueAt = performance.now();
  for (const person of people) {
    dueAt += (-Math.log(1 - random()) * 1_000) / perSecond;
    await delay(Math.max(0, dueAt - performance.now()));
    receivedAt.set(person, Date.now());
    sent.push(order(system, person));
  }
  const again = await Promise.all(sent);
  return { receivedAt, sentAgain: again.reduce((sum, times) => sum + times, 0) };
}

const mostTimesAgain = 10;

/** As HR's system does it. @returns how often it was sent again @throws Error when it is not accepted */
async function order(system: System, person: string): Promise<number> {
  const id = randomUUID();
  for (let again = 0; ; again += 1) {
    const answer = await send(system, id, person);
    if (answer.status === 202) return again;
    const told = `the receiver answered ${answer.status}: ${await answer.text()}`;
    if (answer.status !== 503 || again === mostTimesAgain) throw new Error(told);
    await delay(Number(answer.headers.get('retry-after')) * 1_000);
  }
}

/** Signed anew each time: a signature is good for five minutes. */
function send({ receiverUrl }: System, id: string, person: string): Promise<Response> {
  const body = JSON.stringify({ kind: 'offboard', person: { oktaId: person }, reason: 'bench' });
  const at = new Date();
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(hrKey).sign(id, at, body),
  };
  return fetch(`${receiverUrl}/hooks/hr`, { method: 'POST', headers, body });
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

const personByAccount = async (api: VendorApis): Promise<Map<string, string>> =>
  new Map((await api.accounts()).map(({ id, externalId }) => [id, externalId ?? id]));

function percentiles(who: readonly string[], from: Times, to: Times): Percentiles {
  return percentilesOf(
    who.flatMap((person) => {
      const [start, end] = [from.get(person), to.get(person)];
      return start === undefined || end === undefined ? [] : [end - start];
    }),
  );
}
