/** Commands that act: each as text and as JSON, with its exit code. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ClientError } from '../../client/client-error.ts';
import type { SyncResult } from '../../client/lockstep-client.ts';
import { type PlanView, ReaderClient, type RunView } from '../../reader/client.ts';
import type { CheckReport } from '../../workflows/contract.ts';
import { plan, run } from './a-run.ts';
import { type Answers, runWith } from './fake-lockstep.ts';

describe('sync', () => {
  const answering = (result: Omit<SyncResult, 'requestId'>): Answers => ({
    startSync: async () => 'request-1',
    waitForSync: async () => ({ requestId: 'request-1', ...result }),
  });

  test('tells per target what was done', async () => {
    const ran = await runWith(answering({ targets: [{ target: 'cloud', run: run(), plan: plan() }] }), ['sync']);
    expect(ran).toMatchObject({ code: 0, stdout: 'cloud: 2 people in step; 2 changes: 2 done (12 s)\n', stderr: '' });
  });

  test('says so when nothing was to be done', async () => {
    const inStep = { target: 'cloud', run: run({ outcomes: {} }), plan: plan({ changes: 0, changesByKind: {} }) };
    const ran = await runWith(answering({ targets: [inStep] }), ['sync']);
    expect(ran).toMatchObject({ code: 0, stdout: 'cloud: 2 people in step; nothing to change (12 s)\n' });
  });

  test('ends with 3 when something is parked, and names the report', async () => {
    const parked = { target: 'cloud', run: run({ outcomes: { applied: 1, parked: 1 } }), plan: plan() };
    const ran = await runWith(answering({ targets: [parked] }), ['sync', '--output', 'text']);
    expect(ran.code).toBe(3);
    expect(ran.stdout).toContain('1 done, 1 needs attention');
    expect(ran.stdout).toContain('lockstep report request-1');
  });

  test('calls what was rejected so, and asks for nothing as long as nothing else is the matter', async () => {
    const stopped = (rule: 'rejected' | 'deactivations', count: number) => ({
      rule,
      name: rule,
      count,
      why: '',
      advice: '',
    });
    const syncWith = (outcomes: RunView['outcomes'], ...stoppedBy: PlanView['stoppedBy']) =>
      runWith(answering({ targets: [{ target: 'cloud', run: run({ outcomes }), plan: plan({ stoppedBy }) }] }), [
        'sync',
      ]);
    const rejected = await syncWith({ applied: 1, waiting: 1 }, stopped('rejected', 1));
    expect(rejected).toMatchObject({
      code: 0,
      stdout: 'cloud: 2 people in step; 2 changes: 1 done, 1 rejected (12 s)\n',
    });
    const more = await syncWith({ waiting: 3 }, stopped('rejected', 1), stopped('deactivations', 2));
    expect(more.code).toBe(3);
    expect(more.stdout).toContain('2 wait for approval, 1 rejected');
  });

  test('says which of two plans is to be approved, and names the other as that of the run', async () => {
    const hash = '3f2a9c1b7e04d5566c1f';
    const approval = { planId: 'revision-1', hash, state: 'open', openedAt: '', signers: [] } as const;
    const waiting = plan({
      state: 'waiting',
      stateText: 'waits for approval',
      stopped: 2,
      waiting: 2,
      approval,
      hash: 'h',
    });
    const ran = await runWith(
      answering({ targets: [{ target: 'cloud', run: run({ outcomes: { waiting: 2 } }), plan: waiting }] }),
      ['sync'],
    );
    expect(ran.stdout).toContain(
      [
        'cloud: to be approved is plan revision-1, hash 3f2a9c1b7e04',
        'cloud: the plan of the run itself, plan-1, needs no decision',
        'cloud: waits for approval. ',
      ].join('\n'),
    );
  });

  test('ends with 3 when one of two targets fails, with 1 when all do', async () => {
    const problem = { kind: 'AccessDenied', message: 'cloud: list accounts failed: 401' };
    const failed = { target: 'cloud', run: run({ problem, phase: 'failed', outcomes: {} }) };
    const some = await runWith(answering({ targets: [failed, { target: 'other', run: run(), plan: plan() }] }), [
      'sync',
    ]);
    const all = await runWith(answering({ targets: [failed] }), ['sync']);
    expect([some.code, all.code]).toEqual([3, 1]);
    expect(all.stdout).toContain('cloud: AccessDenied: list accounts failed: 401');
    expect(all.stdout).toContain('lockstep check');
  });

  test('ends with 2 when nothing went right for a wrong configuration', async () => {
    const problem = { kind: 'Misconfigured', message: 'cloud: no group "everybody" at Okta' } as const;
    const failed = { target: 'cloud', run: run({ problem, phase: 'failed', outcomes: {} }) };
    const [one, okta] = [answering({ targets: [failed] }), answering({ targets: [], problem })];
    expect([(await runWith(one, ['sync'])).code, (await runWith(okta, ['sync'])).code]).toEqual([2, 2]);
  });

  test('ends with 1 when Okta could not be read', async () => {
    const problem = { kind: 'AccessDenied', message: 'okta: list people failed: 401' } as const;
    const ran = await runWith(answering({ targets: [], problem }), ['sync']);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('okta: list people failed: 401');
  });

  test('gives programs the whole result', async () => {
    const ran = await runWith(answering({ targets: [{ target: 'cloud', run: run() }] }), ['sync', '--output', 'json']);
    expect(ran.json()).toMatchObject({ requestId: 'request-1', targets: [{ run: { id: 'run-1' } }] });
  });

  test('asks for the named targets only, and need not wait', async () => {
    const asked: unknown[] = [];
    const startSync: Answers['startSync'] = async (targets) => {
      asked.push(targets);
      return 'request-2';
    };
    const args = ['sync', '--no-wait', '--target', 'cloud', '--target', 'jira'];
    const ran = await runWith({ startSync }, args);
    expect(asked).toEqual([{ targets: ['cloud', 'jira'] }]);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('lockstep runs show request-2');
  });

  test('draws progress on a terminal only, and tells troubles anywhere, once', async () => {
    const answers: Answers = {
      startSync: async () => 'request-1',
      waitForSync: async (requestId, { onProgress } = {}) => {
        const begun = run({ phase: 'applying', progress: { done: 1, total: 2 } });
        const { finishedAt: _, ...open } = begun;
        const trouble = { kind: 'not-taken-up', sinceMs: 6_000 } as const;
        for (const more of [{}, { trouble }, { trouble }])
          onProgress?.({ requestId, stage: 'targets', targets: ['cloud'], runs: [open], ...more });
        return { requestId, targets: [] };
      },
    };
    const piped = await runWith(answers, ['sync']);
    expect(piped.stderr).toBe('no worker has taken this up for 6 s: is one running? `npm start` starts everything\n');
    const terminal = await runWith(answers, ['sync'], { isTty: true });
    expect(terminal.stderr).toContain('cloud: applying 1 of 2');
    expect(terminal.stdout).not.toContain('applying');
  });

  test('tells each new attempt of what fails once, with the kind of failure and the next try', async () => {
    const failing = {
      kind: 'retrying',
      activity: 'observeSource',
      failure: 'Unavailable',
      message: 'okta: 503',
    } as const;
    const answers: Answers = {
      startSync: async () => 'request-1',
      waitForSync: async (requestId, { onProgress } = {}) => {
        for (const more of [{ attempt: 2, nextTryInMs: 8_100 }, { attempt: 2, nextTryInMs: 7_600 }, { attempt: 3 }])
          onProgress?.({ requestId, stage: 'reading-okta', targets: [], runs: [], trouble: { ...failing, ...more } });
        return { requestId, targets: [] };
      },
    };
    expect((await runWith(answers, ['sync'])).stderr).toBe(
      'observeSource: Unavailable: okta: 503 (attempt 2 in 8 s)\nobserveSource: Unavailable: okta: 503 (attempt 3 under way)\n',
    );
  });

  test('left with Ctrl-C says that the run goes on, and ends with 130', async () => {
    const waitForSync = async (): Promise<never> => {
      throw new ClientError('interrupted', 'not waiting any longer; what was started goes on', 'look later');
    };
    const ran = await runWith({ startSync: async () => 'r', waitForSync }, ['sync']);
    expect(ran).toMatchObject({ code: 130, stdout: '' });
    expect(ran.stderr).toContain('goes on');
  });
});

describe('approve', () => {
  const hash = '3f2a9c1b7e04d5566c1f';
  const approving = (open: number, ...args: string[]) => {
    const outcomes = [
      { kind: 'deactivate-account', count: open + 1 },
      { kind: 'deactivate-account', outcome: 'stale', count: 2 },
    ] as const;
    const reported = { rule: 'driftReported', name: '', count: 1, why: '', advice: '' } as const;
    const reader = new ReaderClient({ url: 'http://127.0.0.1:9' });
    reader.plan = async () => plan({ id: 'revision-1', kind: 'revision', hash, outcomes, stoppedBy: [reported] });
    const answers: Answers = {
      reader,
      decide: async () => ({ state: 'approved', signers: [], requestId: 'request-7' }),
      waitForTarget: async (requestId) => ({ requestId, targets: [{ target: 'cloud', run: run(), plan: plan() }] }),
    };
    return runWith(answers, ['approve', 'revision-1', '--hash', hash.slice(0, 12), '--reason', 'CHG-1', ...args]);
  };

  test('tells how many changes are let go, and the run that carries them out', async () => {
    const ran = await approving(1238);
    expect(ran.stdout.split('\n').slice(0, 3)).toEqual([
      'Approved.',
      'A run carries out 1,238 changes, as far as they are still wanted; `lockstep report run-1` tells of it.',
      'cloud: 2 people in step; 2 changes: 2 done (12 s)',
    ]);
    expect(ran.code).toBe(0);
  });

  test('with a key where nobody is asked to sign says that it was not signed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-key-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const key = join(folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const ran = await approving(1, '--no-wait', '--key', key);
    expect(ran.stderr).toBe('not signed: the configuration names no approvers\n');
    expect((await approving(1, '--no-wait')).stderr).toBe('');
  });

  test('without waiting names the request by which the run is found', async () => {
    const ran = await approving(1, '--no-wait');
    expect(ran.stdout).toContain(
      'A run carries out 1 change, as far as it is still wanted; `lockstep report request-7`',
    );
    const { json } = await approving(2, '--no-wait', '--output', 'json');
    expect(json()).toMatchObject({ state: 'approved', requestId: 'request-7', released: 2 });
  });
});

describe('check', () => {
  const report: CheckReport = {
    results: [
      { system: 'okta', check: 'credentials', status: 'ok', message: 'Okta accepts them.' },
      { system: 'cloud', check: 'groups', status: 'warning', message: 'look here' },
    ],
  };

  test('lists each result, and ends with 3 for a warning', async () => {
    const ran = await runWith({ check: async () => report }, ['check']);
    expect(ran.code).toBe(3);
    expect(ran.stdout.split('\n')).toEqual([
      'ok       okta  credentials: Okta accepts them.',
      'warning  cloud  groups: look here',
      '',
    ]);
  });

  test('gives programs the report, and ends with 1 for a failure', async () => {
    const failed: CheckReport = { results: [{ ...report.results[0]!, status: 'failed' }] };
    const ran = await runWith({ check: async () => failed }, ['check', '--output', 'json']);
    expect(ran.code).toBe(1);
    expect(ran.json()).toEqual(failed);
  });

  test('ends with 2 when it is the configured groups that are wrong', async () => {
    const groups = { system: 'cloud', check: 'groups', status: 'failed', message: 'cloud: no group' } as const;
    const wrong: CheckReport = { results: [report.results[0]!, groups] };
    expect((await runWith({ check: async () => wrong }, ['check'])).code).toBe(2);
    const both: CheckReport = { results: [{ ...report.results[0]!, status: 'failed' }, groups] };
    expect((await runWith({ check: async () => both }, ['check'])).code).toBe(1);
  });

  test('is coloured on a terminal, unless NO_COLOR is set', async () => {
    const check = async () => report;
    const coloured = await runWith({ check }, ['check'], { isTty: true });
    const plain = await runWith({ check }, ['check'], { isTty: true, env: { NO_COLOR: '1' } });
    expect(coloured.stdout).toContain('\u001b[33m');
    expect(plain.stdout).not.toContain('\u001b');
  });
});

describe('usage', () => {
  test('each command has help with an example', async () => {
    const verbs = [
      ['up'],
      ['check'],
      ['plan'],
      ['plan', 'show'],
      ['sync'],
      ['explain'],
      ['eval'],
      ['runs'],
      ['runs', 'show'],
      ['report'],
      ...['apply', 'show', 'pause', 'unpause', 'trigger'].map((verb) => ['schedule', verb]),
    ];
    for (const verb of verbs) {
      const ran = await runWith({}, [...verb, '--help']);
      expect(ran.code, verb.join(' ')).toBe(0);
      expect(ran.stdout, verb.join(' ')).toContain(`Example:\n  $ lockstep ${verb.join(' ')}`);
    }
  });

  test('that is wrong ends with 2 and says what was expected', async () => {
    for (const args of [
      ['synk'],
      ['sync', '--colour'],
      ['explain'],
      ['check', '--output', 'xml'],
      ['runs', '--limit', '0'],
    ]) {
      const ran = await runWith({}, args);
      expect(ran.code, args.join(' ')).toBe(2);
      expect(ran.stderr, args.join(' ')).toContain('--help');
    }
  });

  test('a configuration that cannot be used ends with 2 and names the variable', async () => {
    const { runCommand } = await import('./fake-lockstep.ts');
    const ran = await runCommand(['runs'], { env: { TEMPORAL_ADDRESS: 'http://somewhere' } });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('TEMPORAL_ADDRESS');
  });
});
