/** What operators ask for: done and audited once, however often it is asked. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../activities/commands.ts';
import type { Shortfall } from '../../domain/completeness.ts';
import type { Store } from '../../store/connect.ts';
import { savePeople } from '../../store/okta-mirror.ts';
import { beginSnapshot, finishSnapshot, oktaSide } from '../../store/snapshots.ts';
import { saveAccounts } from '../../store/target-mirror.ts';
import { pausedTargets } from '../../store/target-state.ts';
import type { Command } from '../../workflows/contract.ts';
import { bareDependencies } from '../support/bare-dependencies.ts';
import { accountId, alice, anAccount, aPerson, bob } from '../support/domain-builders.ts';
import { parkedCreate, startUnworkedTargets, type UnworkedTargets } from './unworked-targets.ts';

let world: UnworkedTargets;
let store: Store;
beforeAll(async () => {
  world = await startUnworkedTargets();
  store = world.store;
});
afterAll(() => world?.stop());
beforeEach(() => world.clear());

const command = (given: Command, requestId = randomUUID()) =>
  world.inActivity(() => runCommand(bareDependencies(store), { requestId, command: given }));
const auditOf = (requestId: string) =>
  store
    .selectFrom('audit')
    .select(['kind', 'target', 'person_id', 'account_id', 'reason', 'outcome', 'detail'])
    .where('run_id', '=', requestId)
    .execute();

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
    await world.park([parkedCreate]);
    await world.park([parkedCreate, { ...parkedCreate, person_id: bob }], 'jira');
    const requestId = randomUUID();
    expect(await command({ kind: 'retry', reason: 'mended' }, requestId)).toEqual({
      state: 'done',
      targets: ['cloud', 'jira'],
      count: 3,
    });
    expect(await world.requestsTo('cloud')).toEqual([{ requestId }]);
    expect(await world.requestsTo('jira')).toEqual([{ requestId }]);
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
    expect(await world.requestsTo('cloud')).toEqual([]);
  });

  it('is refused while the target is paused, and makes nothing due', async () => {
    await world.park([parkedCreate]);
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
    expect(await world.marked()).toEqual([{ target: 'cloud', person_id: alice }]);
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
    expect(await world.marked()).toEqual([]);
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
