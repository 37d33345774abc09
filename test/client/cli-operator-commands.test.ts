/** Commands of operators: each as text and as JSON, with its exit code. */
import { describe, expect, test } from 'vitest';
import { ReaderClient } from '../../reader/client.ts';
import type { Command, CommandResult } from '../../workflows/contract.ts';
import { type Answers, runWith } from './fake-lockstep.ts';

const alice = '00u00000000000alice1';

/** Answers every command so, and keeps what was asked for. */
function answering(result: CommandResult): Answers & { readonly asked: Command[] } {
  const asked: Command[] = [];
  return {
    asked,
    command: async (given) => {
      asked.push(given);
      return { requestId: 'request-1', ...result };
    },
  };
}
const done: CommandResult = { state: 'done', targets: [] };
const unchanged: CommandResult = { state: 'unchanged', targets: [] };
const refused: CommandResult = {
  state: 'refused',
  targets: [],
  problem: { kind: 'Conflict', message: 'account 4f1c is already linked to 00u2: unlink 00u2 first' },
};

const sentences: [string, string[], Command, string][] = [
  [
    'pause',
    ['pause', 'cloud', '--reason', 'CHG-1', '--ticket', 'OPS-7'],
    { kind: 'pause', target: 'cloud', reason: 'CHG-1', ticket: 'OPS-7' },
    'cloud is paused.',
  ],
  [
    'resume',
    ['resume', 'cloud', '--reason', 'CHG-1'],
    { kind: 'resume', target: 'cloud', reason: 'CHG-1' },
    'cloud goes on with its next run.',
  ],
  [
    'link',
    ['link', alice, '4f1c', '--target', 'cloud', '--reason', 'same-human', '--force'],
    { kind: 'link', target: 'cloud', person: alice, account: '4f1c', force: true, reason: 'same-human' },
    `${alice} and account 4f1c of cloud are linked.`,
  ],
  [
    'unlink',
    ['unlink', alice, '--target', 'cloud', '--reason', 'wrong-match'],
    { kind: 'unlink', target: 'cloud', person: alice, reason: 'wrong-match' },
    `${alice} has no account of cloud any more`,
  ],
];

describe.each(sentences)('%s', (_name, args, command, sentence) => {
  test('sends ids and codes, and says in words what came of it', async () => {
    const answers = answering(done);
    const ran = await runWith(answers, args);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain(sentence);
    expect(answers.asked).toEqual([command]);
  });

  test('answers programs in JSON', async () => {
    const ran = await runWith(answering(done), [...args, '--output', 'json']);
    expect(ran.json()).toEqual({ command, requestId: 'request-1', ...done });
  });

  test('that is refused ends with 1 and says why', async () => {
    const ran = await runWith(answering(refused), args);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('Conflict: account 4f1c is already linked to 00u2: unlink 00u2 first');
  });

  test('wants a reason', async () => {
    const without = args.filter((arg, index) => arg !== '--reason' && args[index - 1] !== '--reason');
    expect(await runWith(answering(done), without)).toMatchObject({ code: 2, stdout: '' });
  });
});

test('what an operator wrote wrong is not blamed on a vendor or on the file', async () => {
  const rejected = { ...refused, problem: { kind: 'Rejected', message: 'cloud has no account nonsense' } } as const;
  const linking = ['link', alice, 'nonsense', '--target', 'cloud', '--reason', 'x'];
  expect((await runWith(answering(rejected), linking)).stdout).toContain('→ nothing was done; correct the command');
  const unknown = { ...refused, problem: { kind: 'Misconfigured', message: 'no target "clod"' } } as const;
  const ran = await runWith(answering(unknown), ['pause', 'clod', '--reason', 'x']);
  expect(ran.code).toBe(2);
  expect(ran.stdout).toContain('→ nothing was done; correct the command, or lockstep.yaml if it should be there');
});

test('a reason with spaces is refused before anything is asked', async () => {
  for (const args of [
    ['pause', 'cloud'],
    ['retry', '12'],
    ['approve', 'p', '--hash', '3f2a9c1b'],
  ]) {
    const ran = await runWith({}, [...args, '--reason', 'a b']);
    expect(ran.code, args.join(' ')).toBe(2);
    expect(ran.stderr, args.join(' ')).toContain('Write a code without spaces');
  }
});

