/** What operators ask for, and what comes due: on a real database, with a Temporal that nobody works for. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../activities/commands.ts';
import { askForDueWork } from '../../activities/due.ts';
import { pauseIfFailing } from '../../activities/pause.ts';
import type { Shortfall } from '../../domain/completeness.ts';
import type { CheckResult } from '../../domain/directory.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { settleParked } from '../../store/due.ts';
import { savePeople } from '../../store/okta-mirror.ts';
import { beginSnapshot, finishSnapshot, oktaSide } from '../../store/snapshots.ts';
import { saveAccounts } from '../../store/target-mirror.ts';
import { pausedTargets } from '../../store/target-state.ts';
import { type Command, type SyncRequest, syncRequestedSignal, workflowIds } from '../../workflows/contract.ts';
import { bareDependencies, bareTarget } from '../support/bare-dependencies.ts';
import { accountId, alice, anAccount, aPerson, bob, engineers } from '../support/domain-builders.ts';
import { registerNamespace } from '../support/namespace.ts';
import { type FreshDatabase, freshDatabase, temporalAddress } from '../support/servers.ts';
import { type StoredChange, storePlan } from '../support/stored-plan.ts';

let database: FreshDatabase;
let store: Store;
let client: Client;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 4 });
  const connection = await Connection.connect({ address: temporalAddress() });
  client = new Client({ connection, namespace: await registerNamespace(connection) });
});
afterAll(async () => {
  await client.connection.close();
  await store.destroy();
  await database.drop();
});
const execution = (target: string) => client.workflow.getHandle(workflowIds.targetSync(target));
beforeEach(async () => {
  await sql`truncate due, plan, change, changed_person, target_state, notice, person_link, subject cascade`.execute(
    store,
  );
  for (const target of ['cloud', 'jira'])
    await execution(target)
      .terminate()
      .catch(() => {});
});

const logger = new DefaultLogger('ERROR', () => {});
const inActivity = <T>(work: () => Promise<T>, by: Client = client): Promise<T> =>
  new MockActivityEnvironment({}, { client: by, logger }).run(work);
const command = (given: Command, requestId = randomUUID()) =>
  inActivity(() => runCommand(bareDependencies(store), { requestId, command: given }));
/** What the target's execution that is open was asked for. */
async function requestsTo(target: string): Promise<SyncRequest[]> {
  const handle = execution(target);
  const status = await handle.describe().then(
    ({ status: { name } }) => name,
    () => 'never asked',
  );
  if (status !== 'RUNNING') return [];
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName === syncRequestedSignal.name
      ? [JSON.parse(Buffer.from(signal.input?.payloads?.[0]?.data ?? '').toString()) as SyncRequest]
      : [],
  );
}
const auditOf = (requestId: string) =>
  store
    .selectFrom('audit')
    .select(['kind', 'target', 'person_id', 'account_id', 'reason', 'outcome', 'detail'])
    .where('run_id', '=', requestId)
    .execute();
const marked = () => store.selectFrom('changed_person').select(['target', 'person_id']).execute();

const parkedCreate: StoredChange = { kind: 'create-account', person_id: alice, outcome: 'parked', detail: 'Rejected' };
async function park(changes: readonly StoredChange[], target = 'cloud') {
  await settleParked(store, await storePlan(store, changes, { target }), { isWhole: true });
}
const sixHoursPass = () =>
  sql`update due set due_at = due_at - interval '7 hours', last_at = last_at - interval '7 hours'`.execute(store);

