/** What the reader and the command line tell of a plan that was made from an incomplete reading. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planLines } from '../../client/cli/plan-text.ts';
import { syncLines } from '../../client/cli/sync-text.ts';
import type { ExplainView, PlanView, ReportView } from '../../reader/api.ts';
import { saveMembers } from '../../store/okta-mirror.ts';
import { planById } from '../../store/plans.ts';
import { finishSnapshot } from '../../store/snapshots.ts';
import { addTargetMembers } from '../../store/target-mirror.ts';
import { accountId, targetGroupId } from '../support/domain-builders.ts';
import { alice, engineers, type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
beforeAll(async () => {
  reader = await readerUnderTest();
}, 60_000);
afterAll(() => reader?.close());

const headers = { authorization: 'Bearer right' };
const get = async <T>(url: string): Promise<T> => (await reader.app.inject({ url, headers })).json<T>();

const fallShort = async (): Promise<void> => {
  const plan = await planById(reader.store, 'plan-1');
  await finishSnapshot(reader.store, plan?.source_snapshot ?? '', {
    isComplete: false,
    counts: { people: 3 },
    shortfalls: [
      { code: 'canary-missing', list: 'people', expected: 1, found: 0, missing: [alice] },
      { code: 'count-mismatch', list: 'members', subject: engineers, expected: 2, found: 1 },
    ],
  });
  await finishSnapshot(reader.store, plan?.target_snapshot ?? '', {
    isComplete: false,
    counts: { accounts: 0 },
    shortfalls: [{ code: 'empty', list: 'accounts', expected: 2, found: 0 }],
  });
};

it('says nothing of readings that are whole', async () => {
  expect(await get<PlanView>('/v1/plans/plan-1')).not.toHaveProperty('shortfalls');
});

it('says with the plan what came and what to do, by names, on both sides', async () => {
  await fallShort();
  const plan = await get<PlanView>('/v1/plans/plan-1');
  expect(plan.shortfalls?.map(({ side, text }) => `${side}: ${text}`)).toEqual([
    expect.stringMatching(/^okta: Okta's list of people left out 1 person .*\(alice@example\.com\)/),
    expect.stringMatching(/^okta: Okta's list of members did not agree .* for 1 group \(engineers\): 1 instead of 2\./),
    expect.stringMatching(/^cloud: The target's list of accounts came back empty; 2 were known before\./),
  ]);

  const told = [...planLines({ ...plan, listed: [], findings: [] })].join('\n');
  const synced = [...syncLines({ requestId: 'request-1', targets: [{ target: 'cloud', plan, run: aRun }] })].join('\n');
  for (const { text, advice } of plan.shortfalls ?? [])
    for (const words of [told, synced]) {
      expect(words).toContain(text);
      expect(words).toContain(`→ ${advice}`);
    }
  expect(synced).toContain('tells what needs attention');
});

it('has the report need attention', async () => {
  const report = await get<ReportView>('/v1/report/run-1');
  expect(report.needsAttention).toBe(true);
  expect(report.parts[0]?.plan?.shortfalls).toHaveLength(3);
});

it('shows it on the page of the plan', async () => {
  const page = (await reader.app.inject({ url: '/plans/plan-1', headers })).body;
  expect(page).toContain('Not everything was read');
  expect(page).toContain('came back empty; 2 were known before');
});

it('explains a person by the same evidence', async () => {
  // At the target in a group that Okta, as read, does not have her in.
  await saveMembers(reader.store, engineers, [], null);
  await addTargetMembers(reader.store, 'cloud', [{ group: targetGroupId('g-eng'), accounts: [accountId('a-alice')] }]);
  const { targets } = await get<ExplainView>(`/v1/people/${alice}/explain`);
  const [{ changes = [], findings = [] } = {}] = targets;
  expect(findings.map(({ code }) => code)).toEqual(['removal-unproven']);
  expect(changes.map(({ kind }) => kind)).toEqual(['update-account']);
});

const aRun = {
  id: 'run-1',
  kind: 'target-sync',
  workflowId: 'target-sync/cloud',
  workflowRunId: 'r',
  covers: [],
  phase: 'done',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
  outcomes: {},
} as const;
