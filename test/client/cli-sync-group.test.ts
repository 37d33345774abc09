/** `sync --group`: each outcome as text and as JSON, with its exit code; and what goes with what. */
import { describe, expect, test } from 'vitest';
import { ClientError } from '../../client/client-error.ts';
import type { GroupSynced, TargetResult } from '../../client/lockstep-client.ts';
import { ReaderClient, ReaderError, type RunView } from '../../reader/client.ts';
import type { Problem } from '../../workflows/contract.ts';
import { plan, run } from './a-run.ts';
import { type Answers, runWith } from './fake-lockstep.ts';

const engineers = '00g00000engineers001';
const others = '00g00000engineers002';

/** The reader's answer about a name; `unexpected` when it must not be asked. */
function readerKnowing(groups: readonly { id: string; name?: string }[] | 'unexpected'): ReaderClient {
  const reader = new ReaderClient({ url: 'http://127.0.0.1:9' });
  reader.findGroups = async (text) => {
    if (groups === 'unexpected') throw new Error(`the test does not expect a search for ${text}`);
    expect(text).toBe('Engineers');
    return { groups };
  };
  return reader;
}
const syncing = (synced: Omit<GroupSynced, 'group'>): Answers => ({
  syncGroup: async (group) => {
    expect(group).toBe(engineers);
    return { group, ...synced };
  },
});
const ran = (outcomes: RunView['outcomes'] = {}, problem?: Problem): TargetResult => ({
  target: 'cloud',
  run: run({ outcomes, ...(problem ? { problem } : {}) }),
  plan: plan({ changes: 1, changesByKind: { 'create-group': 1 } }),
});
const requestId = 'request-1';
const denied: Problem = { kind: 'AccessDenied', message: 'okta: read group failed: 403' };

