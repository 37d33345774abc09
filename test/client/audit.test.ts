/** `lockstep audit` over a real reader: what somebody does to the log behind Lockstep's back is found. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HeadOfRun } from '../../client/verify-audit.ts';
import { ReaderClient } from '../../reader/client.ts';
import { recordCommand } from '../../store/audit.ts';
import { recordOutcomes } from '../../store/outcomes.ts';
import { finishRun } from '../../store/runs.ts';
import { type ReaderUnderTest, readerUnderTest } from '../reader/reader-under-test.ts';
import { type AuditLab, aPlannedRun, auditLab, brokenAt, rewriteChain } from '../store/audit-oracle.ts';
import { runCommand, runWith } from './fake-lockstep.ts';

let lab: AuditLab;
let reader: ReaderUnderTest;
let url: string;
let folder: string;

beforeAll(async () => {
  lab = await auditLab();
  reader = await readerUnderTest({ store: lab.store });
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  folder = await mkdtemp(join(tmpdir(), 'lockstep-heads-'));
});
afterAll(async () => {
  await reader.close();
  await lab.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => lab.tamper('truncate audit, run cascade'));

const audit = (...args: string[]) =>
  runCommand(['audit', ...args], { env: { LOCKSTEP_READER_URL: url, LOCKSTEP_READER_TOKEN: 'right' } });

async function aFinishedRun(changes: number): Promise<{ runId: string; hash: string }> {
  const { runId, planId } = await aPlannedRun(lab.store, changes);
  const outcomes = Array.from({ length: changes }, (_, seq) => ({ seq, outcome: 'applied' as const }));
  await recordOutcomes(lab.store, planId, outcomes);
  const { audit: head } = await finishRun(lab.store, runId, { outcomes: { applied: changes }, planId });
  return { runId, hash: head?.hash ?? '' };
}

async function aFile(text: string): Promise<string> {
  const path = join(folder, randomUUID());
  await writeFile(path, text);
  return path;
}

describe('audit verify', () => {
  test('recomputes every chain, those longer than a page and those of commands included', async () => {
    await aFinishedRun(5);
    await aFinishedRun(1_203);
    await recordCommand(lab.store, { runId: 'request-9', kind: 'pause', target: 'cloud', reason: 'maintenance' });
    const { code, stdout } = await audit('verify');
    expect(stdout).toContain('3 chains with 1,209 entries recomputed.');
    expect(stdout).toContain('1 of them without a head in the database');
    expect(stdout).toContain('Every chain holds.');
    expect(code).toBe(0);
  });

  test('of many chains goes through all of them, or only through those from a date on', async () => {
    for (let index = 0; index < 205; index += 1)
      await recordCommand(lab.store, { runId: `request-${index}`, kind: 'retry', target: 'cloud', reason: 'again' });
    expect((await audit('verify')).stdout).toContain('205 chains with 205 entries');
    await lab.tamper(`update audit set at = at - interval '40 days' where run_id <> 'request-7'`);
    const since = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const { code, json } = await audit('verify', '--since', since, '--output', 'json');
    expect(json()).toMatchObject({ chains: 1, entries: 1, problems: [] });
    expect(code).toBe(0);
  });

  /** Each is done by somebody who may switch the trigger off, to the fourth of seven entries unless it says otherwise. */
  const attacks: readonly [what: string, statement: string, flaws: readonly object[]][] = [
    [
      'a value is altered',
      `update audit set after = '{"title":"Boss"}' where position = 4`,
      [{ position: 4, flaw: 'altered' }],
    ],
    [
      'a time is altered',
      `update audit set at = at + interval '1 microsecond' where position = 4`,
      [{ position: 4, flaw: 'altered' }],
    ],
    [
      'an approval is made up',
      `update audit set approval = 'p', approved_by = 'ada' where position = 4`,
      [{ position: 4, flaw: 'altered' }],
    ],
    [
      'a hash is altered',
      `update audit set hash = md5('x') where position = 4`,
      [
        { position: 4, flaw: 'altered' },
        { position: 5, flaw: 'does-not-follow' },
      ],
    ],
    ['an entry is deleted', `delete from audit where position = 4`, [{ position: 4, flaw: 'missing' }]],
    ['several are deleted', `delete from audit where position in (3, 4)`, [{ position: 3, flaw: 'missing' }]],
    ['the first is deleted', `delete from audit where position = 1`, [{ position: 1, flaw: 'missing' }]],
    ['the last is deleted', `delete from audit where position = 7`, [{ position: 7, flaw: 'missing' }]],
    ['all are deleted', `delete from audit`, [{ position: 1, flaw: 'missing' }]],
    [
      'a gap is closed',
      `delete from audit where position = 4; update audit set position = -position where position > 4; update audit set position = -position - 1 where position < 0`,
      [
        { position: 4, flaw: 'does-not-follow' },
        { position: 4, flaw: 'altered' },
        { position: 5, flaw: 'altered' },
        { position: 6, flaw: 'altered' },
        { position: 6, flaw: 'head-differs' },
      ],
    ],
    [
      'two entries change places',
      `update audit set position = -9 where position = 3; update audit set position = 3 where position = 4; update audit set position = 4 where position = -9`,
      [
        { position: 3, flaw: 'does-not-follow' },
        { position: 3, flaw: 'altered' },
        { position: 4, flaw: 'does-not-follow' },
        { position: 4, flaw: 'altered' },
        { position: 5, flaw: 'does-not-follow' },
      ],
    ],
    [
      'an entry is added',
      `insert into audit (run_id, plan_id, seq, target, kind, reason, outcome, position, previous_hash, hash)
      select run_id, plan_id, 9, target, kind, reason, outcome, 8, hash, md5('x') from audit where position = 7`,
      [
        { position: 8, flaw: 'altered' },
        { position: 8, flaw: 'extra' },
      ],
    ],
    [
      'an entry is added before the first',
      `insert into audit (run_id, plan_id, seq, target, kind, reason, outcome, position)
      select run_id, plan_id, 9, target, kind, reason, outcome, 0 from audit where position = 7`,
      [{ position: 0, flaw: 'extra' }],
    ],
    [
      'an entry is added outside the chain',
      `insert into audit (run_id, plan_id, seq, target, kind, reason, outcome)
      select run_id, plan_id, 9, target, kind, reason, outcome from audit where position = 7`,
      [{ flaw: 'extra' }],
    ],
    [
      'an entry is taken out of the chain',
      `update audit set position = null, hash = null where position = 4`,
      [{ position: 4, flaw: 'missing' }, { flaw: 'extra' }],
    ],
    [
      'an entry is moved to another run',
      `update audit set run_id = 'other' where position = 7`,
      [{ position: 7, flaw: 'missing' }],
    ],
  ];
  test.each(attacks)('finds that %s', async (_what, statement, flaws) => {
    const { runId } = await aFinishedRun(7);
    await aFinishedRun(2);
    expect((await audit('verify')).code).toBe(0);
    const onlyThis = statement.replaceAll(/where position|from audit$/g, (found) =>
      found.startsWith('where') ? `where run_id = '${runId}' and position` : `from audit where run_id = '${runId}'`,
    );
    await lab.tamper(onlyThis);
    const { code, json } = await audit('verify', '--output', 'json');
    const { problems } = json() as { problems: { runId: string }[] };
    expect(problems.filter((one) => one.runId === runId)).toMatchObject(flaws);
    expect(code).toBe(1);
    const inWords = await audit('verify');
    expect(inWords.stdout).toMatch(new RegExp(`^run ${runId}`, 'm'));
    expect(inWords.stdout).toContain('BROKEN');
  });

  test('finds a chain that was written anew as a whole, by its old head', async () => {
    const { runId, hash } = await aFinishedRun(6);
    await lab.tamper(`update audit set outcome = 'unchanged' where run_id = $1 and position = 2`, [runId]);
    await rewriteChain(lab, runId);
    expect(await brokenAt(lab.query, runId)).toEqual([]);
    const { code, json } = await audit('verify', '--output', 'json');
    expect(json()).toMatchObject({ problems: [{ runId, flaw: 'head-differs' }] });
    expect(code).toBe(1);

    // Who also writes the head anew is found by one that was kept elsewhere only.
    await lab.query(
      `update run set audit_head = (select hash from audit where run_id = $1 and position = 6) where id = $1`,
      [runId],
    );
    expect((await audit('verify')).code).toBe(0);
    const kept = await audit('verify', '--heads', await aFile(`# kept\n\n${runId} ${hash}\n`), '--output', 'json');
    expect(kept.json()).toMatchObject({ headsCompared: 1, problems: [{ runId, flaw: 'head-differs' }] });
    expect(kept.code).toBe(1);
  });

  test('finds by a head kept elsewhere that a chain was cut short, lengthened, or is gone with its run', async () => {
    const { runId, hash } = await aFinishedRun(6);
    const heads = await aFile(`${runId} ${hash} 6\n`);
    const problems = async () => (await audit('verify', '--heads', heads, '--output', 'json')).json();
    expect(await problems()).toMatchObject({ headsCompared: 1, problems: [] });
    await lab.tamper('delete from run');
    await lab.tamper('delete from audit where position > 4');
    expect(await problems()).toMatchObject({
      problems: [{ position: 5, flaw: 'missing', text: 'and all up to 6 are missing' }],
    });
    await lab.tamper('delete from audit');
    expect(await problems()).toMatchObject({ problems: [{ runId, position: 1, flaw: 'missing' }] });

    const other = await aFinishedRun(3);
    const { rows } = await lab.query('select hash from audit where position = 2');
    const short = await aFile(`${other.runId} ${rows[0]?.hash} 2\n`);
    expect((await audit('verify', '--heads', short, '--output', 'json')).json()).toMatchObject({
      problems: [{ runId: other.runId, position: 3, flaw: 'extra' }],
    });
  });

  test('compares with the results that Temporal holds when asked to', async () => {
    const { runId, hash } = await aFinishedRun(2);
    const verify = (heads: readonly HeadOfRun[]) =>
      runWith({ reader: new ReaderClient({ url, token: 'right' }), auditHeads: async () => [...heads] }, [
        ...['audit', 'verify', '--temporal'],
      ]);
    const told = await verify([{ runId, hash, length: 2, keptBy: 'temporal' }]);
    expect([told.code, told.stdout]).toEqual([0, expect.stringContaining('1 head compared')]);
    const other = await verify([{ runId, hash: 'f'.repeat(64), length: 2, keptBy: 'temporal' }]);
    expect([other.code, other.stdout]).toEqual([
      1,
      expect.stringContaining('the head that the result in Temporal has'),
    ]);
  });

  test('tells entries from before the chain as such, and that there is nothing to verify', async () => {
    expect(await audit('verify')).toMatchObject({ code: 3, stdout: expect.stringContaining('nothing to verify') });
    await lab.query(
      `insert into audit (run_id, plan_id, seq, target, kind, reason, outcome)
       values ('old', 'p', 0, 'cloud', 'add-member', 'in-okta-group', 'applied')`,
    );
    await aFinishedRun(2);
    const { code, stdout } = await audit('verify');
    expect(stdout).toContain('1 entry from before the log was a chain cannot be verified.');
    expect(stdout).not.toContain('BROKEN');
    expect(code).toBe(3);
  });

  test('of one run looks at no other', async () => {
    const { runId } = await aFinishedRun(2);
    const other = await aFinishedRun(3);
    await lab.tamper('delete from audit where run_id = $1 and position = 1', [other.runId]);
    expect(await audit('verify', '--run', runId)).toMatchObject({ code: 0 });
    expect(await audit('verify', '--run', other.runId)).toMatchObject({ code: 1 });
    expect(await audit('verify', '--run', 'nobody-knows')).toMatchObject({ code: 3 });
  });

  test('refuses heads that are none, and dates that are none', async () => {
    const { code, stderr } = await audit('verify', '--heads', await aFile('# heads\nrun-1 abc\n'));
    expect([code, stderr]).toEqual([2, expect.stringContaining('line 2 of the heads is not a head')]);
    expect((await audit('verify', '--heads', join(folder, 'none'))).code).toBe(2);
    expect((await audit('verify', '--since', 'yesterday')).code).toBe(2);
  });
});

