/** Following the log of a simulated Okta, with a Temporal that nobody works for: whom it tells, and when its place moves. */
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { type Followed, followEvents } from '../../activities/follow-events.ts';
import type { EventSubject, SourceEvent } from '../../domain/okta-event.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { logPosition, moveLogPosition } from '../../store/source-positions.ts';
import { changedSignal, manyChangedSignal, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { bareDependencies } from '../support/bare-dependencies.ts';
import { registerNamespace } from '../support/namespace.ts';
import { temporalAddress } from '../support/servers.ts';
import { testSecrets } from '../support/system.ts';
import { until } from '../support/until.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let connection: Connection;
let client: Client;
let lab: InProcess;
/** Its target's scope is an app of Okta's. */
let appLab: InProcess;
beforeAll(async () => {
  connection = await Connection.connect({ address: temporalAddress() });
  client = new Client({ connection, namespace: await registerNamespace(connection) });
  lab = await startInProcess({ people: 300, groups: 4, seed: 21 });
  const apps = [{ label: 'Another app', groups: [] }];
  appLab = await startInProcess({ people: 20, groups: 4, seed: 22, apps }, { app: '{app}' });
}, 120_000);
afterAll(async () => {
  await appLab?.stop();
  await lab?.stop();
  await connection?.close();
});
beforeEach(async () => {
  for (const one of [lab, appLab]) await standAtTheEnd(one);
});

/** What happened before is nobody's news. */
async function standAtTheEnd({ deps: { store, source } }: InProcess): Promise<void> {
  await sql`truncate source_position`.execute(store);
  let page = await source.events(undefined, new Date(Date.now() - 60_000).toISOString());
  while (page.events.length > 0) page = await source.events(page.next, '');
  await moveLogPosition(store, undefined, page.next);
}

const activeIn = (sandbox: InProcess['sandbox']): string[] =>
  (sandbox.okta.vendor.dump() as SavedOrg).users.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);

let taken = 0;
/** Somebody ACTIVE of whom no other test has told. */
function somebody({ sandbox }: InProcess = lab): string {
  const active = activeIn(sandbox);
  taken += 1;
  return active[taken % active.length] ?? '';
}
const change = (person: string, { okta }: InProcess = lab) => okta.updateUser(person, { title: `Title ${Date.now()}` });

const appsOf = ({ sandbox }: InProcess): string[] =>
  (sandbox.okta.vendor.dump() as SavedOrg).apps.map(({ app }) => app.id);

/** What a group gave cannot be taken from one person alone, so it is made theirs first. @returns the HTTP status */
async function unassign({ sandbox }: InProcess, app: string | undefined, person: string): Promise<number> {
  const headers = { authorization: `SSWS ${testSecrets.OKTA_API_TOKEN}`, 'content-type': 'application/json' };
  const url = `${sandbox.okta.origin}/api/v1/apps/${app}/users`;
  await fetch(url, { method: 'POST', headers, body: JSON.stringify({ id: person, scope: 'USER' }) });
  return (await fetch(`${url}/${person}`, { method: 'DELETE', headers })).status;
}

async function signals(workflowId: string): Promise<{ name: string; args: unknown[] }[]> {
  const history = await client.workflow
    .getHandle(workflowId)
    .fetchHistory()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError || /not found/.test(String(error))) return undefined;
      throw error;
    });
  return (history?.events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal
      ? [
          {
            name: signal.signalName ?? '',
            args: (signal.input?.payloads ?? []).map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString())),
          },
        ]
      : [],
  );
}
const timesTold = async (person: string): Promise<number> =>
  (await signals(workflowIds.personLifecycle(person))).filter(({ name }) => name === changedSignal.name).length;
const isTold = (person: string) => async () => (await timesTold(person)) > 0;
const cursor = async ({ deps }: InProcess = lab) => (await logPosition(deps.store))?.cursor;

