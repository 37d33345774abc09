/** A run of one target and its plan, as the reader shows them. */
import type { PlanView, RunView } from '../../reader/client.ts';

export const run = (changes: Partial<RunView> = {}): RunView => ({
  id: 'run-1',
  kind: 'target-sync',
  target: 'cloud',
  workflowId: 'target-sync/cloud',
  workflowRunId: 'r',
  covers: ['request-1'],
  phase: 'done',
  startedAt: '2026-11-05T09:00:00.000Z',
  finishedAt: '2026-11-05T09:00:12.000Z',
  planId: 'plan-1',
  outcomes: { applied: 2 },
  ...changes,
});

export const plan = (changes: Partial<PlanView> = {}): PlanView => ({
  id: 'plan-1',
  target: 'cloud',
  kind: 'run',
  state: 'done',
  stateText: 'carried out',
  stopped: 0,
  waiting: 0,
  runId: 'run-1',
  createdAt: '2026-11-05T09:00:00.000Z',
  changes: 2,
  people: 2,
  changesByKind: { 'create-account': 2 },
  findingsByCode: {},
  attention: 0,
  outcomes: [],
  verdict: [],
  stoppedBy: [],
  stoppedByKind: {},
  nextStep: { text: 'Every change has its outcome.', commands: [] },
  ...changes,
});
