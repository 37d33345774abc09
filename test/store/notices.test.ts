/** What people are told, and pauses, which are among it. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusePaused } from '../../activities/refuse-paused.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { type Notice, queueNotice, recordSending, toldBy, unsentNotices } from '../../store/notices.ts';
import { pausedTargets, pauseTarget, resumeTarget } from '../../store/target-state.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 4 });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});
beforeEach(() => sql`truncate notice, target_state`.execute(store).then(() => {}));

const unsent = () => unsentNotices(store, 10);
const waiting: Notice = {
  kind: 'approval-waiting',
  target: 'cloud',
  planId: 'plan-1',
  hash: 'abc',
  changes: 3,
  expiresAt: '2026-11-06T09:00:00.000Z',
};

describe('a notice', () => {
  it('is queued once per matter, whatever id the same changes wait under', async () => {
    await queueNotice(store, waiting);
    await queueNotice(store, { ...waiting, planId: 'plan-2' });
    await queueNotice(store, { ...waiting, hash: 'other' });
    expect(await unsent()).toMatchObject([
      { kind: 'approval-waiting', target: 'cloud', details: { planId: 'plan-1', changes: 3 } },
      { details: { hash: 'other' } },
    ]);
  });

  it('is tried again later and later, an hour apart at most, until it was taken', async () => {
    await queueNotice(store, waiting);
    const [row] = await unsent();
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      await recordSending(store, row?.id ?? '', { told: ['mail'], problem: 'webhook: 503' });
      const again = await store.selectFrom('notice').selectAll().executeTakeFirstOrThrow();
      expect(again).toMatchObject({ tries: tries + 1, problem: 'webhook: 503', sent_at: null });
      expect(toldBy(again)).toEqual(['mail']);
      waits.push(Math.round((again.next_try_at.getTime() - Date.now()) / 60_000));
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(await unsent()).toEqual([]);
    await recordSending(store, row?.id ?? '', { told: ['mail', 'webhook'] });
    await sql`update notice set next_try_at = now()`.execute(store);
    expect(await unsent()).toEqual([]);
  });
});

describe('a paused target', () => {
  const pause = (by: 'operator' | 'failures', reason: string) => pauseTarget(store, { target: 'cloud', by, reason });

  it('refuses to run, saying why and how to go on', async () => {
    await refusePaused(store, 'cloud');
    expect(await pause('failures', 'failures')).toBe(true);
    await expect(refusePaused(store, 'cloud')).rejects.toMatchObject({
      kind: 'GuardTripped',
      message: expect.stringMatching(
        /^cloud is paused since .+ by itself, since too many of its changes failed .+ `lockstep resume cloud --reason CODE`/,
      ),
    });
    await refusePaused(store, 'jira');
    expect(await resumeTarget(store, 'cloud')).toBe(true);
    expect(await resumeTarget(store, 'cloud')).toBe(false);
    await refusePaused(store, 'cloud');
  });

  it("stays as an operator's word has it, and takes that word over its own", async () => {
    await pause('failures', 'failures');
    expect(await pause('operator', 'CHG-1')).toBe(true);
    expect(await pause('operator', 'CHG-1')).toBe(false);
    expect(await pause('failures', 'failures')).toBe(false);
    expect(await pausedTargets(store)).toMatchObject([{ target: 'cloud', by: 'operator', reason: 'CHG-1' }]);
  });

  it('is told each time that it is paused', async () => {
    for (const reason of ['CHG-1', 'CHG-2']) {
      await pause('operator', reason);
      await resumeTarget(store, 'cloud');
    }
    expect(await unsent()).toMatchObject([{ details: { reason: 'CHG-1' } }, { details: { reason: 'CHG-2' } }]);
  });
});