interface Ways {
  readonly by?: Client;
  readonly changes?: Partial<Dependencies>;
  readonly in?: InProcess;
  /** Of Temporal's tries, which one this is. */
  readonly attempt?: number;
}

/** Begins to follow; `end` has the worker stop. */
function start({ by = client, changes = {}, in: where = lab, attempt = 1 }: Ways = {}) {
  const stopping = new AbortController();
  const catchUp = { everyMs: 50, signIns: false };
  const deps: Dependencies = { ...where.deps, catchUp, stopping: stopping.signal, ...changes };
  const environment = new MockActivityEnvironment(
    { attempt },
    { client: by, logger: new DefaultLogger('ERROR', () => {}) },
  );
  const followed: Promise<Followed> = environment.run(() => followEvents(deps));
  return {
    followed,
    stopping,
    environment,
    end: () => {
      stopping.abort();
      return followed;
    },
  };
}

async function followUntil(isSo: () => Promise<boolean>, ways: Ways = {}): Promise<Followed> {
  const { end, followed } = start(ways);
  await Promise.race([until('it is told', isSo, 20_000), followed]);
  return end();
}

type Tell = Client['workflow']['signalWithStart'];
/** The client, but each signal is given to `before` first. */
function clientThat(before: (workflowId: string) => Promise<void>): Client {
  const signalWithStart = async (...[type, options]: Parameters<Tell>) => {
    await before(options.workflowId);
    return client.workflow.signalWithStart(type, options);
  };
  const workflow = Object.create(client.workflow, { signalWithStart: { value: signalWithStart } });
  return Object.create(client, { workflow: { value: workflow } });
}