test('what was so already is said to be so', async () => {
  const stdout = async (...args: string[]) => (await runWith(answering(unchanged), [...args, '--reason', 'x'])).stdout;
  expect(await stdout('pause', 'cloud')).toContain('was paused already');
  expect(await stdout('resume', 'cloud')).toContain('was not paused');
  expect(await stdout('link', alice, '4f1c', '--target', 'cloud')).toContain('linked already');
});

test('a person is found by e-mail address, and only the id is sent', async () => {
  const answers = answering(done);
  const reader = new ReaderClient({ url: 'http://127.0.0.1:9' });
  const person = { id: alice, login: 'alice@example.com', email: 'alice@example.com', status: 'ACTIVE' } as const;
  const found = { isTransitioning: false, entitlement: 'entitled', lastUpdated: '' } as const;
  reader.findPeople = async () => ({ people: [{ ...person, ...found }], source: 'okta' });
  await runWith({ ...answers, reader }, ['link', 'alice@example.com', '4f1c', '--target', 'cloud', '--reason', 'x']);
  expect(answers.asked).toMatchObject([{ person: alice }]);
  expect(JSON.stringify(answers.asked)).not.toContain('example.com');
});

describe('retry', () => {
  const retried: CommandResult = { state: 'done', targets: ['cloud'], count: 2 };
  const waited: Answers = {
    waitForTarget: async (requestId, target) => ({
      requestId,
      targets: [
        {
          target,
          run: {
            id: 'run-1',
            kind: 'target-sync',
            target,
            workflowId: 'target-sync/cloud',
            workflowRunId: 'r',
            covers: [requestId],
            phase: 'done',
            startedAt: '2026-11-05T09:00:00.000Z',
            finishedAt: '2026-11-05T09:00:12.000Z',
            outcomes: { parked: 1, applied: 1 },
          },
        },
      ],
    }),
  };

  test('waits for the runs that it asked for, and ends as they do', async () => {
    const answers = answering(retried);
    const ran = await runWith({ ...answers, ...waited }, ['retry', '12', '13', '--target', 'cloud']);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('2 parked changes of cloud');
    expect(ran.stdout).toContain('lockstep report request-1');
    expect(answers.asked).toEqual([{ kind: 'retry', ids: ['12', '13'], target: 'cloud', reason: 'retry-now' }]);
  });

  test('does not wait when told so, or when nothing was meant', async () => {
    const all = answering(retried);
    expect(await runWith(all, ['retry', '--all', '--no-wait', '--reason', 'mended'])).toMatchObject({ code: 0 });
    expect(all.asked).toEqual([{ kind: 'retry', reason: 'mended' }]);
    const nothing = await runWith(answering({ ...unchanged, count: 0 }), ['retry', '--all']);
    expect(nothing).toMatchObject({ code: 0, stdout: 'Nothing is parked.\n' });
  });

  test('of an id that nothing parked has ends with 2, and says where the ids stand', async () => {
    const unknown = await runWith(answering({ ...unchanged, count: 0 }), ['retry', '99']);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toBe('no parked change 99\n    → `lockstep parked` lists the ids\n');
    const nothingAsked = await runWith({}, ['retry', 'abc', '--target', 'cloud']);
    expect(nothingAsked.code).toBe(2);
    expect(nothingAsked.stderr).toContain('no parked change abc at cloud');
  });

  test('that is refused ends with 1', async () => {
    const paused: CommandResult = {
      state: 'refused',
      targets: [],
      problem: { kind: 'GuardTripped', message: 'cloud is paused: `lockstep resume cloud --reason CODE`' },
    };
    const ran = await runWith(answering(paused), ['retry', '--all', '--output', 'json']);
    expect(ran.code).toBe(1);
    expect(ran.json()).toMatchObject(paused);
  });

  test('wants either ids or --all', async () => {
    for (const args of [['retry'], ['retry', '12', '--all']])
      expect((await runWith(answering(retried), args)).code).toBe(2);
  });
});
