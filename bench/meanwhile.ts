/** What goes on while offboardings arrive: bulk work, or a flood of events. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import type { Call } from './calls.ts';
import { fullSync } from './phase.ts';
import { countOf } from './simulators.ts';
import { oktaSecret, type System } from './system.ts';
import type { VendorApis } from './vendor-apis.ts';

export interface Meanwhile {
  /** Such as `10,000 new people in a sync`. */
  readonly name: string;
  /** What it is made of, before the clock runs. */
  prepare(): Promise<void>;
  /** Resolves once it is under way, with what resolves when all of it was asked for. */
  begin(): Promise<{ readonly asked: Promise<unknown> }>;
  /** Whether this call is what it comes to at the target. It lasts from the first to the last. */
  isPart(call: Call): boolean;
}

interface Bench {
  readonly system: System;
  readonly api: VendorApis;
}

const concurrency = 8;

/** A full sync that creates an account for each of so many new people. */
export function bulkLoad({ system, api }: Bench, count: number, scopeGroupId: string): Meanwhile {
  return {
    name: `a sync with ${count.toLocaleString('en')} new people`,
    async prepare() {
      const names = Array.from({ length: count }, () => randomUUID().slice(0, 13));
      await pMap(names, (name) => addPerson(api, name, scopeGroupId), { concurrency });
    },
    async begin() {
      // Whoever is offboarded meanwhile is planned again.
      const asked = fullSync(system, { mayBeStale: true });
      while ((await countOf(system.simulators, 'atlassian-cloud', /^POST .*\/Users$/)) === 0) await delay(250);
      return { asked };
    },
    isPart: ({ method, path }) => method === 'POST' && path.endsWith('/Users'),
  };
}

async function addPerson(api: VendorApis, name: string, group: string): Promise<void> {
  const login = `${name}@example.com`;
  const { id } = await api.createUser({ login, email: login, firstName: 'New', lastName: name });
  await api.join(group, id);
}

/** The event hook tells so many times that one of these people has changed, and each of them has. */
export function eventFlood({ system, api }: Bench, count: number, people: readonly string[]): Meanwhile {
  const title = `Engineer ${randomUUID()}`;
  return {
    name: `${count.toLocaleString('en')} events about ${people.length.toLocaleString('en')} people`,
    prepare: async () => {
      await pMap(people, (id) => api.updateUser(id, { title }), { concurrency });
    },
    begin: async () => ({ asked: tell(system, people, count) }),
    isPart: ({ method, body }) => method === 'PATCH' && JSON.stringify(body ?? {}).includes(title),
  };
}

const perDelivery = 100;

async function tell({ receiverUrl }: System, people: readonly string[], count: number): Promise<void> {
  const subjects = Array.from({ length: count }, (_, index) => people[index % people.length]);
  const deliveries = Array.from({ length: Math.ceil(count / perDelivery) }, (_, index) =>
    subjects.slice(index * perDelivery, (index + 1) * perDelivery),
  );
  await pMap(deliveries, (ids) => deliver(receiverUrl, ids), { concurrency });
}

/** What is answered by 503 was not taken, and is sent again after a while. */
async function deliver(receiverUrl: string, ids: readonly (string | undefined)[]): Promise<void> {
  const events = ids.map((id) => ({ eventType: 'user.account.update_profile', target: [{ id, type: 'User' }] }));
  const body = JSON.stringify({ eventType: 'com.okta.event_hook', data: { events } });
  const headers = { 'content-type': 'application/json', authorization: oktaSecret };
  for (;;) {
    const answer = await fetch(`${receiverUrl}/hooks/okta`, { method: 'POST', headers, body });
    if (answer.status === 204) return;
    if (answer.status !== 503) throw new Error(`the receiver answered ${answer.status}: ${await answer.text()}`);
    await delay(Number(answer.headers.get('retry-after') ?? 1) * 1_000);
  }
}
