/** Commands that read, against a real reader: each as text and as JSON, with its exit code. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PlanView, ReaderClient, type RunView } from '../../reader/client.ts';
import { finishRun, startRun } from '../../store/runs.ts';
import { latestSnapshot } from '../../store/snapshots.ts';
import { saveAccounts } from '../../store/target-mirror.ts';
import type { PreviewResult } from '../../workflows/contract.ts';
import { aChange, planOf } from '../reader/a-plan.ts';
import { addPlan } from '../reader/guarded-plans.ts';
import { alice, bob, carol, people, type ReaderUnderTest, readerUnderTest } from '../reader/reader-under-test.ts';
import { accountId, anAccount } from '../support/domain-builders.ts';
import { runCommand, runWith } from './fake-lockstep.ts';

let reader: ReaderUnderTest;
let url: string;

beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => reader.close());
beforeEach(() => {
  reader.okta.people = people;
});

const lockstep = (...args: string[]) =>
  runCommand(args, { env: { LOCKSTEP_READER_URL: url, LOCKSTEP_READER_TOKEN: 'right' } });

describe('plan', () => {
  const preview = {
    requestId: 'request-1',
    plans: [{ target: 'cloud', plan: { planId: 'plan-1', hash: 'h', changes: 3, attention: 1 } }],
  };
  const planning = (...args: string[]) =>
    runWith({ reader: new ReaderClient({ url, token: 'right' }), plan: async () => preview }, ['plan', ...args]);

  test('lists each change with whom, what and why, then what was found', async () => {
    const { code, stdout, stderr } = await planning();
    expect(code).toBe(3);
    expect(stdout).toContain('cloud: 3 changes: 1 deactivate account, 1 create account, 1 add to group');
    expect(stdout).toMatch(/deactivate account +bob@example\.com +\(deactivated at Okta\)/);
    expect(stdout).toMatch(/create account +carol@example\.com +title: "Designer" +\(in scope/);
    expect(stdout).toMatch(/add to group +alice@example\.com → engineers +\(member of the group at Okta\)/);
    expect(stdout).toContain(`! carol@example.com (${carol}): Several people in scope`);
    expect(stdout).toContain(`[alice@example.com (${alice})]`);
    expect(stdout).toContain('    → Give each of them a name');
    expect(stderr).toContain('Nothing was changed');
  });

  test('gives programs every change', async () => {
    const { json, code } = await planning('--output', 'json');
    expect(code).toBe(3);
    expect(json()).toMatchObject({
      targets: [{ target: 'cloud', plan: { listed: [{ seq: 0 }, { seq: 1 }, { seq: 2 }] } }],
    });
  });

  test('that was made before is shown with the outcomes', async () => {
    const { code, stdout } = await lockstep('plan', 'show', 'plan-1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/deactivate account.*\[done\]/);
    expect(stdout).toMatch(/create account.*\[needs attention: Rejected\]/);
    expect((await lockstep('plan', 'show', 'plan-1', '--output', 'json')).json()).toMatchObject({ id: 'plan-1' });
  });

  test('of which some targets could not be planned ends with 3, of which none could with 2 or 1, and says why', async () => {
    const problem = { kind: 'Misconfigured', message: 'cloud: no group "everybody" at Okta' } as const;
    const planned = (...plans: PreviewResult['plans'][number][]) =>
      runWith({ reader: new ReaderClient({ url, token: 'right' }), plan: async () => ({ requestId: 'r', plans }) }, [
        'plan',
      ]);
    const ran = await planned({ target: 'cloud', problem });
    expect(ran.code).toBe(2);
    expect((await planned({ target: 'other', problem }, preview.plans[0]!)).code).toBe(3);
    expect((await planned({ target: 'cloud', problem: { ...problem, kind: 'AccessDenied' } })).code).toBe(1);
    expect(ran.stdout).toContain('cloud: Misconfigured: no group "everybody" at Okta');
  });
});

describe('explain', () => {
  test('tells a person what somebody should have, has, why, and what comes next', async () => {
    const { code, stdout } = await lockstep('explain', 'alice@example.com');
    expect(code).toBe(0);
    for (const line of [
      /^alice@example\.com$/m,
      /Okta now +ACTIVE: may have accounts/,
      /mirror +the same \(read .* ago\)/,
      /scope +in: in Okta's group everybody/,
      /desired +active account: in scope and entitled at Okta/,
      /actual +active account/,
      /link +account a-alice, adopted/,
      /title +Trainee +Engineer +← differs/,
      /engineers +← to be added/,
      /update account +alice@example\.com +title: "Trainee" → "Engineer"/,
    ])
      expect(stdout).toMatch(line);
  });

  test('of somebody whom Okta has changed since promises nothing', async () => {
    reader.okta.people = people.map((person) => ({ ...person, email: 'new@example.com' }));
    const { stdout } = await lockstep('explain', bob);
    expect(stdout).toMatch(/^new@example\.com$/m);
    expect(stdout).toMatch(/mirror +bob@example\.com, DEPROVISIONED/);
    expect(stdout).toMatch(
      /next sync +not known: Okta has changed since the last reading; `lockstep plan` reads it afresh/,
    );
    expect(stdout).not.toContain('changes nothing');
  });

  test('tells what happened to somebody', async () => {
    const { stdout } = await lockstep('explain', bob);
    expect(stdout).toMatch(/ago +cloud +deactivate account +\(deactivated at Okta\) +\[done\]/);
  });

  test('gives programs all of it', async () => {
    const { json } = await lockstep('explain', alice, '--output', 'json');
    expect(json()).toMatchObject({
      person: { id: alice },
      targets: [{ target: 'cloud', link: { origin: 'adopted' } }],
    });
  });

  test('of a name that several people have lists them and ends with 2', async () => {
    reader.okta.people = people.map((person) => ({ ...person, email: 'shared@example.com' }));
    const { code, stdout, stderr } = await lockstep('explain', 'shared@example.com');
    expect(code).toBe(2);
    expect(stderr).toContain('3 people match');
    expect(stdout.trim().split('\n')).toHaveLength(3);
    const { json } = await lockstep('explain', 'shared@example.com', '--output', 'json');
    expect(json()).toMatchObject({ ambiguous: true, people: [{ id: alice }, {}, {}] });
  });

  test('of a name that nobody has ends with 1 and says what to write', async () => {
    const { code, stdout, stderr } = await lockstep('explain', 'nobody@example.com');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('nobody@example.com');
  });

  test('of an account that belongs to nobody tells what is known of it', async () => {
    const { store } = reader;
    const stranger = anAccount({ id: accountId('a-lost'), attributes: { userName: 'Lost@elsewhere.example' } });
    await saveAccounts(store, 'cloud', (await latestSnapshot(store, 'cloud'))?.id ?? '', [stranger]);
    const { code, stdout } = await lockstep('explain', 'lost@elsewhere.example');
    expect([code, stdout]).toEqual([
      0,
      [
        'Nobody at Okta is known as lost@elsewhere.example.',
        'cloud: account Lost@elsewhere.example (a-lost), active, is linked to nobody: it is left as it is',
        '    → lockstep link <person> a-lost --target cloud --reason CODE, if you know whose it is',
        '',
      ].join('\n'),
    ]);
    const asJson = await lockstep('explain', 'lost@elsewhere.example', '--output', 'json');
    expect(asJson.json()).toMatchObject({ people: [], accounts: [{ target: 'cloud', id: 'a-lost', isActive: true }] });
    expect(
      (await lockstep('link', 'lost@elsewhere.example', 'a-lost', '--target', 'cloud', '--reason', 'x')).code,
    ).toBe(1);
  });

  test('of an Okta id that only an account still carries tells of that account, and whose it is', async () => {
    const { store } = reader;
    const gone = '00u000000000000gone1';
    const carrying = anAccount({
      id: accountId('a-bob'),
      externalId: gone,
      attributes: { userName: 'bob@example.com' },
    });
    await saveAccounts(store, 'cloud', (await latestSnapshot(store, 'cloud'))?.id ?? '', [carrying]);
    const { code, stdout } = await lockstep('explain', gone);
    expect(code).toBe(0);
    expect(stdout).toContain(
      `account bob@example.com (a-bob), active, carries the Okta id ${gone}, is linked to ${bob}\n`,
    );
    expect((await lockstep('explain', '00u0000000000nobody1')).stderr).toContain('nobody has this Okta id');
  });

  test('says on stderr that Okta could not be asked', async () => {
    reader.okta.people = undefined;
    const { code, stderr } = await lockstep('explain', 'alice@example.com');
    expect(code).toBe(0);
    expect(stderr).toContain('Okta could not be asked');
  });
});

describe('eval', () => {
  test('shows scope and mapping with the source of each value', async () => {
    const { code, stdout } = await lockstep('eval', 'alice@example.com', '--expression', 'user.title');
    expect(code).toBe(0);
    expect(stdout).toMatch(/user\.title {2}= {2}"Engineer"/);
    expect(stdout).toMatch(/scope +in: in Okta's group everybody/);
    expect(stdout).toMatch(/title +Engineer +from title \(jobTitle: empty\)/);
  });

  test('ends with 3 when an expression is wrong, as JSON too', async () => {
    const { code, json } = await lockstep('eval', alice, '--expression', 'user.', '--output', 'json');
    expect(code).toBe(3);
    expect(json()).toMatchObject({ expression: { text: 'user.' } });
  });
});

describe('runs', () => {
  test('are a table, newest first', async () => {
    const { code, stdout } = await lockstep('runs');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^BEGAN +WHAT +PHASE +CHANGES +RUN\n/);
    expect(stdout).toMatch(/\d\d:\d\d:\d\d UTC +target-sync cloud +applying +2 of 3 +run-1/);
    expect((await lockstep('runs', '--limit', '1', '--output', 'json')).json()).toHaveLength(1);
  });

  test('are shown with those that answer the same request', async () => {
    const { stdout } = await lockstep('runs', 'show', 'request-1');
    expect(stdout).toContain('full-sync: done');
    expect(stdout).toContain('target-sync cloud: applying');
    const { json } = await lockstep('runs', 'show', 'request-1', '--output', 'json');
    expect(json()).toMatchObject({ id: 'request-1', related: [{ id: 'run-1' }] });
  });

  test('count apart what was rejected', async () => {
    const { store } = reader;
    const begun = { kind: 'target-sync', target: 'cloud', workflowId: 'w', workflowRunId: 'r' } as const;
    await startRun(store, { id: 'dropped', ...begun, covers: ['q'] });
    await addPlan(store, { id: 'dropped', kind: 'run', stoppedBy: ['rejected', 'rejected'] });
    await finishRun(store, 'dropped', { planId: 'dropped', outcomes: { applied: 1, waiting: 2 } });
    const { stdout } = await lockstep('runs', '--limit', '1');
    expect(stdout).toMatch(/target-sync cloud +done +1 done, 2 rejected +dropped/);
    expect((await lockstep('runs', 'show', 'dropped')).stdout).toMatch(/outcomes +1 done, 2 rejected/);
    await store.deleteFrom('run').where('id', '=', 'dropped').execute();
    await store.deleteFrom('plan').where('id', '=', 'dropped').execute();
  });

  test('that nobody knows are told', async () => {
    const { code, stderr } = await lockstep('runs', 'show', 'nothing');
    expect(code).toBe(1);
    expect(stderr).toContain('there is no run with this id');
  });
});

describe('a list of one target', () => {
  test.each(['plans', 'runs', 'parked'])('of which nobody knows the target ends with 2: %s', async (verb) => {
    const { code, stdout, stderr } = await lockstep(verb, '--target', 'clod');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('no target clod\n    → there are: cloud\n');
  });

  test('of a known target may be empty', async () => {
    expect((await lockstep('plans', '--target', 'cloud', '--kind', 'revision')).code).toBe(0);
  });
});

test('a plan that nobody knows leads to the list of plans', async () => {
  const { code, stderr } = await lockstep('plan', 'show', 'plan');
  expect(code).toBe(1);
  expect(stderr).toContain('`lockstep plans` lists those that there are, with whole ids');
});

describe('report', () => {
  test('without an id is of the latest full sync with all its targets, and ends with 3 when something needs attention', async () => {
    const { code, stdout } = await lockstep('report');
    expect(code).toBe(3);
    expect(stdout).toContain('full-sync request-1');
    expect(stdout).toMatch(/create account +carol@example\.com.*\[needs attention: Rejected\]/);
    expect(stdout).toContain(
      '  Rejected: the vendor understood the request and will not do it\n      → docs/failures.md tells what to do\n',
    );
    expect(stdout).toContain('Something needs attention.');
  });

  describe('without an id', () => {
    const startedAt = '2026-11-05T09:00:00.000Z';
    const run = (id: string, changes: Partial<RunView> = {}): RunView => ({
      ...{ id, kind: 'target-sync', target: 'cloud', workflowId: 'w', workflowRunId: 'r', covers: [], phase: 'done' },
      ...{ startedAt, outcomes: {} },
      ...changes,
    });
    const fullSync = run('full', { kind: 'full-sync', covers: ['full'] });
    /** Newest first. */
    const reportedOf = async (runs: readonly RunView[], previews: readonly PlanView[] = []) => {
      const asked: string[] = [];
      const listing = new ReaderClient({ url });
      listing.runs = async () => ({ items: runs });
      listing.plans = async () => ({ items: previews });
      listing.report = async (id) => {
        asked.push(id);
        return { run: run(id), parts: [], needsAttention: false };
      };
      await runWith({ reader: listing }, ['report']);
      return asked;
    };

    test('it is of the run that an approval started, when that is the latest', async () => {
      const approved = run('approved', { covers: ['q'], outcomes: { applied: 3 } });
      expect(await reportedOf([approved, fullSync])).toEqual(['approved']);
    });

    test('a run with nothing to do is passed over, but for a full sync', async () => {
      const idle = run('idle', { covers: ['q'], progress: { done: 0, total: 0 } });
      const syncing = run('part', { covers: ['full'] });
      expect(await reportedOf([idle, syncing, fullSync, run('older', { outcomes: { applied: 1 } })])).toEqual(['full']);
      expect(await reportedOf([idle])).toEqual(['idle']);
    });

    test('what failed or is under way is told as well', async () => {
      const problem = { kind: 'Unavailable', message: 'cloud: 503' };
      expect(await reportedOf([run('failed', { problem }), fullSync])).toEqual(['failed']);
      expect(await reportedOf([run('begun', { progress: { done: 0, total: 4 } }), fullSync])).toEqual(['begun']);
    });

    test('a preview is told only where no run did anything', async () => {
      const preview = run('previewed', { kind: 'preview', covers: ['previewed'] });
      const plans = [planOf([aChange(0)], { runId: 'previewed' })];
      expect(await reportedOf([preview, fullSync], plans)).toEqual(['full']);
      expect(await reportedOf([run('idle'), preview], plans)).toEqual(['previewed']);
    });
  });

  test('is JSON for programs', async () => {
    const { json } = await lockstep('report', 'run-1', '--output', 'json');
    expect(json()).toMatchObject({ needsAttention: true, parts: [{ plan: { id: 'plan-1' } }] });
  });
});

test('a target that is not configured is told with the ones that are, before anything is started', async () => {
  const reading = { reader: new ReaderClient({ url, token: 'right' }) };
  for (const args of [['sync'], ['sync', '--no-wait'], ['plan'], ['check'], ['eval', alice]]) {
    const { code, stdout, stderr } = await runWith(reading, [...args, '--target', 'clowd', '--target', 'cloud']);
    expect([code, stdout, stderr], args.join(' ')).toEqual([2, '', 'no target clowd\n    → there are: cloud\n']);
  }
});

test('a reader that refuses the token is told with what to set', async () => {
  const { code, stderr } = await runCommand(['runs'], { env: { LOCKSTEP_READER_URL: url } });
  expect(code).toBe(1);
  expect(stderr).toContain('LOCKSTEP_READER_TOKEN');
});