describe('pause and resume', () => {
  it('are audited once with their reason, and repeat themselves as they were answered', async () => {
    const requestId = randomUUID();
    const pause: Command = { kind: 'pause', target: 'cloud', reason: 'CHG-1', ticket: 'OPS-7' };
    for (let tries = 0; tries < 2; tries += 1)
      expect(await command(pause, requestId)).toEqual({ state: 'done', targets: [] });
    expect(await auditOf(requestId)).toMatchObject([
      { kind: 'pause', target: 'cloud', reason: 'CHG-1', outcome: 'applied', detail: 'ticket:OPS-7' },
    ]);
    expect(await pausedTargets(store)).toMatchObject([{ target: 'cloud', by: 'operator', reason: 'CHG-1' }]);
    expect(await command(pause)).toMatchObject({ state: 'unchanged' });
    expect(await command({ kind: 'resume', target: 'cloud', reason: 'CHG-1' })).toMatchObject({ state: 'done' });
    expect(await command({ kind: 'resume', target: 'cloud', reason: 'CHG-1' })).toMatchObject({ state: 'unchanged' });
    expect(await pausedTargets(store)).toEqual([]);
  });

  it('are refused for a target that nobody configured, and with a sentence for a reason', async () => {
    await expect(command({ kind: 'pause', target: 'nowhere', reason: 'CHG-1' })).rejects.toMatchObject({
      kind: 'Misconfigured',
    });
    for (const reason of ['Alice has left', '', 'alice@example.com'])
      await expect(command({ kind: 'pause', target: 'cloud', reason })).rejects.toMatchObject({ kind: 'Rejected' });
    await expect(
      command({ kind: 'pause', target: 'cloud', reason: 'CHG-1', ticket: 'see the mail' }),
    ).rejects.toMatchObject({ kind: 'Rejected' });
    expect(await pausedTargets(store)).toEqual([]);
  });
});

describe('retry', () => {
  it('asks each target for one run for everything that is meant', async () => {
    await park([parkedCreate]);
    await park([parkedCreate, { ...parkedCreate, person_id: bob }], 'jira');
    const requestId = randomUUID();
    expect(await command({ kind: 'retry', reason: 'mended' }, requestId)).toEqual({
      state: 'done',
      targets: ['cloud', 'jira'],
      count: 3,
    });
    expect(await requestsTo('cloud')).toEqual([{ requestId }]);
    expect(await requestsTo('jira')).toEqual([{ requestId }]);
    expect(await auditOf(requestId)).toMatchObject([
      { kind: 'retry', target: 'cloud', detail: 'retry:1' },
      { kind: 'retry', target: 'jira', detail: 'retry:2' },
    ]);
  });

  it('of something that is not parked asks for nothing', async () => {
    expect(await command({ kind: 'retry', reason: 'mended', ids: ['999'] })).toMatchObject({
      state: 'unchanged',
      count: 0,
      targets: [],
    });
    expect(await requestsTo('cloud')).toEqual([]);
  });

  it('is refused while the target is paused, and makes nothing due', async () => {
    await park([parkedCreate]);
    await command({ kind: 'pause', target: 'cloud', reason: 'CHG-1' });
    await expect(command({ kind: 'retry', reason: 'mended' })).rejects.toMatchObject({
      kind: 'GuardTripped',
      message: expect.stringContaining('lockstep resume cloud'),
    });
    const row = await store.selectFrom('due').select('due_at').executeTakeFirstOrThrow();
    expect(row.due_at.getTime()).toBeGreaterThan(Date.now());
  });
});

describe('link and unlink', () => {
  const link: Command = { kind: 'link', target: 'cloud', person: alice, account: 'a-alice', reason: 'same-human' };
  beforeEach(async () => {
    await savePeople(store, '1', [aPerson()]);
    await saveAccounts(store, 'cloud', '1', [anAccount({ id: accountId('a-alice') })]);
  });

  it('are audited, and have the person planned again', async () => {
    const requestId = randomUUID();
    for (let tries = 0; tries < 2; tries += 1)
      expect(await command(link, requestId)).toEqual({ state: 'done', targets: [] });
    expect(await auditOf(requestId)).toMatchObject([
      { kind: 'link', person_id: alice, account_id: 'a-alice', reason: 'same-human', outcome: 'applied' },
    ]);
    expect(await marked()).toEqual([{ target: 'cloud', person_id: alice }]);
    const unlinked = randomUUID();
    const unlink: Command = { kind: 'unlink', target: 'cloud', person: alice, reason: 'wrong-match' };
    for (let tries = 0; tries < 2; tries += 1)
      expect(await command(unlink, unlinked)).toEqual({ state: 'done', targets: [] });
    expect(await auditOf(unlinked)).toMatchObject([{ kind: 'unlink', person_id: alice, account_id: 'a-alice' }]);
  });

  it('that are refused leave neither an audit entry nor a mark', async () => {
    const requestId = randomUUID();
    await expect(command({ ...link, account: 'nobodys' } as Command, requestId)).rejects.toMatchObject({
      kind: 'Rejected',
    });
    expect(await auditOf(requestId)).toEqual([]);
    expect(await marked()).toEqual([]);
  });
});

