/** Plans as the reader tells them, for tests of what is made of them. */
import type { ChangeKind } from '../../domain/change.ts';
import type { FindingView, PlannedChange, PlanView } from '../../reader/api.ts';
import { type PlanPageInput, planPage } from '../../reader/pages/plan-page.ts';

const aHash = '3f2a9c1b7e04d5566c1f0a9be27784d2f1c08be6a35f4d7790b1e2c3d4a5f607';

const aPlanView = (overrides: Partial<PlanView> = {}): PlanView => ({
  id: '0b5f0c1e-6a63-4f8e-9d07-2f6f5c1d7d31',
  target: 'cloud',
  kind: 'preview',
  hash: aHash,
  expiresAt: '2099-11-06T09:31:07.000Z',
  state: 'ready',
  stateText: 'nothing waits',
  stopped: 0,
  waiting: 0,
  runId: 'preview-1',
  createdAt: '2026-11-05T09:31:07.000Z',
  finishedAt: '2026-11-05T09:31:09.000Z',
  people: 1240,
  changes: 0,
  changesByKind: {},
  findingsByCode: {},
  attention: 0,
  outcomes: [],
  verdict: [],
  stoppedBy: [],
  stoppedByKind: {},
  nextStep: { text: 'Nothing of it needs approval.', commands: ['lockstep sync --target cloud'] },
  ...overrides,
});

/** With the counts that follow from its changes. */
export function planOf(changes: readonly PlannedChange[], overrides: Partial<PlanView> = {}): PlanView {
  const changesByKind: Partial<Record<ChangeKind, number>> = {};
  const stoppedByKind: Partial<Record<ChangeKind, number>> = {};
  for (const { kind, stoppedBy } of changes) {
    changesByKind[kind] = (changesByKind[kind] ?? 0) + 1;
    if (stoppedBy) stoppedByKind[kind] = (stoppedByKind[kind] ?? 0) + 1;
  }
  return aPlanView({ changes: changes.length, changesByKind, stoppedByKind, ...overrides });
}

export const aChange = (seq: number, overrides: Partial<PlannedChange> = {}): PlannedChange => ({
  seq,
  kind: 'create-account',
  reason: 'entitled-in-scope',
  why: 'in scope and entitled at Okta',
  person: { id: `00u${String(seq).padStart(17, '0')}`, login: `p${seq}@example.com`, email: `p${seq}@example.com` },
  after: { userName: `p${seq}@example.com`, displayName: `Person ${seq}` },
  ...overrides,
});

export async function pageOf(
  changes: readonly PlannedChange[],
  {
    plan = planOf(changes),
    findings = [],
    ...more
  }: Partial<Omit<PlanPageInput, 'changes'>> & { readonly findings?: readonly FindingView[] } = {},
): Promise<string> {
  async function* each(): AsyncGenerator<PlannedChange> {
    yield* changes;
  }
  const madeAt = new Date('2026-11-05T09:40:00.000Z');
  return (await Array.fromAsync(planPage({ plan, findings, changes: each(), madeAt, isFile: true, ...more }))).join('');
}