describe('who is told', () => {
  it('is everybody whom the log names, once for each page, and groups by themselves', async () => {
    const [ada, bob] = [somebody(), somebody()];
    const group = await lab.okta.createGroup(`Followed ${ada}`);
    await change(ada);
    await change(ada);
    await lab.okta.join(group.id, bob);
    await lab.okta.renameGroup(group.id, `Renamed ${ada}`);
    const groupTold = async () => (await signals(workflowIds.groupSync(group.id))).length === 1;
    const told = await followUntil(groupTold);
    expect(told).toMatchObject({ state: 'followed', people: 2, groups: 1, together: 0 });
    expect([await timesTold(ada), await timesTold(bob)]).toEqual([1, 1]);
    const { taskQueue } = await client.workflow.getHandle(workflowIds.personLifecycle(ada)).describe();
    expect(taskQueue).toBe(taskQueues.event);
  });

  it('one by one are two hundred within a minute; the others are told together', async () => {
    const crowd = activeIn(lab.sandbox).slice(-230);
    expect(new Set(crowd).size).toBe(230);
    const before = new Map(await Promise.all(crowd.map(async (id) => [id, await timesTold(id)] as const)));
    for (const person of crowd) await change(person);
    const isTogether = async () => (await signals(workflowIds.deltaSync())).length > 0;
    expect(await followUntil(isTogether)).toMatchObject({ people: 200, together: 30 });
    const many = await signals(workflowIds.deltaSync());
    expect(many).toEqual([{ name: manyChangedSignal.name, args: [crowd.slice(200)] }]);
    for (const [index, person] of crowd.entries())
      expect((await timesTold(person)) - (before.get(person) ?? 0), person).toBe(index < 200 ? 1 : 0);
  }, 60_000);

  it('are groups that are too many together, too', async () => {
    const names = Array.from({ length: 210 }, (_, at) => `imported ${at}`);
    const groups: string[] = [];
    for (const name of names) groups.push((await lab.okta.createGroup(name)).id);
    for (const group of groups) await lab.okta.renameGroup(group, `renamed ${group}`);
    const before = (await signals(workflowIds.deltaSync())).length;
    const isTogether = async () => (await signals(workflowIds.deltaSync())).length > before;
    expect(await followUntil(isTogether)).toMatchObject({ people: 0, groups: 200, together: 10 });
    const [many] = (await signals(workflowIds.deltaSync())).slice(before);
    expect(many).toEqual({ name: manyChangedSignal.name, args: [[], groups.slice(200)] });
  }, 60_000);

  it('are too many who were deleted or unassigned, which no list shows, kept on record all the same', async () => {
    const apps = [{ label: 'Another app', groups: [] }];
    const own = await startInProcess({ people: 290, groups: 4, seed: 23, apps }, { app: '{app}' });
    try {
      await own.sync();
      await standAtTheEnd(own);
      const everybody = activeIn(own.sandbox);
      const [app] = appsOf(own);
      const [leavers, unassigned] = [everybody.slice(0, 230), everybody.slice(230, 240)];
      expect([leavers.length, unassigned.length]).toEqual([230, 10]);
      for (const person of leavers) await own.okta.lifecycle(person, 'deactivate');
      for (const person of leavers) await own.okta.deleteUser(person);
      for (const person of unassigned) expect(await unassign(own, app, person)).toBe(204);
      const kept = async () => {
        const rows = await own.deps.store
          .selectFrom('okta_user as u')
          .innerJoin('changed_person as c', 'c.person_id', 'u.id')
          .leftJoin('subject as s', 's.person_id', 'u.id')
          .select(['u.id', 'u.is_missing', 'u.is_deleted', 'c.unread_since', 's.version'])
          .execute();
        const those = (isSo: (row: (typeof rows)[number]) => boolean) =>
          new Set<string>(rows.filter(isSo).map(({ id }) => id));
        return {
          deleted: those((row) => row.is_missing && row.is_deleted && row.version !== null),
          unread: those((row) => row.unread_since !== null),
        };
      };
      await followUntil(async () => (await kept()).unread.size === unassigned.length, { in: own });
      const { deleted, unread } = await kept();
      expect(leavers.slice(200).filter((person) => !deleted.has(person))).toEqual([]);
      expect([...unread].sort()).toEqual([...unassigned].sort());
    } finally {
      await own.stop();
    }
  }, 90_000);

  it('are those who sign in only where that is configured', async () => {
    const [ada, bob] = [somebody(), somebody()];
    const signIn = (person: string) =>
      fetch(`${lab.sandbox.control.origin}/okta/users/${person}/sign-in`, { method: 'POST', body: '{}' });
    expect((await signIn(ada)).status).toBe(200);
    await change(bob);
    await followUntil(isTold(bob));
    expect(await timesTold(ada)).toBe(0);
    expect((await signIn(ada)).status).toBe(200);
    await followUntil(isTold(ada), { changes: { catchUp: { everyMs: 50, signIns: true } } });
    expect(await timesTold(ada)).toBe(1);
  });

  it('are those assigned to the app that is a scope, and not to others', async () => {
    const [mine, other] = appsOf(appLab);
    const [ada, bob] = [somebody(appLab), somebody(appLab)];
    expect([await unassign(appLab, other, bob), await unassign(appLab, mine, ada)]).toEqual([204, 204]);
    await followUntil(isTold(ada), { in: appLab });
    expect(await timesTold(bob)).toBe(0);
    const asked = appLab.sandbox.okta.requests.since().findLast(({ path }) => path === '/api/v1/logs');
    expect(JSON.stringify(asked)).toContain(String(mine));
  });
});