describe('audit export', () => {
  test('writes a line of JSON for each entry, oldest first, with names that do not change', async () => {
    const { runId } = await aFinishedRun(1_100);
    const { code, stdout } = await audit('export');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1_100);
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 1_100 }, (_, index) => index + 1));
    expect(Object.keys(entries[0] ?? {})).toEqual([
      ...['id', 'position', 'at', 'runId', 'planId', 'seq', 'target', 'kind', 'personId', 'groupId', 'accountId'],
      ...['targetGroupId', 'before', 'after', 'reason', 'outcome', 'detail', 'vendorRequestId', 'approval'],
      ...['approvedBy', 'previousHash', 'hash'],
    ]);
    expect(entries[0]).toMatchObject({ runId, kind: 'update-account', at: expect.stringMatching(/\.\d{6}Z$/) });
  });

  test('is of a person, a run, or a span of time', async () => {
    const { runId } = await aFinishedRun(4);
    await aFinishedRun(2);
    await lab.tamper(`update audit set at = '2026-03-01T12:00:00.5Z' where run_id = $1 and position = 2`, [runId]);
    const count = async (...args: string[]) => (await audit('export', ...args)).stdout.split('\n').length - 1;
    expect(await count()).toBe(6);
    expect(await count('--run', runId)).toBe(4);
    expect(await count('--person', `00u${'1'.padStart(17, '0')}`)).toBe(2);
    expect(await count('--since', '2026-03-01', '--until', '2026-03-02')).toBe(1);
    expect(await count('--since', '2026-03-01T12:00:00.6Z', '--until', '2026-03-02')).toBe(0);
    expect(await count('--until', '2026-03-01T12:00')).toBe(0);
  });

  test('is of a person by e-mail address, and of nobody when nobody has it', async () => {
    const entries: unknown[] = [];
    const asked: unknown[] = [];
    const reader = new ReaderClient({ url });
    const person = { id: `00u${'1'.padStart(17, '0')}`, login: 'a@example.com', email: 'a@example.com' } as const;
    const known = { status: 'ACTIVE', isTransitioning: false, entitlement: 'entitled', lastUpdated: '' } as const;
    reader.findPeople = async (text) => ({
      people: text === person.email ? [{ ...person, ...known }] : [],
      source: 'okta',
    });
    reader.auditLog = async function* (span) {
      asked.push(span);
      yield* entries as never[];
    };
    expect(await runWith({ reader }, ['audit', 'export', '--person', person.email])).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(asked).toEqual([{ person: person.id }]);
    const nobody = await runWith({ reader }, ['audit', 'export', '--person', 'b@example.com']);
    expect([nobody.code, nobody.stdout, nobody.stderr]).toEqual([
      1,
      '',
      expect.stringContaining('nobody has the e-mail'),
    ]);
  });

  test('is for those only who have the token', async () => {
    const { code, stderr } = await runCommand(['audit', 'export'], { env: { LOCKSTEP_READER_URL: url } });
    expect([code, stderr]).toEqual([1, expect.stringContaining('LOCKSTEP_READER_TOKEN')]);
  });
});