describe('due work', () => {
  const ask = () => inActivity(() => askForDueWork(bareDependencies(store)));

  it('asks a target once for the people whose changes are due, however many they are', async () => {
    const people = Array.from({ length: 300 }, (_, index) => `00u${String(index).padStart(17, '0')}` as typeof alice);
    await park(people.map((person_id) => ({ ...parkedCreate, person_id })));
    expect(await ask()).toEqual({ targets: [] });
    await sixHoursPass();
    expect(await ask()).toEqual({ targets: ['cloud'] });
    expect(await requestsTo('cloud')).toEqual([{ requestId: expect.any(String), scope: { only: 'changed' } }]);
    expect(await marked()).toHaveLength(300);
  });

  it('asks for everything when a group is among it', async () => {
    await park([{ kind: 'create-group', group_id: engineers, outcome: 'parked', detail: 'Rejected' }]);
    await sixHoursPass();
    await ask();
    expect(await requestsTo('cloud')).toEqual([{ requestId: expect.any(String) }]);
  });

  it('leaves a target alone that is at work, and asks again once it has ended without having settled it', async () => {
    await park([parkedCreate]);
    await sixHoursPass();
    await ask();
    await sixHoursPass();
    expect(await ask()).toEqual({ targets: [] });
    await execution('cloud').terminate();
    expect(await ask()).toEqual({ targets: ['cloud'] });
  });

  it('forgets nothing when Temporal is away while it asks', async () => {
    await park([parkedCreate]);
    await sixHoursPass();
    const signalWithStart = () => Promise.reject(new Error('away'));
    const workflow = Object.create(client.workflow, { signalWithStart: { value: signalWithStart } });
    const lost: Client = Object.create(client, { workflow: { value: workflow } });
    const asked = inActivity(() => askForDueWork(bareDependencies(store)), lost);
    await expect(asked).rejects.toThrow('away');
    expect(await ask()).toEqual({ targets: ['cloud'] });
  });

  it('passes over targets that are not configured any more', async () => {
    await park([parkedCreate], 'gone');
    await sixHoursPass();
    expect(await ask()).toEqual({ targets: [] });
  });
});