describe('an event that does not tell whom it is about', () => {
  const [type, deltas] = ['user.lifecycle.deactivate', () => signals(workflowIds.deltaSync())];
  const targetOf = (person: string) => ({ kind: 'person', id: person }) as EventSubject;
  const pageOf = (events: readonly SourceEvent[]) => {
    let isTold = false;
    const { source } = lab.deps;
    const scripted: typeof source.events = async (...asked) => {
      if (isTold) return source.events(...asked);
      isTold = true;
      return { events, next: asked[0] ?? '' };
    };
    return Object.create(source, { events: { value: scripted } }) as typeof source;
  };

  it('has whatever changed asked for, once for each page, and its type and uuid told', async () => {
    const [ada, before] = [somebody(), (await deltas()).length];
    const source = pageOf([
      { id: 'uuid-1', type, targets: [] },
      { id: 'unreadable', type: 'unreadable', targets: [] },
      { id: 'uuid-3', type, targets: [targetOf(ada)] },
    ]);
    const warnings: unknown[] = [];
    const log = { info() {}, warn: (about: object) => warnings.push(about), error() {} };
    await followUntil(isTold(ada), { changes: { source, log } });
    expect((await deltas()).slice(before)).toEqual([{ name: manyChangedSignal.name, args: [[]] }]);
    expect(warnings).toEqual([
      { event: 'uuid-1', eventType: type },
      { event: 'unreadable', eventType: 'unreadable' },
    ]);
  });

  it('is passed over where its type can change nothing', async () => {
    const [ada, before] = [somebody(), (await deltas()).length];
    const source = pageOf([
      { id: 'uuid-1', type: 'system.api_token.create', targets: [] },
      { id: 'uuid-1', type: 'user.authentication.sso', targets: [] },
      { id: 'uuid-2', type, targets: [targetOf(ada)] },
    ]);
    await followUntil(isTold(ada), { changes: { source } });
    expect((await deltas()).length).toBe(before);
  });
});

describe('a log that cannot be read', () => {
  it.each([
    [4, 0],
    [5, 1],
    [6, 0],
    [15, 1],
  ])('has whatever changed asked for now and then: at try %i, %i times', async (attempt, times) => {
    const { source } = lab.deps;
    const away = Object.create(source, { events: { value: () => Promise.reject(new Error('away')) } });
    const before = (await signals(workflowIds.deltaSync())).length;
    await expect(start({ changes: { source: away }, attempt }).followed).rejects.toThrow('away');
    expect(await signals(workflowIds.deltaSync())).toHaveLength(before + times);
  });
});

describe('the place in the log', () => {
  it('moves only once all are told: whoever failed is told the next time, and the others again', async () => {
    const people = [somebody(), somebody(), somebody()];
    const [, second = ''] = people;
    for (const person of people) await change(person);
    const before = await cursor();
    let isAway = true;
    const shaky = clientThat(async (id) => {
      if (isAway && id === workflowIds.personLifecycle(second)) throw new Error('away');
    });
    await expect(start({ by: shaky }).followed).rejects.toThrow('away');
    expect(await cursor()).toBe(before);
    expect(await Promise.all(people.map(timesTold))).toEqual([1, 0, 1]);
    isAway = false;
    await followUntil(isTold(second), { by: shaky });
    expect(await cursor()).not.toBe(before);
    expect(await Promise.all(people.map(timesTold))).toEqual([2, 1, 2]);
  });

  it('is left to another who took over meanwhile and is further on', async () => {
    const [ada, bob, carol] = [somebody(), somebody(), somebody()];
    await change(ada);
    const { store, source } = lab.deps;
    const mine = await logPosition(store);
    let others: string | undefined;
    const overtaken = clientThat(async () => {
      if (others !== undefined) return;
      await change(bob);
      others = (await source.events(mine?.cursor, '')).next;
      await moveLogPosition(store, mine, others);
      await change(carol);
    });
    await followUntil(isTold(carol), { by: overtaken });
    // Told by the other one; from where that one stands it goes on.
    expect(await Promise.all([ada, bob, carol].map(timesTold))).toEqual([1, 0, 1]);
  });

  describe('that Okta takes no more', () => {
    const lost = async (): Promise<void> => {
      await appLab.deps.store.updateTable('source_position').set({ position: 'of-another-log' }).execute();
    };
    const fullSyncs = async () => {
      const all = await Array.fromAsync(client.workflow.list({ query: "WorkflowType = 'fullSync'" }));
      return all.map(({ workflowId }) => workflowId).filter((id) => id.startsWith(workflowIds.fullSync('log-lost-')));
    };

    it('is kept while Temporal does not take the full sync that brings what it hides', async () => {
      await lost();
      const begin = () => Promise.reject(new Error('away'));
      const workflow = Object.create(client.workflow, { start: { value: begin } });
      const shaky: Client = Object.create(client, { workflow: { value: workflow } });
      await expect(start({ by: shaky, in: appLab }).followed).rejects.toThrow('away');
      expect(await cursor(appLab)).toBe('of-another-log');
      expect(await fullSyncs()).toEqual([]);
    });

    it('leads to one full sync, however often it is tried, and to a new place, from which nobody is missed', async () => {
      await lost();
      const before = await appLab.deps.store.selectFrom('source_position').selectAll().executeTakeFirstOrThrow();
      const ada = somebody(appLab);
      await change(ada, appLab);
      const warnings: string[] = [];
      const log = { info() {}, warn: (_: object, message: string) => warnings.push(message), error() {} };
      await followUntil(isTold(ada), { changes: { log }, in: appLab });
      expect(await cursor(appLab)).not.toBe('of-another-log');
      expect(warnings).toEqual([expect.stringContaining('Okta does not take the position')]);
      await until('it is listed', async () => (await fullSyncs()).length === 1);
      // As if it had been cut off before it forgot the place.
      await sql`truncate source_position`.execute(appLab.deps.store);
      await appLab.deps.store.insertInto('source_position').values(before).execute();
      const bob = somebody(appLab);
      await change(bob, appLab);
      await followUntil(isTold(bob), { in: appLab });
      expect(await fullSyncs()).toHaveLength(1);
    });
  });
});

