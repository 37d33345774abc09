import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ReaderClient } from '../../reader/client.ts';
import { settleParked } from '../../store/due.ts';
import { pauseTarget } from '../../store/target-state.ts';
import { runCommand, runWith } from '../client/fake-lockstep.ts';
import { accountId } from '../support/domain-builders.ts';
import { storePlan } from '../support/stored-plan.ts';
import { bob, carol, type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let url: string;
let client: ReaderClient;
beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  client = new ReaderClient({ url, token: 'right' });
});
afterAll(() => reader.close());
afterEach(() => sql`truncate due, target_state`.execute(reader.store).then(() => {}));

const parked = (...args: string[]) =>
  runCommand(['parked', ...args], { env: { LOCKSTEP_READER_URL: url, LOCKSTEP_READER_TOKEN: 'right' } });

async function park(): Promise<string> {
  const planId = await storePlan(reader.store, [
    {
      kind: 'deactivate-account',
      person_id: bob,
      account_id: accountId('a-bob'),
      reason: 'okta-deprovisioned',
      outcome: 'parked',
      detail: 'Rejected:invalidValue',
      vendor_request_id: 'vendor-9',
    },
  ]);
  await settleParked(reader.store, planId, { isWhole: true });
  return planId;
}

describe('what is parked', () => {
  test('is told with names, reason, evidence, tries and the next try', async () => {
    const planId = await park();
    const { parked: items, paused } = await client.parked();
    expect(paused).toEqual([]);
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        target: 'cloud',
        change: {
          kind: 'deactivate-account',
          reason: 'okta-deprovisioned',
          why: 'deactivated at Okta',
          person: { id: bob, login: 'bob@example.com', email: 'bob@example.com' },
          account: { id: 'a-bob', userName: 'bob@example.com' },
        },
        isRemoval: true,
        detail: 'Rejected:invalidValue',
        vendorRequestId: 'vendor-9',
        planId,
        tries: 1,
        firstAt: expect.any(String),
        nextTryAt: expect.any(String),
      },
    ]);
    expect((await client.parked({ target: 'another' })).parked).toEqual([]);
  });

  test('stays told when its plan is no longer kept', async () => {
    const planId = await park();
    await sql`delete from plan where id = ${planId}`.execute(reader.store);
    expect((await client.parked()).parked).toMatchObject([
      { change: { kind: 'deactivate-account', person: { id: bob } } },
    ]);
  });

  test('comes with the conflicts of the newest plan for everybody, not of a later one for a few', async () => {
    const [conflicts] = (await client.parked()).conflicts;
    expect(conflicts).toMatchObject({ target: 'cloud', planId: 'plan-1' });
    expect(conflicts?.findings.map(({ code, person }) => [code, person?.id])).toEqual([['two-people-one-name', carol]]);
  });
});

describe('lockstep parked', () => {
  test('tells it in words, what is paused first, and ends with 3', async () => {
    await park();
    await pauseTarget(reader.store, { target: 'cloud', by: 'failures', reason: 'failures' });
    const { code, stdout } = await parked();
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /^! cloud is paused by itself \(failures\) since .+\n {4}→ lockstep resume cloud --reason CODE\n/,
    );
    expect(stdout).toMatch(/^! \d+ {2}cloud {2}deactivate account +bob@example\.com +\(deactivated at Okta\)$/m);
    expect(stdout).toContain(
      'Rejected:invalidValue, the vendor understood the request and will not do it; request vendor-9 at the vendor',
    );
    expect(stdout).toMatch(/tried once since .+ ago; next try \d{4}-/);
    expect(stdout).toMatch(/^cloud: 1 finding to look at, by plan plan-1 of /m);
    expect(stdout).toContain(`! carol@example.com (${carol}): Several people in scope`);
  });

  test('as JSON is what the reader tells', async () => {
    await park();
    const ran = await parked('--output', 'json');
    expect(ran.json()).toEqual(JSON.parse(JSON.stringify(await client.parked({ limit: 500 }))));
    expect(ran.code).toBe(3);
  });

  test('ends with 0 when nothing needs anybody', async () => {
    const idle = new ReaderClient({ url: 'http://127.0.0.1:9' });
    idle.parked = async () => ({ paused: [], parked: [], conflicts: [] });
    const ran = await runWith({ reader: idle }, ['parked']);
    expect(ran).toMatchObject({ code: 0, stdout: 'Nothing is parked.\n' });
  });
});

test('a paused target is told among the targets', async () => {
  await pauseTarget(reader.store, { target: 'cloud', by: 'operator', reason: 'CHG-1' });
  expect((await client.targets()).items).toMatchObject([
    { name: 'cloud', paused: { by: 'operator', reason: 'CHG-1' } },
  ]);
});