describe('a target', () => {
  const people = Array.from({ length: 40 }, (_, index) => `00u${String(index).padStart(17, '0')}` as typeof alice);
  const changes = (count: number, more: Partial<StoredChange>): StoredChange[] =>
    people.slice(0, count).map((person_id) => ({ kind: 'update-account', person_id, ...more }));
  const failed = { outcome: 'parked', detail: 'Rejected:invalidValue' } as const;
  const settings = { ...bareTarget().settings, pauseWhenFailing: { share: 0.4, atLeast: 5 } };
  const endsWith = async (
    planned: readonly StoredChange[],
    { problem, checks }: { problem?: 'AccessDenied' | 'Unavailable'; checks?: readonly CheckResult[] } = {},
  ) => {
    const planId = await storePlan(store, planned);
    const targets = new Map([['cloud', bareTarget({ settings, ...(checks ? { checks } : {}) })]]);
    await pauseIfFailing(bareDependencies(store, { targets }), {
      runId: randomUUID(),
      target: 'cloud',
      planId,
      ...(problem ? { problem: { kind: problem, message: '' } } : {}),
    });
    return (await pausedTargets(store)).map(({ by }) => by);
  };
  const refused: CheckResult = { check: 'credentials', status: 'failed', message: '' };

  it('pauses itself when more than its share failed, and has it told', async () => {
    expect(await endsWith([...changes(5, failed), ...changes(7, { outcome: 'applied' })])).toEqual(['failures']);
    expect(await store.selectFrom('notice').select(['kind', 'target']).execute()).toEqual([
      { kind: 'target-paused', target: 'cloud' },
    ]);
  });

  it('has its pause on record in the chain of the run, as an operator has', async () => {
    const paused = async () =>
      store
        .selectFrom('audit')
        .select(['target', 'reason', 'position'])
        .where('kind', '=', 'pause')
        .orderBy('id')
        .execute();
    const before = await paused();
    await endsWith([...changes(5, failed), ...changes(7, { outcome: 'applied' })]);
    expect((await paused()).slice(before.length)).toEqual([{ target: 'cloud', reason: 'failures', position: 1 }]);
  });

  it.each([
    ['a few fail, even of few', changes(4, failed)],
    ['many fail, but of many more', [...changes(16, failed), ...changes(24, { outcome: 'unchanged' })]],
    ['what failed before was only held', changes(20, { ...failed, stopped_by: 'notDue' })],
    ['changes only wait for others', changes(20, { outcome: 'parked', detail: 'account-not-linked' })],
  ])('goes on when %s', async (_what, planned) => {
    expect(await endsWith(planned)).toEqual([]);
  });

  it('pauses itself when its credential is refused, and not when only something else is', async () => {
    expect(await endsWith([], { problem: 'AccessDenied', checks: [{ ...refused, status: 'ok' }] })).toEqual([]);
    expect(await endsWith([], { problem: 'AccessDenied', checks: [{ ...refused, check: 'connection' }] })).toEqual([]);
    expect(await endsWith([], { problem: 'Unavailable', checks: [refused] })).toEqual([]);
    expect(await endsWith([], { problem: 'AccessDenied', checks: [refused] })).toEqual(['credentials']);
  });
});

describe('an operator who accepts a reading', () => {
  const accept = { kind: 'accept-reading', found: 1, reason: 'subsidiary-sold' } as const;
  const missing = async () =>
    (await store.selectFrom('okta_user').select('id').where('is_missing', '=', true).execute()).map(({ id }) => id);

  /** Bob was known and is not in a reading that fell short as told. */
  async function readWithout(shortfalls: readonly Shortfall[]): Promise<void> {
    await sql`truncate okta_user, snapshot`.execute(store);
    await savePeople(store, await beginSnapshot(store, oktaSide), [aPerson(), aPerson({ id: bob, login: 'bob' })]);
    const snapshot = await beginSnapshot(store, oktaSide);
    await savePeople(store, snapshot, [aPerson()]);
    await finishSnapshot(store, snapshot, { isComplete: shortfalls.length === 0, shortfalls, counts: {} });
  }

  it('has those missing who were not in it, so that the next one is whole, and is on record', async () => {
    await readWithout([{ code: 'halved', list: 'people', expected: 2, found: 1 }]);
    expect(await missing()).toEqual([]);
    expect((await command(accept)).state).toBe('done');
    expect(await missing()).toEqual([bob]);
    const entries = await store.selectFrom('audit').selectAll().where('kind', '=', 'accept-reading').execute();
    expect(entries).toMatchObject([{ target: 'okta', reason: 'subsidiary-sold', outcome: 'applied' }]);
  });

  it('is refused when a later reading found another number than they saw', async () => {
    await readWithout([{ code: 'halved', list: 'people', expected: 2, found: 0 }]);
    await expect(command(accept)).rejects.toThrow(/found 0, not 1/);
    expect(await missing()).toEqual([]);
  });

  it('changes nothing where nothing fell short', async () => {
    await readWithout([]);
    expect((await command(accept)).state).toBe('unchanged');
    expect(await missing()).toEqual([]);
  });

  it.each(['broken-chain', 'count-mismatch', 'canary-missing', 'sees-less'] as const)(
    'is refused when it fell short for a reason that is not size: %s',
    async (code) => {
      await readWithout([
        { code: 'halved', list: 'people', found: 1 },
        { code, list: 'groups' },
      ]);
      await expect(command(accept)).rejects.toThrow(code);
      expect(await missing()).toEqual([]);
    },
  );
});