describe('it ends', () => {
  it('at once where the log is not to be followed, without asking anybody', async () => {
    const { store } = lab.deps;
    const environment = new MockActivityEnvironment({}, { client });
    const followed = environment.run(() => followEvents(bareDependencies(store)));
    expect(await followed).toEqual({ state: 'switched-off', people: 0, groups: 0, together: 0 });
  });

  it('at once when its worker stops while it rests', async () => {
    const ada = somebody();
    await change(ada);
    const before = lab.sandbox.okta.requests.last;
    const { end } = start({ changes: { catchUp: { everyMs: 600_000, signIns: false } } });
    const looks = () => lab.sandbox.okta.requests.since(before).filter(({ route }) => route.endsWith('/logs'));
    await until('it finds nothing more', () => looks().length === 2);
    expect(await timesTold(ada)).toBe(1);
    const began = performance.now();
    expect(await end()).toMatchObject({ state: 'followed', people: 1, readUntil: expect.any(String) });
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  it('when its worker stops in the middle of a page, once all on it are told', async () => {
    const [ada, bob] = [somebody(), somebody()];
    for (const person of [ada, bob]) await change(person);
    const before = await cursor();
    const following = start({
      by: clientThat(async () => following.stopping.abort()),
      changes: { catchUp: { everyMs: 600_000, signIns: false } },
    });
    const told = await following.followed;
    expect(told).toMatchObject({ people: 2 });
    expect(told).not.toHaveProperty('readUntil');
    expect([await timesTold(ada), await timesTold(bob), (await cursor()) === before]).toEqual([1, 1, false]);
  });

  it('of a worker that stops already it reads nothing, and does not say that it did', async () => {
    const before = lab.sandbox.okta.requests.last;
    const following = start({ changes: { stopping: AbortSignal.abort() } });
    expect(await following.followed).toEqual({ state: 'followed', people: 0, groups: 0, together: 0 });
    expect(lab.sandbox.okta.requests.last).toBe(before);
  });

  it('when its workflow is cancelled', async () => {
    const ada = somebody();
    await change(ada);
    const { followed, environment } = start({ changes: { catchUp: { everyMs: 600_000, signIns: false } } });
    await until('it is told', isTold(ada));
    environment.cancel('CANCELLED');
    await expect(followed).rejects.toThrow(/CANCELLED/);
  });
});