describe('sync --group', () => {
  const cases: [string, Omit<GroupSynced, 'group'>, number, RegExp][] = [
    [
      'in step',
      { requestId, targets: [ran({ applied: 1 })] },
      0,
      /^cloud: 2 people in step; 1 change: 1 done \(12 s\)$/m,
    ],
    [
      'parked',
      { requestId, targets: [ran({ parked: 1 })] },
      3,
      /^`lockstep report request-1` tells what needs attention\.$/m,
    ],
    ['failed', { requestId, targets: [ran({}, denied)] }, 1, /^cloud: AccessDenied: okta: read group failed: 403$/m],
    ['ended from outside', { requestId, targets: [{ target: 'cloud' }] }, 1, /^cloud: ended without an answer/m],
    ["of nobody's interest", { targets: [] }, 0, /^No target has anything to do with this group\.$/m],
    ['refused by Okta', { targets: [], problem: denied }, 1, /^AccessDenied: okta: .*\n {4}→ check the credentials/m],
    ['misconfigured', { targets: [], problem: { ...denied, kind: 'Misconfigured' } }, 2, /^Misconfigured: okta/m],
  ];
  test.each(cases)('%s', async (_name, synced, code, text) => {
    const answers = { ...syncing(synced), reader: readerKnowing('unexpected') };
    const told = await runWith(answers, ['sync', '--group', engineers]);
    expect(told).toMatchObject({ code, stderr: '' });
    expect(told.stdout).toMatch(text);
    const asJson = await runWith(answers, ['sync', '--group', engineers, '--output', 'json']);
    expect([asJson.code, asJson.json()]).toEqual([code, JSON.parse(JSON.stringify({ group: engineers, ...synced }))]);
  });

  test('that Okta shows no more is told beside what came of it', async () => {
    const answers = syncing({ requestId, targets: [ran({ applied: 1 })], isMissing: true });
    const told = await runWith(answers, ['sync', '--group', engineers]);
    expect(told).toMatchObject({ code: 0, stderr: `Okta does not show the group ${engineers} any more.\n` });
    expect(told.stdout).toMatch(/^cloud: 2 people in step/);
  });

  test('that neither Okta nor a target knows is most likely a slip of the pen, and fails', async () => {
    const told = await runWith(syncing({ targets: [], isMissing: true }), ['sync', '--group', engineers]);
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.stderr).toContain(`Okta shows no group ${engineers}, and no target knows it\n    → see that the id`);
  });

  test('by name is the one that has it', async () => {
    const answers = { ...syncing({ targets: [] }), reader: readerKnowing([{ id: engineers, name: 'engineers' }]) };
    expect((await runWith(answers, ['sync', '--group', 'Engineers'])).code).toBe(0);
  });

  test('by a name that several have lists them, and does nothing', async () => {
    const groups = [
      { id: engineers, name: 'Engineers' },
      { id: others, name: 'ENGINEERS' },
    ];
    const told = await runWith({ reader: readerKnowing(groups) }, ['sync', '--group', 'Engineers']);
    expect(told).toMatchObject({ code: 2, stderr: '2 groups have this name; name the one you mean by Okta id.\n' });
    expect(told.stdout.split('\n').map((line) => line.split(/ +/))).toEqual([
      [engineers, 'Engineers'],
      [others, 'ENGINEERS'],
      [''],
    ]);
    const asJson = await runWith({ reader: readerKnowing(groups) }, [
      'sync',
      '--group',
      'Engineers',
      '--output',
      'json',
    ]);
    expect(asJson.json()).toEqual({ ambiguous: true, groups });
  });

  test('by a name that none has says where names come from', async () => {
    const told = await runWith({ reader: readerKnowing([]) }, ['sync', '--group', 'Engineers']);
    expect(told).toMatchObject({ code: 1, stdout: '' });
    expect(told.stderr).toMatch(
      /no group of Okta was called Engineers when it was last read\n {4}→ .*its Okta id \(00g…\)/,
    );
  });

  test('while the reader is away says so, with its way out', async () => {
    const reader = new ReaderClient({ url: 'http://127.0.0.1:9' });
    reader.findGroups = async () => {
      throw new ReaderError('unreachable', 'the reader cannot be reached', 'start it');
    };
    const told = await runWith({ reader }, ['sync', '--group', 'Engineers']);
    expect(told).toMatchObject({ code: 1, stderr: 'the reader cannot be reached\n    → start it\n' });
  });

  test('without waiting asks and returns', async () => {
    const asked: string[] = [];
    const startGroupSync = async (group: string) => {
      asked.push(group);
    };
    const told = await runWith({ startGroupSync }, ['sync', '--group', engineers, '--no-wait']);
    expect(told).toMatchObject({ code: 0, stdout: 'Asked for. `lockstep runs` shows what comes of it.\n' });
    const asJson = await runWith({ startGroupSync }, ['sync', '--group', engineers, '--no-wait', '--output', 'json']);
    expect([asJson.json(), asked]).toEqual([{ group: engineers }, [engineers, engineers]]);
  });

  test('that is interrupted ends as interrupted commands do', async () => {
    const syncGroup = async () => {
      throw new ClientError('interrupted', 'not waiting any longer; what was started goes on', '`lockstep runs` …');
    };
    expect(await runWith({ syncGroup }, ['sync', '--group', engineers])).toMatchObject({ code: 130, stdout: '' });
  });
});

describe('--person, --group and --target', () => {
  const pairs: [string[]][] = [
    [['--person', 'ada@example.com', '--group', engineers]],
    [['--group', engineers, '--target', 'cloud']],
    [['--person', 'ada@example.com', '--target', 'cloud']],
    [['--person', 'ada@example.com', '--group', engineers, '--target', 'cloud', '--no-wait']],
  ];
  test.each(pairs)('%j is refused before anything is asked', async (args) => {
    const told = await runWith({ reader: readerKnowing('unexpected') }, ['sync', ...args]);
    expect(told).toMatchObject({ code: 2, stdout: '' });
    expect(told.stderr).toContain('--person, --group and --target go one at a time');
  });

  test('stand in the help with what each does', async () => {
    const { code, stdout } = await runWith({}, ['sync', '--help']);
    expect(code).toBe(0);
    for (const option of ['--person <who>', '--group <name>', '--target <name>', '--no-wait'])
      expect(stdout).toContain(option);
  });
});
